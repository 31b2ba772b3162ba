// A round trip with the client that openapi-generator makes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"

	"consilium.example/client"
)

func must[T any](value T, response *http.Response, err error) T {
	if err != nil {
		fail("%v (%v)", err, response)
	}
	return value
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}

func main() {
	settings := consilium.NewConfiguration()
	settings.Servers = consilium.ServerConfigurations{{URL: os.Getenv("CONSILIUM_URL")}}
	client := consilium.NewAPIClient(settings)
	ctx := context.WithValue(context.Background(), consilium.ContextAccessToken, os.Getenv("CONSILIUM_KEY"))
	create := func(title string) string {
		fields := consilium.Fields{}
		fields.SetTitle(title)
		made, response, err := client.DocumentsAPI.PostDocuments(ctx).Fields(fields).Execute()
		return must(made, response, err).Id
	}
	read := func(id string) (string, string) {
		_, response, err := client.ContentAPI.GetDocumentsIdContent(ctx, id).Execute()
		// It is told that the content is a string, and decodes Markdown as it is.
		if response == nil || response.StatusCode != 200 {
			fail("%v (%v)", err, response)
		}
		body, _ := io.ReadAll(response.Body)
		return string(body), response.Header.Get("ETag")
	}

	id := create("From Go")
	_, etag := read(id)
	text := map[string]any{"type": "text", "text": "Go"}
	heading := map[string]any{"type": "heading", "attrs": map[string]any{"level": 1}, "content": []any{text}}
	body := map[string]any{"type": "doc", "content": []any{heading}}
	write := func() (*http.Response, error) {
		return client.ContentAPI.PutDocumentsIdContent(ctx, id).IfMatch(etag).Body(body).Execute()
	}
	if response, err := write(); err != nil {
		fail("%v (%v)", err, response)
	}
	if got, _ := read(id); got != "# Go\n" {
		fail("it reads %q", got)
	}

	state, response, err := client.ContentAPI.GetDocumentsIdState(ctx, id).Execute()
	state = must(state, response, err)
	copied := create("A copy from Go")
	if response, err := client.ContentAPI.PutDocumentsIdState(ctx, copied).Body(state).Execute(); err != nil {
		fail("%v (%v)", err, response)
	}
	if got, _ := read(copied); got != "# Go\n" {
		fail("the copy reads %q", got)
	}

	for code, err := range map[string]error{
		"precondition-failed": func() error { _, err := write(); return err }(),
		"not-found": func() error {
			_, _, err := client.DocumentsAPI.GetDocumentsId(ctx, "00000000-0000-7000-8000-000000000000").Execute()
			return err
		}(),
	} {
		var problem *consilium.GenericOpenAPIError
		if !errors.As(err, &problem) {
			fail("%s: %v", code, err)
		}
		if model, is := problem.Model().(consilium.Problem); !is || model.Code != code {
			fail("%s: %v %s", code, problem, problem.Body())
		}
	}
}

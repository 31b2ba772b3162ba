//! Footnotes as Markdown and HTML, and edits of one note.

use document::prose::{Draft, Prose, View};
use serde_json::{Value, json};

fn read(text: &str) -> Prose {
    Prose::from_markdown(text).expect("Markdown")
}

fn from(content: Value) -> Prose {
    Prose::from_json(&json!({ "type": "doc", "content": content })).expect("content of the editor")
}

fn note(text: &str) -> Value {
    json!({ "type": "footnote", "attrs": { "text": text } })
}

fn line(content: Value) -> Value {
    json!({ "type": "paragraph", "content": content })
}

fn text(text: &str) -> Value {
    json!({ "type": "text", "text": text })
}

/// [PROSE-19] Footnotes are references with numbers in the order of the text, and definitions at its end.
#[test]
fn footnotes_are_numbered_references_and_definitions() {
    let prose = from(json!([
        line(json!([text("Growth"), note("In *real* terms."), text(" slowed"), note("")])),
        { "type": "blockquote", "content": [line(json!([note("1. See https://example.org/a_b"), text(": (so)"), note("b")]))] },
        line(json!([note("c"), note("d"), { "type": "text", "text": "link", "marks": [{ "type": "link", "attrs": { "href": "https://example.org" } }] }])),
    ]));
    let markdown = prose.to_markdown();
    assert_eq!(
        markdown,
        "Growth[^1] slowed[^2]\n\n> [^3]\\: (so)[^4]\n\n[^5][^6]<!-- -->[link](<https://example.org>)\n\n[^1]: In \\*real\\* terms.\n[^2]:\n[^3]: 1\\. See https://example.org/a\\_b\n[^4]: b\n[^5]: c\n[^6]: d\n"
    );
    let again = read(&markdown);
    assert_eq!(again.to_markdown(), markdown);
    assert_eq!(again.footnotes(), ["In *real* terms.", "", "1. See https://example.org/a_b", "b", "c", "d"]);
    assert_eq!(again.to_text(), prose.to_text());
}

/// [PROSE-19] Footnotes in Markdown from other programs are read: with any label, with definitions anywhere, of several
/// blocks and with marks, and with one note for several references. A reference without a definition and a definition
/// without a reference stay as they are.
#[test]
fn footnotes_of_others_are_read() {
    let prose = read(
        "One[^Why], two[^why] and [^none]\n\n\
         [^why]: A **bold** [paper](https://example.org/p), <https://example.org/q>.\n\n    - listed\n\n    ```\n    code\n    ```\n\n\
         - item[^2]\n\n  [^2]: within\n\n[^unused]: left *over*\n",
    );
    let why = "A bold paper (https://example.org/p), https://example.org/q. listed code";
    assert_eq!(prose.footnotes(), [why, why, "within"]);
    assert_eq!(prose.lines(), ["One, two and [^none]", "item", "[^unused]: left over"]);
    assert_eq!(read(&prose.to_markdown()), prose);
    let deep = format!("a[^1]\n\n[^1]: {}deep", "> ".repeat(5_000));
    Prose::from_markdown(&deep).expect_err("deeper than documents go");
}

/// [PROSE-3] [PROSE-19] Replacing a word in a note changes that note, and not the line around it.
#[test]
fn an_edit_of_one_note_changes_that_note() {
    let mut draft = Draft::empty();
    let before = "We **grow**[^1] faster[^2] now.\n\n[^1]: In real terms.\n[^2]: Since May.\n";
    draft.write(&read(before), View::Markdown);
    let after = before.replace("real", "nominal");
    let update = draft.write(&read(&after), View::Markdown).expect("an edit");
    assert!(update.len() < 60, "{} bytes", update.len());
    assert_eq!(draft.prose().to_markdown(), after);
    assert!(draft.write(&read(&after), View::Markdown).is_none());
    let words = after.replace("faster", "slower");
    let update = draft.write(&read(&words), View::Markdown).expect("an edit");
    assert!(update.len() < 60, "{} bytes", update.len());
    assert_eq!(draft.prose().to_markdown(), words);
}

/// [PROSE-19] HTML has the numbers, the notes below the text, and links between both.
#[test]
fn html_has_numbers_and_notes() {
    let html = read("a[^1] b[^x]\n\n[^1]: \"Why\" <b> https://example.org/?a=1&b.\n[^x]: Second\n").to_html();
    assert_eq!(
        html,
        "<p>a<sup data-footnote=\"&quot;Why&quot; &lt;b&gt; https://example.org/?a=1&amp;b.\"><a href=\"#fn-1\" id=\"fnref-1\" \
         role=\"doc-noteref\" aria-label=\"Footnote 1: &quot;Why&quot; &lt;b&gt; https://example.org/?a=1&amp;b.\">1</a></sup> b\
         <sup data-footnote=\"Second\"><a href=\"#fn-2\" id=\"fnref-2\" role=\"doc-noteref\" aria-label=\"Footnote 2: Second\">2</a></sup></p>\
         <section role=\"doc-endnotes\"><ol><li id=\"fn-1\">&quot;Why&quot; &lt;b&gt; <a rel=\"noopener nofollow\" \
         href=\"https://example.org/?a=1&amp;b\">https://example.org/?a=1&amp;b</a>. <a href=\"#fnref-1\" role=\"doc-backlink\" \
         aria-label=\"Back to footnote 1 in the text\">↩</a></li><li id=\"fn-2\">Second <a href=\"#fnref-2\" role=\"doc-backlink\" \
         aria-label=\"Back to footnote 2 in the text\">↩</a></li></ol></section>"
    );
}

/// [PROSE-2] A note is text.
#[test]
fn a_note_that_is_no_text_is_refused() {
    let wrong = json!({ "type": "doc", "content": [line(json!([{ "type": "footnote", "attrs": { "text": 5 } }]))] });
    assert!(Prose::from_json(&wrong).expect_err("a number").reason.contains("is text"));
}

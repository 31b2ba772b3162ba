"""A round trip with the client that openapi-python-client makes."""

import os

from consilium_client import AuthenticatedClient
from consilium_client.api.content import (
    get_documents_id_content,
    get_documents_id_state,
    put_documents_id_content,
    put_documents_id_state,
)
from consilium_client.api.documents import get_documents_id, post_documents
from consilium_client.models import DocumentView, Fields, Problem, PutDocumentsIdContentJsonBody
from consilium_client.types import File

MARKDOWN = "# Python\n\nGrowth is **slow**.\n"
TEXT = [{"type": "text", "text": "Growth is "}, {"type": "text", "text": "slow", "marks": [{"type": "bold"}]}, {"type": "text", "text": "."}]
HEADING = {"type": "heading", "attrs": {"level": 1}, "content": [{"type": "text", "text": "Python"}]}
BODY = PutDocumentsIdContentJsonBody.from_dict({"type": "doc", "content": [HEADING, {"type": "paragraph", "content": TEXT}]})
client = AuthenticatedClient(os.environ["CONSILIUM_URL"], os.environ["CONSILIUM_KEY"])

made = post_documents.sync(client=client, body=Fields(title="From Python"))
assert isinstance(made, DocumentView), made
etag = get_documents_id_content.sync_detailed(made.id, client=client).headers["etag"]
written = put_documents_id_content.sync_detailed(made.id, client=client, body=BODY, if_match=etag)
assert written.status_code == 204, written
read = get_documents_id_content.sync_detailed(made.id, client=client)
assert read.content.decode() == MARKDOWN, read

state = get_documents_id_state.sync(made.id, client=client)
assert isinstance(state, File), state
copy = post_documents.sync(client=client, body=Fields(title="A copy from Python"))
assert isinstance(copy, DocumentView), copy
imported = put_documents_id_state.sync_detailed(copy.id, client=client, body=state)
assert imported.status_code == 204, imported
assert get_documents_id_content.sync_detailed(copy.id, client=client).content.decode() == MARKDOWN

late = put_documents_id_content.sync(made.id, client=client, body=BODY, if_match=etag)
assert isinstance(late, Problem) and late.code == "precondition-failed", late
missing = get_documents_id.sync("00000000-0000-7000-8000-000000000000", client=client)
assert isinstance(missing, Problem) and (missing.status, missing.code) == (404, "not-found"), missing

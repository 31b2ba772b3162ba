-- Cascades look for rows by these columns: without an index, purging a document with a long discussion read the whole
-- table for each comment, and hit the time limit of a statement.
create index notification_by_document on notification (document_id);
create index notification_by_thread on notification (thread_id) where thread_id is not null;
create index notification_by_comment on notification (comment_id) where comment_id is not null;
create index comment_by_document on comment (document_id);
-- Old rows are removed by age.
create index refresh_token_by_age on refresh_token (expires_at);
create index session_by_age on session (created_at);

-- The path of the request: a purge removes the answers about a document, which contain titles, quotes and comments.
alter table idempotent_answer add column path text not null default '';

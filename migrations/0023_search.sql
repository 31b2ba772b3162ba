-- The text of documents beside their logs: search, snippets and backlinks read these rows, never the log.

create table document_text (
    document_id uuid primary key references document on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    seq bigint not null,        -- the last row of the log that the text holds
    blocks text not null        -- JSON: the plain text of each line, in order
);

-- Who points at whom. From the text now; later also from the fields of records.
create table document_link (
    workspace_id uuid not null references workspace on delete cascade,
    from_id uuid not null,
    field_id text not null,     -- '': from the text
    to_id uuid not null,        -- may not exist, or be in another workspace: a link proves nothing
    primary key (from_id, field_id, to_id)
);
create index document_link_to on document_link (to_id, from_id);

-- Searches that people keep for themselves.
create table saved_search (
    search_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    account_id uuid not null references account on delete cascade,
    name text not null,
    query text not null,        -- as it was typed
    created_at timestamptz not null
);
create index saved_search_by_account on saved_search (account_id, workspace_id);

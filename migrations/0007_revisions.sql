-- States of a document that were kept. Their bytes lie in the journal, under the same id.

create table revision (
    revision_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    document_id uuid not null references document on delete cascade,
    seq bigint not null,        -- the last row of the log that it holds
    sha256 bytea not null,      -- of the state, a v1 update, before it was compressed
    state_bytes bigint not null,
    kind text not null,         -- automatic, named, before-restore, restored, undone
    name text,
    words_added bigint not null,   -- against the one before
    words_removed bigint not null,
    restores uuid,              -- of a restored one: which was brought back
    before_id uuid,             -- of a restored one: what stood there
    edit_id uuid,               -- of a restored one: the edit, beside it in the journal
    created_by uuid,            -- account or guest; null: the server
    created_at timestamptz not null
);
create index revision_by_document on revision (document_id, revision_id);
-- Two nodes notice the same quiet.
create unique index revision_once on revision (document_id, seq) where kind = 'automatic';

-- Who wrote since the one before.
create table revision_author (
    revision_id uuid not null references revision on delete cascade,
    author_id uuid not null,    -- account or guest
    primary key (revision_id, author_id)
);

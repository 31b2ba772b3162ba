-- Edits that the server makes for somebody: claimed before the edit, settled with what it was for. The journal of the
-- documents shares no transaction with these rows; its row of the edit carries the operation's id.

create table operation (
    operation_id uuid primary key,
    document_id uuid not null references document on delete cascade,
    kind text not null,         -- of the work that settles it after a crash
    lock_id uuid,               -- what nobody else may decide meanwhile: a thread, or the document for restores
    after_seq bigint not null,  -- the edit is in a later row of the log, or nowhere
    actor text not null,        -- JSON: who asked for it, and from where
    purpose text not null,      -- JSON: what settling it writes
    created_at timestamptz not null
);
create index operation_by_document on operation (document_id);
create unique index operation_lock on operation (lock_id) where lock_id is not null;

-- Of a suggestion: JSON, an anchor up to the letters that were its neighbours. What is written at its edges is in it.
alter table thread add column edges text;
-- Of a restored revision: when the restore was taken back.
alter table revision add column undone_at timestamptz;

-- The log of changes also says what happened, so that consumers can read it: webhooks now, others later. A row of a
-- node of the version before, and a further change of a transaction, has no name.

alter table event add column name text;             -- noun.verb
alter table event add column audience text;         -- which webhooks may receive it: public, named, audit
alter table event add column workspace_id uuid;
alter table event add column document_id uuid;      -- when it is about a document
alter table event add column subject_kind text;
alter table event add column subject_id text;
alter table event add column sequence bigint;       -- of the document or, without one, of the workspace
alter table event add column actor_kind text;
alter table event add column actor_id uuid;
alter table event add column detail text;           -- JSON: ids, levels, names of fields; nothing personal

-- How far each consumer has read. The node that locks the row consumes.
create table event_cursor (
    consumer text primary key,
    last_id bigint not null,            -- of event
    barrier_id bigint not null default 0,   -- every event up to this one was begun before the transaction below
    barrier_xid bigint not null default 0,  -- a number of Postgres; 0 on SQLite, where ids become visible in order
    attempts bigint not null default 0, -- failures in a row of the next event
    retry_at timestamptz,
    seen_at timestamptz not null        -- when a node last said that it runs this consumer
);

-- Positions in the log: a webhook receives what comes after its creation, and nothing from its last pause.
alter table webhook add column created_after bigint not null default 0;
alter table webhook add column paused_after bigint;
alter table webhook add column resumed_after bigint;
alter table delivery add column event_id bigint;    -- orders those with the same sequence; null: a ping, or older

-- The last row of a document's log that was announced as an edit. Documents of the version before get theirs when
-- they are next open.
create table document_edit (
    document_id uuid primary key references document on delete cascade,
    seq bigint not null
);

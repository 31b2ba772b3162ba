-- The log of changes becomes the event log too, which consumers read: webhooks now, others later. A row without a name is
-- only a change: a further change of a transaction, or one that a node of the previous version wrote.

alter table event add column name text;             -- noun.verb
alter table event add column audience text;         -- which webhooks may receive it: public, named, audit
alter table event add column workspace_id uuid;
alter table event add column document_id uuid;      -- if the event is about a document
alter table event add column subject_kind text;
alter table event add column subject_id text;
alter table event add column sequence bigint;       -- of the document or, without one, of the workspace
alter table event add column actor_kind text;
alter table event add column actor_id uuid;
alter table event add column detail text;           -- JSON: ids, levels, names of fields; nothing personal

-- The position of each consumer. The node that locks the row consumes.
create table event_cursor (
    consumer text primary key,
    last_id bigint not null,            -- of event
    barrier_id bigint not null default 0,   -- all events up to this one belong to transactions below barrier_xid
    barrier_xid bigint not null default 0,  -- a Postgres transaction id; 0 on SQLite, where ids become visible in order
    attempts bigint not null default 0, -- consecutive failures of the next event
    retry_at timestamptz,
    seen_at timestamptz not null        -- when a node last registered this consumer
);

-- Positions in the log: a webhook receives the events after its creation, except those during its last pause.
alter table webhook add column created_after bigint not null default 0;
alter table webhook add column paused_after bigint;
alter table webhook add column resumed_after bigint;
alter table delivery add column event_id bigint;    -- orders deliveries with the same sequence; null for pings and older rows

-- The last row of a document's log that was announced as an edit. Older documents get a row here when they are next
-- opened.
create table document_edit (
    document_id uuid primary key references document on delete cascade,
    seq bigint not null
);

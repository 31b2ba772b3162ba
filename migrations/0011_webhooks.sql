-- Where other programs hear of what is done, and what each is still to hear.

create table webhook (
    webhook_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    url text not null,
    events text not null,            -- ' document comment.create ': nouns and actions; empty for all
    secret text not null,            -- whsec_…; both sides sign with it, so it is kept as it is
    old_secret text,                 -- signs beside the new one for a while
    old_secret_until timestamptz,
    created_by uuid not null,        -- an account
    created_at timestamptz not null,
    paused_at timestamptz,           -- hears nothing, and nothing is kept for it
    failures bigint not null,        -- in a row
    failing_since timestamptz,
    retry_at timestamptz,            -- nothing is sent before
    claimed_until timestamptz        -- a node sends to it; when that passed, the node died
);
create index webhook_by_workspace on webhook (workspace_id);

-- The order of what is done to one document (or, where it is to none, to the workspace): the row stays locked until
-- the transaction that counts ends, so a smaller number is never seen after a larger one.
create table event_order (
    subject uuid primary key,        -- a document or a workspace
    last bigint not null
);

create table delivery (
    delivery_id uuid primary key,
    webhook_id uuid not null references webhook on delete cascade,
    subject uuid not null,
    sequence bigint not null,        -- of the subject
    event text not null,             -- noun.verb
    body text not null,              -- JSON, as it is signed and sent
    created_at timestamptz not null,
    run_at timestamptz not null,
    attempts bigint not null,
    last_status bigint,              -- of HTTP
    last_error text,
    sent_at timestamptz,
    failed_at timestamptz            -- given up
);
create index delivery_by_webhook on delivery (webhook_id, delivery_id);
create index delivery_waiting on delivery (webhook_id, subject, sequence) where sent_at is null and failed_at is null;

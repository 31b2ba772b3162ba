-- What somebody should hear of.

create table notification (
    notification_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    account_id uuid not null references account on delete cascade, -- who should
    kind text not null,         -- mention, reply, decided, share
    must_do boolean not null,   -- somebody waits for them
    document_id uuid not null references document on delete cascade,
    thread_id uuid references thread on delete cascade,
    comment_id uuid references comment on delete cascade,
    actor_id uuid,              -- account or guest
    created_at timestamptz not null,
    read_at timestamptz
);
create index notification_by_account on notification (account_id, workspace_id, notification_id);
create index notification_unread on notification (account_id, workspace_id) where read_at is null;

-- The documents and spaces that people watch: their news come to the inbox. Each row has one of the two.
create table watch (
    account_id uuid not null,
    workspace_id uuid not null,
    document_id uuid references document on delete cascade,
    space_id uuid references space on delete cascade,   -- all pages in it
    created_at timestamptz not null,
    unique (account_id, document_id),
    unique (account_id, space_id),
    foreign key (workspace_id, account_id) references membership on delete cascade
);
create index watch_by_document on watch (document_id) where document_id is not null;
create index watch_by_space on watch (space_id) where space_id is not null;
create index watch_by_workspace on watch (workspace_id, account_id);
-- Somebody invites with several links at once: each must be found, to be revoked.
create index invite_by_workspace on invite (workspace_id, expires_at);

-- Everything relational, for both engines: SQLite accepts the type names of Postgres.
-- Every row carries its workspace, so that every query can filter by it.

create table workspace (
    workspace_id uuid primary key,
    name text not null,
    -- set for the workspace of headless names, which apps reach by token and not by membership
    headless_key text unique,
    created_at timestamptz not null
);

create table account (
    account_id uuid primary key,
    email text not null unique, -- lower case
    name text not null,
    color text not null,        -- #rrggbb of caret and avatar
    password_hash text not null,
    disabled_at timestamptz,
    created_at timestamptz not null
);

create table membership (
    workspace_id uuid not null references workspace on delete cascade,
    account_id uuid not null references account on delete cascade,
    role text not null,         -- admin, manager, analyst, viewer: a ceiling, see access.rs
    is_owner boolean not null,  -- cannot be removed
    created_at timestamptz not null,
    primary key (workspace_id, account_id)
);
create index membership_by_account on membership (account_id);

-- One sign-in on one device. Its refresh tokens are a family: reuse of an old one revokes them all.
create table session (
    session_id uuid primary key,
    account_id uuid not null references account on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    agent text not null,
    created_at timestamptz not null,
    revoked_at timestamptz
);
create index session_by_account on session (account_id);

create table refresh_token (
    token_hash bytea primary key, -- sha256; the token itself is only in the cookie
    session_id uuid not null references session on delete cascade,
    expires_at timestamptz not null,
    used_at timestamptz           -- when its successor was handed out
);
create index refresh_token_by_session on refresh_token (session_id);

create table invite (
    invite_id uuid primary key,
    token_hash bytea not null unique,
    workspace_id uuid not null references workspace on delete cascade,
    role text not null,
    invited_by uuid not null references account on delete cascade,
    expires_at timestamptz not null,
    used_at timestamptz,
    created_at timestamptz not null
);

create table document (
    document_id uuid primary key, -- its lineage: journal, snapshots and owners hang on it
    workspace_id uuid not null references workspace on delete cascade,
    name text,                    -- headless names only; at most one live document has it
    title text not null,
    kind text not null,           -- strategy_plan, ..., custom
    category text not null,
    description text not null,
    tags jsonb not null,          -- array of strings
    slug text not null,
    status text not null,         -- draft, archived; review, approved, published by the review workflow
    open_level text,              -- what every member of the workspace may do; null: private
    created_by uuid references account on delete set null,
    created_at timestamptz not null,
    updated_at timestamptz not null,
    version bigint not null,      -- of this row, for ETag and If-Match
    words bigint not null,        -- kept from the live text
    trashed_at timestamptz,
    purging_at timestamptz,       -- purge is under way and is resumed after a crash
    purged_at timestamptz
);
create unique index document_live_name on document (workspace_id, name) where name is not null and purged_at is null;
create index document_by_update on document (workspace_id, updated_at, document_id);

create table document_grant (
    document_id uuid not null references document on delete cascade,
    account_id uuid not null references account on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    level text not null,          -- view < comment < edit < approve < admin
    granted_by uuid references account on delete set null,
    expires_at timestamptz,
    created_at timestamptz not null,
    primary key (document_id, account_id)
);
create index document_grant_by_account on document_grant (account_id);

-- Answers to requests that carried an Idempotency-Key, for a day.
create table idempotent_answer (
    account_id uuid not null references account on delete cascade,
    idempotency_key text not null,
    request_hash bytea not null,
    status bigint not null,
    body text not null,
    created_at timestamptz not null,
    primary key (account_id, idempotency_key)
);

-- People beyond a password, what they are given together, who comes by a link, what apps call with, and what
-- is kept of all that.

alter table account add column department text not null default '';
alter table account add column time_zone text not null default ''; -- IANA name; empty: the browser's
alter table account add column locale text not null default '';    -- BCP 47; empty: the browser's
alter table account add column email_verified_at timestamptz;
alter table account add column totp_secret bytea;     -- set with totp_at: a second step is asked for
alter table account add column totp_at timestamptz;   -- null: begun, and not confirmed yet
alter table account add column totp_step bigint not null default 0; -- the last that was used; none works twice
alter table account add column erased_at timestamptz; -- its person asked for it: name and address are gone

create table avatar (
    account_id uuid primary key references account on delete cascade,
    media_type text not null,
    picture bytea not null,
    changed_at timestamptz not null
);

create table recovery_code (
    code_hash bytea primary key,
    account_id uuid not null references account on delete cascade
);
create index recovery_code_by_account on recovery_code (account_id);

-- Links of mails: a new password, or the proof of an address. Each works once.
create table mail_link (
    token_hash bytea primary key,
    account_id uuid not null references account on delete cascade,
    purpose text not null,      -- reset, verify
    email text not null,        -- the address that it went to
    expires_at timestamptz not null
);
create index mail_link_by_account on mail_link (account_id);

-- Who somebody is at an identity provider (OpenID Connect).
create table identity (
    issuer text not null,
    subject text not null,
    account_id uuid not null references account on delete cascade,
    created_at timestamptz not null,
    primary key (issuer, subject)
);
create index identity_by_account on identity (account_id);

-- A sign-in that is away at the identity provider.
create table identity_request (
    state_hash bytea primary key,
    nonce text not null,
    verifier text not null,     -- PKCE
    return_to text not null,
    expires_at timestamptz not null
);

-- Keys that sign access tokens, by key id. The newest signs, older ones are believed until their tokens ended.
create table signing_key (
    key_id text primary key,
    secret bytea not null,
    created_at timestamptz not null
);

create table people_group (
    group_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    name text not null,
    created_at timestamptz not null,
    unique (workspace_id, name)
);

create table group_member (
    group_id uuid not null references people_group on delete cascade,
    account_id uuid not null references account on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    primary key (group_id, account_id)
);
create index group_member_by_account on group_member (account_id, workspace_id);

create table group_grant (
    document_id uuid not null references document on delete cascade,
    group_id uuid not null references people_group on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    level text not null,
    granted_by uuid references account on delete set null,
    expires_at timestamptz,
    created_at timestamptz not null,
    primary key (document_id, group_id)
);
create index group_grant_by_group on group_grant (group_id);

-- A URL that lets whoever has it into one document.
create table link (
    link_id uuid primary key,
    document_id uuid not null references document on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    token_hash bytea not null unique,
    level text not null,        -- view, comment, edit
    password_hash text,
    expires_at timestamptz,
    views bigint not null,      -- how often somebody came in by it
    created_by uuid references account on delete set null,
    created_at timestamptz not null
);
create index link_by_document on link (document_id);

-- Somebody who came by a link and has no account; the cookie holds the token.
create table guest (
    guest_id uuid primary key,
    token_hash bytea not null unique,
    name text not null,
    color text not null,
    created_at timestamptz not null
);

-- Who came in by which link: a guest, or a member. Gone with the link, and with a change of its password.
create table link_visitor (
    link_id uuid not null references link on delete cascade,
    visitor_id uuid not null,
    created_at timestamptz not null,
    primary key (link_id, visitor_id)
);
create index link_visitor_by_visitor on link_visitor (visitor_id);

create table api_key (
    key_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    account_id uuid not null references account on delete cascade, -- it can do nothing that this person cannot
    name text not null,
    token_hash bytea not null unique,
    scopes jsonb not null,      -- array of strings, see access.rs
    per_minute bigint not null,
    expires_at timestamptz,
    last_used_at timestamptz,   -- to the minute
    created_at timestamptz not null
);
create index api_key_by_workspace on api_key (workspace_id);

alter table document add column sensitivity text not null default 'internal'; -- public, internal, confidential, restricted

-- What was done, by whom, from where. Rows commit with what they tell of; a job chains them.
create table audit (
    audit_id uuid primary key,
    workspace_id uuid not null,   -- no reference: the audit outlives what it tells of
    at timestamptz not null,
    actor_kind text not null,     -- member, key, guest, system, nobody
    actor_id uuid,
    action text not null,         -- noun.verb
    resource_kind text not null,
    resource_id text not null,
    outcome text not null,        -- done, or the code of the refusal
    sensitivity text,             -- set for reads of documents that are confidential or more
    detail text not null,         -- JSON: ids, levels, names of fields; nothing personal
    request_id text not null,
    personal_digest bytea not null, -- SHA-256 of salt and value of audit_personal
    position bigint,              -- in the chain of its workspace, from 1; null until the job came by
    mac bytea,
    unique (workspace_id, position)
);
create index audit_by_time on audit (workspace_id, audit_id);
create index audit_by_actor on audit (actor_id);

-- What may have to be forgotten: values beside their digest.
create table audit_personal (
    audit_id uuid primary key references audit on delete cascade,
    subject_id uuid,              -- whose it is
    salt bytea not null,
    value text not null           -- JSON: address, agent, names, e-mail addresses
);
create index audit_personal_by_subject on audit_personal (subject_id);

create table audit_chain (
    workspace_id uuid primary key,
    length bigint not null,
    head bytea not null
);

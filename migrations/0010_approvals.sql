-- Who must agree before a document counts, in which order; and who did.

create table workflow (
    workflow_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    name text not null,
    kind text not null,         -- of document that it is offered for; empty: any
    steps text not null,        -- JSON, as somebody wrote them
    created_at timestamptz not null,
    unique (workspace_id, name)
);

create table approval (
    approval_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    document_id uuid not null references document on delete cascade,
    name text not null,
    steps text not null,        -- JSON: the same steps with the people who may decide
    step bigint not null,       -- which one is on, from 0
    revision_id uuid not null,  -- what is decided about
    sha256 bytea not null,      -- of its state
    state text not null,        -- pending, approved, rejected, withdrawn
    note text,
    requested_by uuid not null, -- account
    version bigint not null,
    created_at timestamptz not null,
    decided_at timestamptz
);
create index approval_by_document on approval (document_id, approval_id);
create index approval_by_revision on approval (revision_id);
create unique index approval_pending on approval (document_id) where state = 'pending';

create table approval_act (
    act_id uuid primary key,
    approval_id uuid not null references approval on delete cascade,
    step bigint not null,
    act text not null,          -- approve, reject, delegate, withdraw
    account_id uuid not null,   -- who did
    to_id uuid,                 -- of delegate: who decides instead
    note text,
    created_at timestamptz not null
);
create index approval_act_by_approval on approval_act (approval_id, act_id);

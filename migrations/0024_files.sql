-- Files: stored once for each workspace under the hash of their content, and attached to documents.

create table stored_file (
    workspace_id uuid not null references workspace,
    sha256 text not null,                    -- of the content, in hexadecimal
    bytes bigint not null,
    media_type text not null,                -- found in the content, never taken from a name
    sealed boolean not null,                 -- encrypted with files_key
    created_at timestamptz not null,
    state text not null,                     -- of reading it: waiting, working, done, failed or none
    detail text not null default '',         -- why it failed
    attempts bigint not null default 0,
    tried_at timestamptz,
    width bigint,                            -- of an image, in pixels
    height bigint,
    primary key (workspace_id, sha256)
);
create index stored_file_by_state on stored_file (state, created_at);

-- What was made of an image: `display`, re-encoded without metadata, and `thumbnail`.
create table rendition (
    workspace_id uuid not null,
    sha256 text not null,                    -- of the original
    kind text not null,
    bytes bigint not null,
    media_type text not null,
    sealed boolean not null,
    width bigint not null,
    height bigint not null,
    primary key (workspace_id, sha256, kind),
    foreign key (workspace_id, sha256) references stored_file on delete cascade
);

-- The text found in a file, for search.
create table file_text (
    workspace_id uuid not null,
    sha256 text not null,
    body text not null,
    primary key (workspace_id, sha256),
    foreign key (workspace_id, sha256) references stored_file on delete cascade
);

create table attachment (
    attachment_id uuid primary key,
    workspace_id uuid not null references workspace,
    document_id uuid not null references document on delete cascade,
    in_text boolean not null,                -- uploaded for the text: collected when no text names it any more
    unused_since timestamptz,                -- when the text was first found without it
    checked_at timestamptz,                  -- when the text was last searched for it
    created_by uuid,                         -- an account or a guest
    created_at timestamptz not null
);
create index attachment_by_document on attachment (document_id, created_at);

create table attachment_version (
    attachment_id uuid not null references attachment on delete cascade,
    number bigint not null,                  -- from 1; the highest is current
    workspace_id uuid not null,
    sha256 text not null,
    name text not null,
    created_by uuid,
    created_at timestamptz not null,
    primary key (attachment_id, number),
    foreign key (workspace_id, sha256) references stored_file
);
create index attachment_version_by_file on attachment_version (workspace_id, sha256);

-- A resumable upload in progress. Its parts are in the store until it is complete or forgotten.
create table upload (
    upload_id uuid primary key,
    workspace_id uuid not null references workspace,
    document_id uuid not null references document on delete cascade,
    attachment_id uuid not null,             -- that it becomes, or of which it becomes a version
    in_text boolean not null,
    name text not null,
    bytes bigint not null,                   -- as announced
    received bigint not null,
    attached_as bigint,                      -- the version that it became
    sealed boolean not null,
    created_by uuid not null,
    created_at timestamptz not null,
    touched_at timestamptz not null
);
create index upload_by_workspace on upload (workspace_id, touched_at);

create table upload_part (
    upload_id uuid not null references upload on delete cascade,
    starts_at bigint not null,
    bytes bigint not null,
    object text not null,                    -- its key in the store
    primary key (upload_id, starts_at)
);

-- Remarks beside the text. The document itself never knows of them.

create table thread (
    thread_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    document_id uuid not null references document on delete cascade,
    anchor text,                -- JSON: two Yjs relative positions; null: it is about the whole document
    quote text not null,        -- what the passage said when it was marked
    replacement text,           -- set: a suggestion, to say this instead
    state text not null,        -- open, resolved; a suggestion: open, accepted, rejected
    outcome text,               -- of a resolved one: decided, deferred, rejected, done
    note text,
    decided_by uuid,            -- account or guest
    decided_at timestamptz,
    created_by uuid not null,   -- account or guest
    created_at timestamptz not null
);
create index thread_by_document on thread (document_id, thread_id);
create index thread_by_decision on thread (workspace_id, decided_at);

create table comment (
    comment_id uuid primary key,
    thread_id uuid not null references thread on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    document_id uuid not null references document on delete cascade,
    author_id uuid not null,    -- account or guest
    body text not null,
    created_at timestamptz not null,
    edited_at timestamptz,
    deleted_at timestamptz      -- its words are gone, its place in the thread stays
);
create index comment_by_thread on comment (thread_id, comment_id);
create index comment_by_author on comment (author_id);

create table mention (
    comment_id uuid not null references comment on delete cascade,
    kind text not null,         -- account, group
    target_id uuid not null,
    primary key (comment_id, kind, target_id)
);
create index mention_by_target on mention (target_id);

create table reaction (
    comment_id uuid not null references comment on delete cascade,
    person_id uuid not null,    -- account or guest
    emoji text not null,
    created_at timestamptz not null,
    primary key (comment_id, person_id, emoji)
);

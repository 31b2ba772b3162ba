-- Spaces, the tree of pages in each, and which pages give their grants to which others.

create table space (
    space_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    name text not null,          -- empty: the personal space of its owner
    icon text not null,          -- an emoji, or empty
    description text not null,
    owner_id uuid references account on delete set null, -- the member whose personal space it is
    open_level text,             -- what every member of the workspace may do in it; null: only its members
    created_by uuid references account on delete set null,
    created_at timestamptz not null,
    version bigint not null,     -- of this row, for ETag and If-Match
    unique (workspace_id, owner_id)
);

create table space_member (
    space_id uuid not null references space on delete cascade,
    account_id uuid not null references account on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    level text not null,         -- view < comment < edit < approve < admin
    added_by uuid references account on delete set null,
    created_at timestamptz not null,
    primary key (space_id, account_id)
);
create index space_member_by_account on space_member (account_id);

create table space_group (
    space_id uuid not null references space on delete cascade,
    group_id uuid not null references people_group on delete cascade,
    workspace_id uuid not null references workspace on delete cascade,
    level text not null,
    added_by uuid references account on delete set null,
    created_at timestamptz not null,
    primary key (space_id, group_id)
);
create index space_group_by_group on space_group (group_id);

alter table document add column space_id uuid references space on delete set null;
alter table document add column parent_id uuid;                      -- no reference: a purged page keeps its row
alter table document add column rank text not null default '';       -- a fractional key: lower-case hex digits
alter table document add column icon text not null default '';
alter table document add column inherits boolean not null default true;
alter table document add column space_applies boolean not null default true;
alter table document add column inherited_open text;
alter table document add column trashed_with uuid;
create index document_by_parent on document (parent_id, rank, document_id);
create index document_by_space on document (space_id, parent_id, rank, document_id);

-- What is given on the ancestor applies to the document as well. It follows from parent_id and inherits, and is written
-- again whenever they change.
create table inheritance (
    document_id uuid not null references document on delete cascade,
    ancestor_id uuid not null references document on delete cascade,
    primary key (document_id, ancestor_id)
);
create index inheritance_by_ancestor on inheritance (ancestor_id, document_id);

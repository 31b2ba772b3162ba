-- Tags as rows, the favourites and recent documents of each person, who moved a document to the trash, and an index for
-- each order and each narrow selection of the lists of documents.

create table tag (
    tag_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    name text not null,             -- letter by letter: "Plan" and "plan" are two tags
    created_at timestamptz not null,
    unique (workspace_id, name)
);

-- A tag that no document has is removed, so that nothing is left of the words of a purged document. The column `tags` of
-- earlier versions is moved here when the server starts, and is empty from then on.
create table document_tag (
    document_id uuid not null references document on delete cascade,
    tag_id uuid not null references tag on delete cascade,
    position bigint not null,       -- the order in which the document shows its tags
    primary key (document_id, tag_id)
);
create index document_tag_by_tag on document_tag (tag_id, document_id);

-- They end with the membership.
create table favourite (
    account_id uuid not null,
    workspace_id uuid not null,
    document_id uuid not null references document on delete cascade,
    position bigint not null,
    created_at timestamptz not null,
    primary key (account_id, document_id),
    foreign key (workspace_id, account_id) references membership on delete cascade
);
create index favourite_by_document on favourite (document_id);

create table recent (
    account_id uuid not null,
    workspace_id uuid not null,
    document_id uuid not null references document on delete cascade,
    at timestamptz not null,        -- when the person last opened or edited it, to the minute
    primary key (account_id, document_id),
    foreign key (workspace_id, account_id) references membership on delete cascade
);
create index recent_by_time on recent (account_id, workspace_id, at, document_id);
create index recent_by_document on recent (document_id);
create index recent_by_age on recent (at);

alter table document add column trashed_by uuid references account on delete set null;

create index document_by_creation on document (workspace_id, created_at, document_id);
create index document_by_title on document (workspace_id, title_key, document_id);
create index document_by_owner on document (workspace_id, created_by, updated_at, document_id);
create index document_archived on document (workspace_id, updated_at, document_id) where status = 'archived';
create index document_trashed_with on document (trashed_with) where trashed_with is not null;
create index document_in_trash on document (workspace_id, trashed_at, document_id) where trashed_at is not null;

-- What is on the web: the published text of a document, or a space as a site.

alter table document add column published_revision_id uuid; -- the revision that was last published
update document set published_revision_id = (
    select revision_id from approval
     where approval.document_id = document.document_id and state = 'approved' and decided_at is not null
     order by approval_id desc limit 1)
 where status = 'published';

create table publication (
    publication_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    document_id uuid unique references document on delete cascade,
    space_id uuid unique references space on delete cascade,
    key text not null unique,    -- at the end of the address
    slug text not null,          -- the words before it
    meta_title text not null,
    description text not null,
    keywords text not null,
    canonical text not null,
    language text not null,
    is_indexed boolean not null,
    asks_helpful boolean not null,
    views bigint not null,
    helpful bigint not null,
    not_helpful bigint not null,
    published_by uuid references account on delete set null,
    published_at timestamptz not null,
    updated_at timestamptz not null
);

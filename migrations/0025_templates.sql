-- Texts to begin a document with, and texts that are written before the rows of their documents.

create table template (
    template_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    owner_id uuid references account on delete cascade,  -- the member for whom alone it is; null: the whole workspace
    title text not null,
    description text not null,
    kind text not null,
    icon text not null,
    text jsonb not null,                                 -- in the editor's JSON
    created_by uuid references account on delete set null,
    created_at timestamptz not null,
    updated_at timestamptz not null
);
create index template_by_workspace on template (workspace_id, owner_id);

create table unfinished_document (
    document_id uuid primary key,
    begun_at timestamptz not null
);

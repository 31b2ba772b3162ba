-- Imports and exports: what is asked, how far it is, and what came of it.

create table import (
    import_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    created_by uuid not null references account on delete cascade,
    actor jsonb not null,                    -- in whose name pages are made, with the origin of the request
    kind text not null,                      -- auto, or what the person says that the files are
    found text not null,                     -- what they were recognised as; empty before
    space_id uuid references space on delete set null,
    parent_id uuid references document on delete set null,
    state text not null,                     -- open, waiting, working, checked, done, failed, cancelled or undone
    dry_run boolean not null,                -- of the current run
    run_id uuid,                             -- the attempt that works on it; another one takes over when it is silent
    touched_at timestamptz not null,         -- the last sign of that attempt, or of the person
    total bigint not null,                   -- pages
    done bigint not null,
    code text not null,                      -- why it failed
    detail text not null,
    report jsonb not null,                   -- [{file, what, where}]: what could not be carried over
    more bigint not null,                    -- lines beyond those
    tree jsonb not null,                     -- [{title, path, depth, children}]: the pages of a dry run, bounded
    created_at timestamptz not null,
    finished_at timestamptz
);
create index import_by_person on import (workspace_id, created_by, created_at);
create index import_by_state on import (state, touched_at);

-- What was uploaded for an import; deleted when it ends.
create table import_file (
    import_id uuid not null references import on delete cascade,
    number bigint not null,
    path text not null,                      -- its name, or its path in the folder that was chosen
    bytes bigint not null,
    object text not null,                    -- its key in the store
    sealed boolean not null,
    primary key (import_id, number)
);
create index import_file_by_object on import_file (object);

-- The pages that an import made, for undoing it and for naming whom the source names as author.
create table import_page (
    import_id uuid not null references import on delete cascade,
    document_id uuid not null references document on delete cascade,
    number bigint not null,                  -- in the order of the tree
    path text not null,                      -- in the source
    author_id uuid references account on delete set null, -- matched by the address of mail
    author_name text not null,               -- as the source has it
    seq bigint not null,                     -- the last row of its log when it was made: later ones are edits
    version bigint not null,                 -- of its row when it was made
    primary key (import_id, document_id)
);
create index import_page_by_document on import_page (document_id);

create table export (
    export_id uuid primary key,
    workspace_id uuid not null references workspace on delete cascade,
    created_by uuid not null references account on delete cascade,
    actor jsonb not null,
    scope text not null,                     -- workspace, space or document
    space_id uuid references space on delete cascade,
    document_id uuid references document on delete cascade,
    title text not null,                     -- of the file
    with_comments boolean not null,
    with_revisions boolean not null,
    state text not null,                     -- waiting, working, done, failed or cancelled
    run_id uuid,
    touched_at timestamptz not null,
    total bigint not null,
    done bigint not null,
    code text not null,
    detail text not null,
    object text,                             -- the archive in the store, for a day
    bytes bigint not null,
    sealed boolean not null,
    created_at timestamptz not null,
    finished_at timestamptz
);
create index export_by_person on export (workspace_id, created_by, created_at);
create index export_by_state on export (state, touched_at);
create index export_by_object on export (object);

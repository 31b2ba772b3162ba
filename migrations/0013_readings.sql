-- How far somebody has read a document.

create table reading (
    account_id uuid not null references account on delete cascade,
    document_id uuid not null references document on delete cascade,
    seq bigint not null,        -- the last row of the log that they saw
    read_at timestamptz not null,
    primary key (account_id, document_id)
);
create index reading_by_document on reading (document_id);

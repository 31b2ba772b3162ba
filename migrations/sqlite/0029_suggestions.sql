-- Suggestions: changes that are proposed to a document. The document itself never knows of them. Each is discussed in the
-- thread of the same id, which has its state, its first passage, and the plain text that it proposes (`replacement`).

create table suggestion (
    suggestion_id uuid primary key references thread on delete cascade,
    document_id uuid not null references document on delete cascade,
    kind text not null,             -- insert, delete, replace, format, split, join, block
    change text not null,           -- JSON: what changes, and the words by which its place is found
    before_text text not null,      -- what it takes away or changes, as plain text
    version bigint not null,        -- the row of the log that it was made against
    updated_at timestamptz not null,
    second_anchor text,             -- its second passage, as the columns of the same names in `thread`
    second_quote text,
    second_text text,
    second_around text,
    second_seq bigint,
    second_lost_at timestamptz,
    edited_as bigint,               -- the client id of the edit that its acceptance was: its letters have another author
    reverse text                    -- JSON: the changes that undo its acceptance; null once that was done
);
create index suggestion_by_document on suggestion (document_id, suggestion_id);

-- A thread with a replacement was a suggestion for words of one paragraph. The column `edges` is not read any more.
insert into suggestion (suggestion_id, document_id, kind, change, before_text, version, updated_at)
select thread_id, document_id, case when replacement = '' then 'delete' else 'replace' end,
       json_object(
           'change', 'words', 'lead', 0, 'trail', 0,
           'before', json_array(json_array(json_object('type', 'text', 'text', quote))),
           'after', json(case when replacement = '' then json_array()
                              else json_array(json_object('type', 'text', 'text', replacement)) end),
           'quotes', json_array(quote)),
       quote, coalesce(passage_seq, 0), created_at
  from thread where replacement is not null;

-- The rows of the pages of an import are added some at a time, and are hidden until all of them are shown at once; then
-- their events follow, some at a time.
alter table import add column shown_at timestamptz;                        -- from then on its pages are there
alter table import_page add column is_announced boolean not null default true; -- whether its events were emitted

-- A workspace that an operator brings back has the words of others, by their addresses of mail; whoever is no member is
-- a name.
alter table import add column by_operator boolean not null default false;  -- with the command, which restores all of that
alter table export add column by_operator boolean not null default false;  -- with the command: nobody finds it in the app
alter table comment add column named text;                                 -- its author; author_id is who brought it back
alter table thread add column decided_named text;
alter table revision add column created_named text;

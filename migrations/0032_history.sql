-- What the history says of a version.

-- The headings under which something changed since the previous version, as JSON; null if unknown.
alter table revision add column sections text;
-- The block that was put back, counted from 0, if a restore was of one block.
alter table revision add column restored_block bigint;

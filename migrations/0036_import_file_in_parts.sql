-- A large file of an import arrives in parts, each with a row and an object of its own.

alter table import_file add column from_byte bigint not null default 0;   -- where the part begins in its file
alter table import_file add column whole_bytes bigint not null default 0; -- the size of the file; 0 if it is this part

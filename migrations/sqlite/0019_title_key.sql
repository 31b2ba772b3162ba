-- The title as it is searched and sorted (see sort_key.rs), by code point in both engines. Filled in when the server starts.
alter table document add column title_key text not null default '';

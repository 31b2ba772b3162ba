-- A repeated answer carries the version that the first one did; status 0 while the first is under way.
alter table idempotent_answer add column etag text;

-- What was made under an Idempotency-Key is named again when the request is repeated.
alter table idempotent_answer add column location text;   -- the header of that name; null if there was none

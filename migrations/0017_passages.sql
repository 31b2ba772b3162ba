-- Passages that are followed while the text is edited.

alter table thread add column passage_text text;    -- its last known words; null: those of the quote
alter table thread add column around text;          -- JSON: what surrounded it, when it was marked and lately
alter table thread add column passage_seq bigint;   -- the row of the log that last changed the passage
alter table thread add column moved_at timestamptz; -- when its words were last found in another place
alter table thread add column lost_at timestamptz;  -- since when its words are gone; null: they are in the text
alter table thread add column returned_at timestamptz; -- when its words last came back

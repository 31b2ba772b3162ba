-- A request for approval can be moved to a newer revision, and has a due date of its own.
alter table approval add column due_at timestamptz;           -- when the whole decision is wanted
alter table approval add column current_due_at timestamptz;   -- the earlier of that and of the due time of the current step
alter table approval add column due_told_at timestamptz;      -- its people were told that this comes soon
alter table approval add column overdue_told_at timestamptz;  -- and that it has passed

-- A decision from before the request was moved stays, and no longer counts.
alter table approval_act add column revision_id uuid;         -- what it is about; null in older rows: the approval's
alter table approval_act add column voided_at timestamptz;
create index approval_act_by_revision on approval_act (revision_id);
create index approval_by_decision on approval (workspace_id, decided_at);

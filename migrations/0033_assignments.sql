-- A thread that somebody is to take care of.

-- A member of the workspace, who could see the document when it was assigned; null for nobody.
alter table thread add column assigned_to uuid;
alter table thread add column assigned_by uuid;
alter table thread add column assigned_at timestamptz;
-- When it is to be done; null for any time.
alter table thread add column due_at timestamptz;

create index thread_of_assignee on thread (assigned_to, workspace_id) where assigned_to is not null;

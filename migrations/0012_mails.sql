-- What people want to be mailed, and what was.

create table mail_setting (
    account_id uuid primary key references account on delete cascade,
    choices text not null,      -- JSON: a kind of notification to now, daily or never; what is not named has its default
    stop_token uuid not null    -- whoever has it may stop all mails, and nothing else
);
alter table notification add column mailed_at timestamptz;
alter table approval add column change_told_at timestamptz; -- that the text was changed since

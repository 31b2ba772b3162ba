-- Changes that open sockets of every node look at: written with the change, read on a hint and on every poll.
create table event (
    event_id bigint generated always as identity primary key, -- grows, but becomes visible out of order
    kind text not null,        -- document, session
    subject uuid not null,
    created_at timestamptz not null
);

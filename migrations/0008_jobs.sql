-- Work that is done later, by any node, until it succeeds.

create table job (
    job_id uuid primary key,
    kind text not null,
    once text,                  -- of its kind, only one with this waits
    payload text not null,      -- JSON
    run_at timestamptz not null,
    attempts bigint not null,
    claimed_until timestamptz,  -- a node works on it; when that passed, the node died
    last_error text,
    dead_at timestamptz,        -- it failed too often; somebody must look
    created_at timestamptz not null
);
create index job_due on job (run_at) where dead_at is null;
create unique index job_once on job (kind, once) where once is not null and dead_at is null;

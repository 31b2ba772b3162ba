-- What several nodes of one installation share.

-- Processes that use this database. One that does not renew its row has ended.
create table node (
    node_id uuid primary key,  -- kept in the node's data folder
    alone boolean not null,    -- it has no bus: nobody else may use the database
    address text not null,
    started_at timestamptz not null,
    renewed_at timestamptz not null
);

-- What every node must have in common, such as the key that signs sessions.
create table shared_value (
    name text primary key,
    value bytea not null,
    created_at timestamptz not null
);

-- What makes its holder the owner of a new instance: the hash of a secret that a node printed.
create table setup_secret (
    hash bytea primary key,
    created_at timestamptz not null
);

-- Switches that an operator sets for all nodes at once, such as read-only.
create table flag (
    name text primary key,
    is_on boolean not null,
    changed_at timestamptz not null
);

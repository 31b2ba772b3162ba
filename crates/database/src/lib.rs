//! The rows that every request reads, and the fan-out of a write: the audit log, changes for other nodes,
//! notifications. Every function that reads or writes can fail when the database does not answer; only other errors are
//! documented.

pub mod accounts;
pub mod audit;
pub mod callers;
pub mod changes;
pub mod consumers;
pub mod documents;
mod emit;
pub mod event_log;
pub mod flags;
pub mod grants;
pub mod groups;
pub mod idempotency;
pub mod jobs;
pub mod keys;
pub mod links;
pub mod members;
pub mod nodes;
pub mod notifications;
pub mod operations;
mod restoring;
mod retention;
pub mod rows_file;
pub mod schema;
pub mod sessions;
pub mod sort_key;
pub mod sql;
pub mod webhooks;
pub mod write_turns;

pub use accounts::{Account, NewAccount, Profile};
pub use audit::chain::{Anchor, ChainKey, Verdict};
pub use audit::{Act, Actor, AuditFilter, AuditRow};
pub use callers::{KeyHolder, SignedIn};
pub use changes::Change;
pub use consumers::Consumer;
pub use documents::DocumentRow;
pub use event_log::LoggedEvent;
pub use grants::Standings;
pub use groups::Group;
pub use idempotency::Answer;
pub use jobs::NewJob;
pub use keys::{ApiKey, NewKey, SigningKey};
pub use links::Guest;
pub use members::{Joiner, Member, Membership};
pub use nodes::Node;
pub use notifications::NewNotification;
pub use operations::NewOperation;
pub use schema::{Schema, SchemaError};
pub use sessions::{Device, Refreshed, Session};
pub use sql::{Db, DbOptions, Query, Tx};

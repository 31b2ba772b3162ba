//! What outlives a request: the journal of every document, the relational rows around it, and the bus
//! on which nodes hear of both.
//! Bytes and ids only: no HTTP, no CRDT.

pub mod accounts;
mod answers;
mod approvals;
pub mod audit;
pub mod bus;
pub mod comments;
mod copies;
pub mod decisions;
pub mod documents;
pub mod events;
mod flags;
pub mod grants;
pub mod groups;
pub mod ids;
pub mod jobs;
pub mod journal;
pub mod keys;
pub mod links;
pub mod members;
pub mod nodes;
pub mod notifications;
pub mod people;
pub mod proofs;
pub mod readings;
pub mod revisions;
pub mod sessions;
pub mod sql;
pub mod threads;
pub mod webhooks;

pub use accounts::{Account, NewAccount, Profile};
pub use answers::Answer;
pub use approvals::{Approval, ApprovalAct, Move, NewApproval, Workflow};
pub use audit::chain::{Anchor, ChainKey, Verdict};
pub use audit::{Act, Actor, ActorKind, AuditFilter, AuditRow};
pub use bus::{Bus, BusError, NodeId, Signal, Signals};
pub use comments::{Comment, Mention, NewComment, Reaction};
pub use copies::{CopyError, copy_sqlite, fold_sqlite, sqlite_path};
pub use decisions::{DecisionFilter, DecisionRow};
pub use documents::{Direction, DocumentFilter, DocumentRow, NewDocument, Order, slug_of};
pub use events::Change;
pub use grants::{Given, Grant, NewGrant, Standings};
pub use groups::{Group, GroupGrant, NewGroupGrant};
pub use ids::{
    AccountId, ApprovalId, CommentId, DeliveryId, DocumentId, GroupId, GuestId, JobId, KeyId, LinkId, NotificationId,
    RevisionId, SessionId, ThreadId, WebhookId, WorkflowId, WorkspaceId,
};
pub use jobs::{Job, JobCounts, NewJob};
pub use journal::{
    Append, Appended, Entry, Journal, JournalError, JournalOptions, Keep, Log, NewSnapshot, Purge, Row, Snapshot, Trim,
};
pub use keys::{ApiKey, NewKey, SigningKey};
pub use links::{Guest, Link, NewLink, OpenLink};
pub use members::{Joiner, Member, Membership};
pub use nodes::Node;
pub use notifications::{Inbox, MailSetting, Notification};
pub use proofs::{Identity, IdentityRequest, Purpose};
pub use revisions::{NewRevision, OldRevision, Restored, Revision, RevisionAuthor};
pub use sessions::{Device, Refreshed, Session};
pub use sql::{Db, DbOptions};
pub use threads::{Decision, NewThread, Thread, Threads};
pub use webhooks::{Attempt, Delivery, Webhook};

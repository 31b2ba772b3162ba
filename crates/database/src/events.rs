//! Changes that open sockets must look at, on every node: written in the transaction of the change, so that
//! none is missed, and read on a hint from the bus or without one.

use chrono::{Duration, Utc};
use uuid::Uuid;

use crate::sql::{Db, Tx};
use vocabulary::{AccountId, DocumentId, SessionId};

/// Events are read back this far again: ids of transactions that commit late become visible out of order.
pub const OVERLAP: i64 = 200;
/// A node that was away for longer looks at everything when it comes back.
const KEPT: Duration = Duration::hours(1);

/// What changed. It carries no authority: who hears of it reads the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Grants, trash or metadata of a document.
    Document(DocumentId),
    /// Comments on a document. No right follows from them.
    Comments(DocumentId),
    /// Revisions of a document. No right follows from them either.
    Revisions(DocumentId),
    /// A session was ended.
    Session(SessionId),
    /// Role, password or state of an account.
    Account(AccountId),
    /// What somebody should hear of. No right follows from it either.
    Inbox(AccountId),
    /// A switch was set.
    Flags,
    /// The keys that sign access tokens.
    Keys,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    event_id: i64,
    kind: String,
    subject: Uuid,
}

impl Tx {
    /// Notes a change with the change itself.
    pub async fn note(&mut self, change: Change) -> sqlx::Result<()> {
        let (kind, subject) = match change {
            Change::Document(id) => ("document", id.0),
            Change::Comments(id) => ("comments", id.0),
            Change::Revisions(id) => ("revisions", id.0),
            Change::Session(id) => ("session", id.0),
            Change::Account(id) => ("account", id.0),
            Change::Inbox(id) => ("inbox", id.0),
            Change::Flags => ("flags", Uuid::nil()),
            Change::Keys => ("keys", Uuid::nil()),
        };
        self.query("insert into event (kind, subject, created_at) values ($1, $2, $3)")
            .bind(kind.to_owned())
            .bind(subject)
            .bind(Utc::now())
            .execute()
            .await
            .map(drop)
    }
}

/// The newest event; 0 before the first.
pub async fn last(db: &Db) -> sqlx::Result<i64> {
    let (id,): (i64,) = db.query("select coalesce(max(event_id), 0) from event").one().await?;
    Ok(id)
}

/// Events after an id, oldest first, with their ids. Begin [`OVERLAP`] before the last one that was seen.
pub async fn after(db: &Db, id: i64) -> sqlx::Result<Vec<(i64, Change)>> {
    let rows: Vec<EventRow> = db
        .query("select event_id, kind, subject from event where event_id > $1 order by event_id")
        .bind(id)
        .all()
        .await?;
    let known = rows.into_iter().filter_map(|row| match row.kind.as_str() {
        "document" => Some((row.event_id, Change::Document(DocumentId(row.subject)))),
        "comments" => Some((row.event_id, Change::Comments(DocumentId(row.subject)))),
        "revisions" => Some((row.event_id, Change::Revisions(DocumentId(row.subject)))),
        "session" => Some((row.event_id, Change::Session(SessionId(row.subject)))),
        "account" => Some((row.event_id, Change::Account(AccountId(row.subject)))),
        "inbox" => Some((row.event_id, Change::Inbox(AccountId(row.subject)))),
        "flags" => Some((row.event_id, Change::Flags)),
        "keys" => Some((row.event_id, Change::Keys)),
        // Of a newer version: nothing that this one knows of.
        _ => None,
    });
    Ok(known.collect())
}

/// Forgets events that every node has read or will not read any more.
pub async fn forget_old(db: &Db) -> sqlx::Result<()> {
    db.query("delete from event where created_at < $1").bind(Utc::now() - KEPT).execute().await.map(drop)
}

//! The log of changes, from which every node notifies its open sockets. A row is written in the transaction of the
//! change, so that none is missed. Nodes read the log when the bus hints at a change, and at intervals.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::sql::{Db, Tx};
use vocabulary::{AccountId, DocumentId, SessionId, SpaceId, Topic, WebhookId, WorkspaceId};

/// How far below the newest row a reader starts. Fewer transactions than this run at once.
const AT_START: i64 = 200;
/// The maximum number of gaps that are queried one by one. A rollback leaves a permanent gap in the ids.
const MOST_GAPS: usize = 10_000;
/// How long changes are kept. A node that was away for longer checks everything when it returns.
pub(crate) const KEPT: Duration = Duration::hours(1);

/// A change. It carries no authority: recipients read the new state from the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Grants, trash or metadata of a document.
    Document(DocumentId),
    /// Grants of a document that pages below it inherit, or its place. Affects the rights to all of these pages.
    Tree(DocumentId),
    /// The level that a space gives to the workspace, or the space itself. Affects the rights to all of its pages.
    Space(SpaceId),
    /// Comments on a document. They do not affect rights.
    Comments(DocumentId),
    /// Revisions of a document. They do not affect rights.
    Revisions(DocumentId),
    /// A session was ended.
    Session(SessionId),
    /// Role, password or state of an account.
    Account(AccountId),
    /// The inbox of an account. It does not affect rights.
    Inbox(AccountId),
    /// The favourites of an account. They do not affect rights.
    Favourites(AccountId),
    /// A list of a workspace. It does not affect rights.
    Workspace(WorkspaceId, Topic),
    /// The deliveries of a webhook. They do not affect rights.
    Webhook(WebhookId),
    /// An operator's switch was set.
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
    /// Logs a change in the transaction that makes it. Repeated calls for the same change log it once.
    pub async fn note(&mut self, change: Change) -> sqlx::Result<()> {
        if self.has_noted(change) {
            return Ok(());
        }
        let (kind, subject) = change.stored();
        let (id,): (i64,) = self
            .query("insert into event (kind, subject, created_at) values ($1, $2, $3) returning event_id")
            .bind(kind.to_owned())
            .bind(subject)
            .bind(Utc::now())
            .one()
            .await?;
        self.noted.push((id, change));
        Ok(())
    }

    pub(crate) fn has_noted(&self, change: Change) -> bool {
        self.noted.iter().any(|(_, known)| *known == change)
    }
}

impl Change {
    /// Whether the change affects no right, and only makes pages read something again.
    pub fn is_only_news(self) -> bool {
        matches!(
            self,
            Change::Comments(_)
                | Change::Revisions(_)
                | Change::Favourites(_)
                | Change::Workspace(..)
                | Change::Webhook(_)
        )
    }

    /// Kind and subject, as stored in the log.
    pub(crate) fn stored(self) -> (&'static str, Uuid) {
        match self {
            Change::Document(id) => ("document", id.0),
            Change::Tree(id) => ("tree", id.0),
            Change::Space(id) => ("space", id.0),
            Change::Comments(id) => ("comments", id.0),
            Change::Revisions(id) => ("revisions", id.0),
            Change::Session(id) => ("session", id.0),
            Change::Account(id) => ("account", id.0),
            Change::Inbox(id) => ("inbox", id.0),
            Change::Favourites(id) => ("favourites", id.0),
            Change::Workspace(id, topic) => (topic.as_str(), id.0),
            Change::Webhook(id) => ("webhook", id.0),
            Change::Flags => ("flags", Uuid::nil()),
            Change::Keys => ("keys", Uuid::nil()),
        }
    }
}

/// The newest event; 0 before the first.
async fn last(db: &Db) -> sqlx::Result<i64> {
    let (id,): (i64,) = db.query("select coalesce(max(event_id), 0) from event").one().await?;
    Ok(id)
}

/// Reads the log of changes without missing any. A transaction takes its ids before it commits, so an id may become
/// visible after later ones. Every gap is therefore queried again until it is filled or older than the log itself.
pub struct Reader {
    last: i64,
    gaps: BTreeMap<i64, DateTime<Utc>>,
}

impl Reader {
    /// Reads the log from its oldest row.
    pub fn from_the_start() -> Reader {
        Reader { last: 0, gaps: BTreeMap::new() }
    }

    /// Reads only rows that become visible from now on.
    pub async fn from_now(db: &Db) -> sqlx::Result<Reader> {
        // Rows below the newest one may not be visible yet.
        let mut reader = Reader { last: (last(db).await? - AT_START).max(0), gaps: BTreeMap::new() };
        reader.read(db).await?;
        Ok(reader)
    }

    /// Returns the changes that have become visible since the last call, oldest first. `None` when there are too many
    /// gaps to query: the caller must check everything.
    pub async fn read(&mut self, db: &Db) -> sqlx::Result<Option<Vec<(i64, Change)>>> {
        let gaps: Vec<i64> = self.gaps.keys().copied().collect();
        let rows: Vec<EventRow> = db
            .pick(
                "select event_id, kind, subject from event
                  where event_id > $1 or event_id in (select jsonb_array_elements_text($2)::bigint) order by event_id",
                "select event_id, kind, subject from event
                  where event_id > $1 or event_id in (select value from json_each($2)) order by event_id",
            )
            .bind(self.last)
            .bind(Json(json!(gaps)))
            .all()
            .await?;
        let now = Utc::now();
        for row in &rows {
            if self.gaps.remove(&row.event_id).is_none() {
                // Before the first row, missing ids may have been removed because of their age, or may not be visible
                // yet.
                let most = if self.last == 0 { AT_START as usize } else { MOST_GAPS + 1 };
                let missing = (self.last + 1..row.event_id).rev().take(most);
                self.gaps.extend(missing.map(|missing| (missing, now)));
                self.last = row.event_id;
            }
        }
        self.gaps.retain(|_, since| now - *since < KEPT);
        if self.gaps.len() > MOST_GAPS {
            self.gaps.clear();
            return Ok(None);
        }
        Ok(Some(rows.into_iter().filter_map(|row| Some((row.event_id, row.change()?))).collect()))
    }
}

impl EventRow {
    /// `None` for an event without a change, and for a kind that a newer version wrote.
    fn change(&self) -> Option<Change> {
        Some(match self.kind.as_str() {
            "document" => Change::Document(DocumentId(self.subject)),
            "tree" => Change::Tree(DocumentId(self.subject)),
            "space" => Change::Space(SpaceId(self.subject)),
            "comments" => Change::Comments(DocumentId(self.subject)),
            "revisions" => Change::Revisions(DocumentId(self.subject)),
            "session" => Change::Session(SessionId(self.subject)),
            "account" => Change::Account(AccountId(self.subject)),
            "inbox" => Change::Inbox(AccountId(self.subject)),
            "favourites" => Change::Favourites(AccountId(self.subject)),
            "webhook" => Change::Webhook(WebhookId(self.subject)),
            "flags" => Change::Flags,
            "keys" => Change::Keys,
            kind => Change::Workspace(WorkspaceId(self.subject), Topic::parse(kind)?),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A list with the name of another kind of change would be read back as that kind.
    #[test]
    fn every_list_is_read_back_as_itself() {
        let subject = Uuid::now_v7();
        let read = |kind: &str| EventRow { event_id: 1, kind: kind.to_owned(), subject }.change();
        for topic in Topic::ALL {
            assert_eq!(read(topic.as_str()), Some(Change::Workspace(WorkspaceId(subject), *topic)));
        }
        assert_eq!(read("of a newer version"), None);
    }
}

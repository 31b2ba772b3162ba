//! The event log: one row for each event, written in the event's transaction and read by consumers
//! ([`crate::consumers`]). The same table is the log of changes ([`crate::changes`]): an event and the first change
//! that it causes share a row.

use chrono::{DateTime, Duration, Utc};
use serde_json::Value;
use tracing::{error, warn};
use uuid::Uuid;

use crate::audit::Actor;
use crate::changes::{Change, KEPT};
use crate::sql::{Db, Tx};
use vocabulary::{Audience, DocumentId, Event, WorkspaceId};

/// How long events are kept for a consumer that is behind: long enough for an operator to notice a failing one. The log
/// of a busy week is still small compared with the audit log.
const KEPT_FOR_CONSUMERS: Duration = Duration::days(7);

/// An event as stored in the log. Its words may come from a newer version.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent {
    pub event_id: i64,
    pub at: DateTime<Utc>,
    /// `noun.verb`.
    pub name: String,
    /// The [`Audience`] of the event.
    pub audience: String,
    pub workspace: WorkspaceId,
    pub document: Option<DocumentId>,
    pub subject_kind: String,
    pub subject_id: String,
    /// Counts the public events of the document or, without one, of the workspace.
    pub sequence: i64,
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub detail: Value,
}

/// A row of the table. A row without a name is only a change.
#[derive(sqlx::FromRow)]
pub(crate) struct LogRow {
    pub event_id: i64,
    /// The oldest transaction that was running when the row was read.
    pub oldest: i64,
    created_at: DateTime<Utc>,
    name: Option<String>,
    audience: Option<String>,
    workspace_id: Option<Uuid>,
    document_id: Option<Uuid>,
    subject_kind: Option<String>,
    subject_id: Option<String>,
    sequence: Option<i64>,
    actor_kind: Option<String>,
    actor_id: Option<Uuid>,
    detail: Option<String>,
}

impl LogRow {
    pub fn event(self) -> Option<LoggedEvent> {
        Some(LoggedEvent {
            event_id: self.event_id,
            at: self.created_at,
            name: self.name?,
            audience: self.audience?,
            workspace: WorkspaceId(self.workspace_id?),
            document: self.document_id.map(DocumentId),
            subject_kind: self.subject_kind?,
            subject_id: self.subject_id?,
            sequence: self.sequence?,
            actor_kind: self.actor_kind?,
            actor_id: self.actor_id,
            detail: serde_json::from_str(&self.detail?).ok()?,
        })
    }
}

/// The document that an event is about, if any.
fn document_of(event: &Event) -> Option<Uuid> {
    let subject = event.subject();
    (subject.kind == "document").then(|| subject.id.parse().ok()).flatten()
}

/// The subject whose events are in order: the document or, without one, the workspace.
fn ordered_subject(by: &Actor, event: &Event) -> Uuid {
    document_of(event).unwrap_or(by.workspace.0)
}

impl Tx {
    /// Logs the events of this transaction, at its end. Each event locks its subject until the commit. At the end,
    /// these locks are held briefly, and every transaction takes them after all others and in the same order. Otherwise
    /// two transactions could wait for each other.
    pub async fn log_emitted(&mut self) -> sqlx::Result<()> {
        let mut emitted = std::mem::take(&mut self.emitted);
        emitted.sort_by_key(|(by, event, _)| ordered_subject(by, event));
        for (by, event, change) in &emitted {
            self.log(by, event, *change).await?;
        }
        self.logs_events |= !emitted.is_empty();
        Ok(())
    }

    /// Logs an event and, in the same row, its change, unless this transaction has logged that change already. The
    /// subject's sequence number is taken first, for two reasons. It locks the subject, so that its events get their
    /// ids in the order of their commits. And it makes Postgres assign the transaction id before the event id, on which
    /// consumers rely.
    async fn log(&mut self, by: &Actor, event: &Event, change: Option<Change>) -> sqlx::Result<()> {
        let (subject, document) = (event.subject(), document_of(event));
        let step = i64::from(event.audience() == Audience::Public);
        let sequence = self.advance(ordered_subject(by, event), step).await?;
        let change = change.filter(|change| !self.has_noted(*change));
        let (kind, about) = change.map_or(("event", Uuid::nil()), Change::stored);
        let (id,): (i64,) = self
            .query(
                "insert into event (kind, subject, created_at, name, audience, workspace_id, document_id, subject_kind,
                                    subject_id, sequence, actor_kind, actor_id, detail)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) returning event_id",
            )
            .bind(kind.to_owned())
            .bind(about)
            .bind(Utc::now())
            .bind(event.name().to_owned())
            .bind(event.audience().as_str().to_owned())
            .bind(by.workspace)
            .bind(document)
            .bind(subject.kind.to_owned())
            .bind(subject.id)
            .bind(sequence)
            .bind(by.kind.as_str().to_owned())
            .bind(by.id)
            .bind(event.detail().to_string())
            .one()
            .await?;
        self.noted.extend(change.map(|change| (id, change)));
        Ok(())
    }

    /// Takes the next sequence number of a subject, for an event outside the log.
    pub async fn next_in_order(&mut self, subject: Uuid) -> sqlx::Result<i64> {
        self.advance(subject, 1).await
    }

    /// Advances the sequence number of a subject and locks it: other events of the subject wait until this transaction
    /// ends.
    async fn advance(&mut self, subject: Uuid, step: i64) -> sqlx::Result<i64> {
        let (last,): (i64,) = self
            .query(
                "insert into event_order (subject, last) values ($1, $2)
                 on conflict (subject) do update set last = event_order.last + $2 returning last",
            )
            .bind(subject)
            .bind(step)
            .one()
            .await?;
        Ok(last)
    }
}

/// Deletes changes after an hour, when nodes no longer need them. An event is kept until every consumer has read it,
/// but for at most a week. Consumers that are further behind lose it.
pub async fn forget_old(db: &Db) -> sqlx::Result<()> {
    let (now, lost_before) = (Utc::now(), Utc::now() - KEPT_FOR_CONSUMERS);
    for consumer in forget_absent(db, lost_before).await? {
        warn!(consumer, "no node has run this event consumer for a week; its cursor was removed");
    }
    for consumer in behind(db, lost_before).await? {
        error!(consumer, "an event consumer is a week behind and loses unread events");
    }
    db.delete_in_batches(
        "delete from event where created_at < $1
            and (name is null or created_at < $2
                 or event_id <= (select coalesce(min(last_id), 9223372036854775807) from event_cursor))",
        &[now - KEPT, lost_before],
    )
    .await
    .map(drop)
}

/// Removes the cursors of consumers that no node has registered since `since`, and returns their names.
async fn forget_absent(db: &Db, since: DateTime<Utc>) -> sqlx::Result<Vec<String>> {
    let names: Vec<(String,)> =
        db.query("delete from event_cursor where seen_at < $1 returning consumer").bind(since).all().await?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}

/// Lists the consumers with an unread event from before `before`.
async fn behind(db: &Db, before: DateTime<Utc>) -> sqlx::Result<Vec<String>> {
    let names: Vec<(String,)> = db
        .query(
            "select consumer from event_cursor
              where exists (select 1 from event where event_id > last_id and name is not null and created_at < $1)",
        )
        .bind(before)
        .all()
        .await?;
    Ok(names.into_iter().map(|(name,)| name).collect())
}

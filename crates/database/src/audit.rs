//! The audit log: actions, with their actor and origin. A row is written in the transaction of the action; the chain
//! over the rows is extended a moment later ([`chain`]).

pub mod chain;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::sql::{Db, Tx};
use vocabulary::{AccountId, ActorKind, DocumentId, Event, WorkspaceId};

/// The actor of an action and the origin of the request. Every write takes one.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Actor {
    pub workspace: WorkspaceId,
    pub kind: ActorKind,
    /// Account or guest.
    pub id: Option<Uuid>,
    /// The API key of the request.
    pub key: Option<Uuid>,
    /// Empty if there is no request.
    pub address: String,
    pub agent: String,
    pub request: String,
}

impl Actor {
    /// The program itself as the actor.
    pub fn system(workspace: WorkspaceId) -> Actor {
        let none = String::new;
        Actor {
            workspace,
            kind: ActorKind::System,
            id: None,
            key: None,
            address: none(),
            agent: none(),
            request: none(),
        }
    }

    /// The actor of the same request, now that the caller is known.
    pub fn known_as(&self, workspace: WorkspaceId, account: AccountId) -> Actor {
        Actor { workspace, kind: ActorKind::Member, id: Some(account.0), ..self.clone() }
    }
}

/// An action and its target.
#[derive(Clone, Debug)]
pub struct Act {
    /// `noun.verb`.
    pub action: &'static str,
    pub resource_kind: &'static str,
    pub resource_id: String,
    /// `done`, or the code of a refusal.
    pub outcome: &'static str,
    /// The sensitivity of the document; set for reads of confidential and restricted documents.
    pub sensitivity: Option<String>,
    /// Ids, levels and names of fields, and nothing personal, because this part cannot be erased.
    pub detail: Value,
    /// Names and addresses, which can be erased; the address and agent of the request are added.
    pub personal: Value,
}

impl Act {
    pub fn new(action: &'static str, resource_kind: &'static str, resource_id: impl ToString) -> Act {
        Act {
            action,
            resource_kind,
            resource_id: resource_id.to_string(),
            outcome: "done",
            sensitivity: None,
            detail: json!({}),
            personal: json!({}),
        }
    }

    pub fn document(action: &'static str, document: DocumentId) -> Act {
        Act::new(action, "document", document)
    }

    pub fn account(action: &'static str, account: AccountId) -> Act {
        Act::new(action, "account", account)
    }

    /// An event as an audit entry.
    pub fn of(event: &Event) -> Act {
        let subject = event.subject();
        Act { detail: event.detail(), personal: event.personal(), ..Act::new(event.name(), subject.kind, subject.id) }
    }

    pub fn with(self, detail: Value) -> Act {
        Act { detail, ..self }
    }

    pub fn about(self, personal: Value) -> Act {
        Act { personal, ..self }
    }

    pub fn refused(self, code: &'static str) -> Act {
        Act { outcome: code, ..self }
    }
}

/// One audit entry.
#[derive(Clone, Debug, Serialize, sqlx::FromRow, utoipa::ToSchema)]
pub struct AuditRow {
    pub audit_id: Uuid,
    pub at: DateTime<Utc>,
    /// The kind of actor: `member`, `key`, `guest`, `token` (headless), `anyone` (on an open server), `system` or
    /// `nobody`.
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub action: String,
    pub resource_kind: String,
    pub resource_id: String,
    /// The outcome: `done`, or the code of the refusal.
    pub outcome: String,
    /// The sensitivity of the document; set only for reads of confidential and restricted documents.
    pub sensitivity: Option<String>,
    /// JSON with ids, levels and names of fields.
    pub detail: String,
    pub request_id: String,
    /// JSON with address, agent and names; null after erasure.
    pub personal: Option<String>,
    /// The position in the chain; null for entries written in the last second.
    pub position: Option<i64>,
}

/// A filter; empty fields do not filter.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    pub actor: Option<Uuid>,
    /// An action, or the noun before its dot.
    pub action: String,
    pub resource: String,
    pub outcome: String,
    pub since: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// Whether to list only the data-access log.
    pub reads_only: bool,
    /// Only rows older than this one.
    pub before: Option<Uuid>,
    pub limit: i64,
}

/// The person that the personal part of a row is about: its subject, or the actor.
fn subject_of(actor: &Actor, act: &Act) -> Option<Uuid> {
    if act.resource_kind == "account" { act.resource_id.parse().ok().or(actor.id) } else { actor.id }
}

/// The digest of personal values that the chain covers. The salt prevents guessing values after an erasure.
pub fn personal_digest(salt: &[u8], value: &str) -> Vec<u8> {
    Sha256::new().chain_update(salt).chain_update(value).finalize().to_vec()
}

impl Tx {
    /// Adds an entry to the audit log: for an event, or for an action that changed nothing, such as a read or a
    /// refusal.
    pub(crate) async fn record(&mut self, actor: &Actor, act: Act) -> sqlx::Result<()> {
        let subject = subject_of(actor, &act);
        let mut personal = act.personal;
        if let Value::Object(fields) = &mut personal {
            let mut add = |name: &str, text: &str| {
                if !text.is_empty() {
                    fields.insert(name.to_owned(), Value::from(text));
                }
            };
            add("address", &actor.address);
            add("agent", &actor.agent.chars().take(200).collect::<String>());
        }
        let mut detail = act.detail;
        if let (Value::Object(fields), Some(key)) = (&mut detail, actor.key) {
            fields.insert("key".to_owned(), json!(key));
        }
        let value = personal.to_string();
        let salt = Uuid::new_v4().into_bytes().to_vec();
        let id = Uuid::now_v7();
        self.query(
            "insert into audit (audit_id, workspace_id, at, actor_kind, actor_id, action, resource_kind, resource_id,
                                outcome, sensitivity, detail, request_id, personal_digest)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(id)
        .bind(actor.workspace)
        .bind(Utc::now())
        .bind(actor.kind.as_str().to_owned())
        .bind(actor.id)
        .bind(act.action.to_owned())
        .bind(act.resource_kind.to_owned())
        .bind(act.resource_id)
        .bind(act.outcome.to_owned())
        .bind(act.sensitivity)
        .bind(detail.to_string())
        .bind(actor.request.clone())
        .bind(personal_digest(&salt, &value))
        .execute()
        .await?;
        self.query("insert into audit_personal (audit_id, subject_id, salt, value) values ($1, $2, $3, $4)")
            .bind(id)
            .bind(subject)
            .bind(salt)
            .bind(value)
            .execute()
            .await
            .map(drop)
    }
}

impl Db {
    /// Adds an entry for an action that changed nothing: a read or a refusal.
    pub async fn record(&self, actor: &Actor, act: Act) -> sqlx::Result<()> {
        let mut tx = self.begin().await?;
        tx.record(actor, act).await?;
        tx.commit().await
    }
}

/// Rows of one workspace, the newest first.
pub async fn list(db: &Db, workspace: WorkspaceId, filter: AuditFilter) -> sqlx::Result<Vec<AuditRow>> {
    db.query(
        "select audit_id, at, actor_kind, actor_id, action, resource_kind, resource_id, outcome, sensitivity,
                detail, request_id, value as personal, position
           from audit left join audit_personal using (audit_id)
          where workspace_id = $1
            and ($2 or actor_id = $3)
            and ($4 = '' or action = $4 or substr(action, 1, length($4) + 1) = $4 || '.')
            and ($5 = '' or resource_id = $5)
            and ($6 = '' or outcome = $6)
            and at >= $7 and at < $8
            and ($9 = false or sensitivity is not null)
            and ($10 or audit_id < $11)
          order by audit_id desc limit $12",
    )
    .bind(workspace)
    .bind(filter.actor.is_none())
    .bind(filter.actor.unwrap_or_default())
    .bind(filter.action)
    .bind(filter.resource)
    .bind(filter.outcome)
    .bind(filter.since.unwrap_or(DateTime::UNIX_EPOCH))
    .bind(filter.until.unwrap_or_else(|| Utc::now() + chrono::Duration::days(1)))
    .bind(filter.reads_only)
    .bind(filter.before.is_none())
    .bind(filter.before.unwrap_or_default())
    .bind(filter.limit)
    .all()
    .await
}

//! The chain over the audit log of a workspace: each row's MAC covers the row and the MAC before it, under a key that
//! the database does not hold. An attacker who can write only to the database cannot change, remove, add or move a row
//! below the last anchor without being detected.

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use uuid::Uuid;

use super::{Act, Actor, personal_digest};
use crate::sql::{Db, Query};
use vocabulary::WorkspaceId;

/// Rows chained by one transaction.
const AT_ONCE: i64 = 500;
/// How old a row must be before it is chained, so that most transactions that began before it have ended. Rows that
/// become visible later are chained later.
const SETTLED: chrono::Duration = chrono::Duration::seconds(1);
/// The MAC before the first row.
const BEGINNING: [u8; 32] = [0; 32];

/// The key of the chain.
#[derive(Clone)]
pub struct ChainKey(Vec<u8>);

impl ChainKey {
    pub fn new(key: Vec<u8>) -> ChainKey {
        ChainKey(key)
    }

    fn mac(&self, before: &[u8], row: &Row) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        let mut part = |bytes: &[u8]| {
            mac.update(&(bytes.len() as u64).to_be_bytes());
            mac.update(bytes);
        };
        part(before);
        part(&row.position.unwrap_or_default().to_be_bytes());
        part(row.audit_id.as_bytes());
        part(row.workspace_id.0.as_bytes());
        part(&row.at.timestamp_micros().to_be_bytes());
        part(row.actor_kind.as_bytes());
        part(row.actor_id.unwrap_or_default().as_bytes());
        for text in [&row.action, &row.resource_kind, &row.resource_id, &row.outcome] {
            part(text.as_bytes());
        }
        part(row.sensitivity.as_deref().unwrap_or_default().as_bytes());
        part(row.detail.as_bytes());
        part(row.request_id.as_bytes());
        part(&row.personal_digest);
        mac.finalize().into_bytes().to_vec()
    }
}

/// The length of a chain, and its last MAC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    pub workspace: WorkspaceId,
    pub length: i64,
    pub head: Vec<u8>,
}

/// The result of verifying one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub workspace: WorkspaceId,
    /// Rows in the chain.
    pub rows: i64,
    /// Rows whose personal part was erased, with a record of the erasure in the audit log.
    pub erased: i64,
    /// The problems found, as sentences.
    pub faults: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    audit_id: Uuid,
    workspace_id: WorkspaceId,
    at: DateTime<Utc>,
    actor_kind: String,
    actor_id: Option<Uuid>,
    action: String,
    resource_kind: String,
    resource_id: String,
    outcome: String,
    sensitivity: Option<String>,
    detail: String,
    request_id: String,
    personal_digest: Vec<u8>,
    position: Option<i64>,
    mac: Option<Vec<u8>>,
    salt: Option<Vec<u8>>,
    value: Option<String>,
}

macro_rules! rows {
    ($condition:literal) => {
        concat!(
            "select audit.audit_id, workspace_id, at, actor_kind, actor_id, action, resource_kind, resource_id, outcome,
                    sensitivity, detail, request_id, personal_digest, position, mac, salt, value
               from audit left join audit_personal on audit_personal.audit_id = audit.audit_id
              where workspace_id = $1 and ",
            $condition
        )
    };
}

#[derive(sqlx::FromRow)]
struct Head {
    length: i64,
    head: Vec<u8>,
}

/// Extends the chain of every workspace by its new rows. Returns the head of each chain that has rows. Several nodes
/// may do this at the same time, because the row of the chain's head serves as a lock.
pub async fn extend(db: &Db, key: &ChainKey) -> sqlx::Result<Vec<Anchor>> {
    let workspaces: Vec<(WorkspaceId,)> = db.query("select workspace_id from workspace").all().await?;
    for (workspace,) in workspaces.into_iter().chain([(WorkspaceId::NONE,)]) {
        // One index lookup for each workspace, because the audit log may have millions of rows.
        let waiting: Option<(Uuid,)> = db
            .query("select audit_id from audit where workspace_id = $1 and position is null limit 1")
            .bind(workspace)
            .optional()
            .await?;
        if waiting.is_some() {
            while chain_some(db, key, workspace).await? == AT_ONCE {}
        }
    }
    let anchors: Vec<(WorkspaceId, i64, Vec<u8>)> =
        db.query("select workspace_id, length, head from audit_chain where length > 0").all().await?;
    Ok(anchors.into_iter().map(|(workspace, length, head)| Anchor { workspace, length, head }).collect())
}

async fn chain_some(db: &Db, key: &ChainKey, workspace: WorkspaceId) -> sqlx::Result<i64> {
    let mut tx = db.begin().await?;
    tx.query(
        "insert into audit_chain (workspace_id, length, head) values ($1, 0, $2) on conflict (workspace_id) do nothing",
    )
    .bind(workspace)
    .bind(BEGINNING.to_vec())
    .execute()
    .await?;
    // An update that changes nothing locks the row until the commit, on both engines.
    let Head { mut length, mut head } = tx
        .query("update audit_chain set length = length where workspace_id = $1 returning length, head")
        .bind(workspace)
        .one()
        .await?;
    let rows: Vec<Row> = tx
        .query(rows!("position is null and at < $2 order by audit.audit_id limit $3"))
        .bind(workspace)
        .bind(Utc::now() - SETTLED)
        .bind(AT_ONCE)
        .all()
        .await?;
    let chained = rows.len() as i64;
    for mut row in rows {
        length += 1;
        row.position = Some(length);
        head = key.mac(&head, &row);
        tx.query("update audit set position = $2, mac = $3 where audit_id = $1")
            .bind(row.audit_id)
            .bind(length)
            .bind(head.clone())
            .execute()
            .await?;
    }
    tx.query("update audit_chain set length = $2, head = $3 where workspace_id = $1")
        .bind(workspace)
        .bind(length)
        .bind(head)
        .execute()
        .await?;
    tx.commit().await?;
    Ok(chained)
}

/// Whether the chains of a database were made with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Nothing is chained yet, so any key fits.
    Unchained,
    Fits,
    /// The chains were made with another key, or no key was given to compare with.
    Other,
}

/// Checks a key against the first and the last row of a few chains. This does not look for tampering, because one valid
/// row proves that the key is right.
pub async fn fits(db: &Db, key: Option<&ChainKey>) -> sqlx::Result<Fit> {
    const CHAINS: i64 = 20;
    let ends: Vec<(WorkspaceId, i64, i64)> = db
        .query(
            "select workspace_id, min(position), max(position) from audit where position is not null
              group by workspace_id order by max(position) desc limit $1",
        )
        .bind(CHAINS)
        .all()
        .await?;
    if ends.is_empty() {
        return Ok(Fit::Unchained);
    }
    let Some(key) = key else { return Ok(Fit::Other) };
    for (workspace, first, last) in ends {
        for position in [last, first] {
            let pair: Vec<Row> = db
                .query(rows!("position between $2 and $3 order by position"))
                .bind(workspace)
                .bind(position - 1)
                .bind(position)
                .all()
                .await?;
            let head = match pair.as_slice() {
                [before, _] => before.mac.clone(),
                _ => (position == 1).then(|| BEGINNING.to_vec()),
            };
            let (Some(head), Some(row)) = (head, pair.last()) else { continue };
            if row.mac.as_ref() == Some(&key.mac(&head, row)) {
                return Ok(Fit::Fits);
            }
        }
    }
    Ok(Fit::Other)
}

/// Ends all chains, because their key is lost. Their rows stay, and are chained again with another key. Earlier changes
/// of rows can no longer be detected; the anchors show that the chains were begun again.
pub async fn restart(db: &Db, by: &Actor) -> sqlx::Result<()> {
    let mut tx = db.begin().await?;
    tx.query("update audit set position = null, mac = null where position is not null").execute().await?;
    tx.query("delete from audit_chain").execute().await?;
    tx.record(by, Act::new("audit.restart", "audit", "")).await?;
    tx.commit().await
}

/// Verifies every chain, and compares it with the anchors.
pub async fn verify(db: &Db, key: &ChainKey, anchors: &[Anchor]) -> sqlx::Result<Vec<Verdict>> {
    let known: Vec<(WorkspaceId,)> =
        db.query("select workspace_id from audit union select workspace_id from audit_chain").all().await?;
    let mut workspaces: Vec<WorkspaceId> = known.into_iter().map(|(id,)| id).collect();
    workspaces.extend(anchors.iter().map(|anchor| anchor.workspace));
    workspaces.sort();
    workspaces.dedup();
    let mut verdicts = Vec::new();
    for workspace in workspaces {
        verdicts.push(verify_chain(db, key, workspace, anchors).await?);
    }
    Ok(verdicts)
}

async fn verify_chain(db: &Db, key: &ChainKey, workspace: WorkspaceId, anchors: &[Anchor]) -> sqlx::Result<Verdict> {
    let erased: Vec<(String,)> =
        db.query("select resource_id from audit where action = 'account.erase' and outcome = 'done'").all().await?;
    let is_erased = |row: &Row| {
        let actor = row.actor_id.map(|id| id.to_string());
        erased.iter().any(|(id,)| Some(id) == actor.as_ref() || *id == row.resource_id)
    };
    let mut verdict = Verdict { workspace, rows: 0, erased: 0, faults: Vec::new() };
    let mut anchors: Vec<&Anchor> = anchors.iter().filter(|anchor| anchor.workspace == workspace).collect();
    anchors.sort_by_key(|anchor| anchor.length);
    let mut anchors = anchors.into_iter().peekable();
    let mut head = BEGINNING.to_vec();
    loop {
        let statement: Query<'_> = db.query(rows!("position > $2 order by position limit $3"));
        let rows: Vec<Row> = statement.bind(workspace).bind(verdict.rows).bind(AT_ONCE).all().await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            verdict.rows += 1;
            if row.position != Some(verdict.rows) {
                let place = row.position.unwrap_or_default();
                verdict.faults.push(format!("row {} is missing: the next one is {place}", verdict.rows));
                return Ok(verdict);
            }
            let mac = key.mac(&head, &row);
            if row.mac.as_ref() != Some(&mac) {
                verdict.faults.push(format!("row {} ({}) was changed, added or moved", verdict.rows, row.audit_id));
                return Ok(verdict);
            }
            match (&row.salt, &row.value) {
                (Some(salt), Some(value)) if personal_digest(salt, value) == row.personal_digest => {}
                (Some(_), Some(_)) => {
                    verdict.faults.push(format!("the personal part of row {} was changed", verdict.rows));
                }
                _ if is_erased(&row) => verdict.erased += 1,
                _ => verdict.faults.push(format!("the personal part of row {} is missing", verdict.rows)),
            }
            head = mac;
            while let Some(anchor) = anchors.next_if(|anchor| anchor.length <= verdict.rows) {
                if anchor.length == verdict.rows && anchor.head != head {
                    verdict.faults.push(format!("row {} is not the one that was anchored", verdict.rows));
                }
            }
        }
    }
    // An anchor of length 0, for a chain without rows, proves nothing.
    if let Some(anchor) = anchors.last().filter(|anchor| anchor.length > verdict.rows) {
        let lost = anchor.length - verdict.rows;
        verdict.faults.push(format!("{lost} rows after row {} were removed", verdict.rows));
    }
    Ok(verdict)
}

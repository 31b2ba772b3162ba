//! The entries of the audit log about decisions in an exported log.

use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::HashMap;
use uuid::Uuid;
use vocabulary::{DocumentId, WorkspaceId};

use database::{Db, audit, audit::AuditFilter, audit::AuditRow};
use endpoint::Result;

use super::{Findings, PAGE, named};
use crate::decisions::views::DecisionView;

/// The audit log of the documents that the check has read so far.
pub(super) struct Entries<'a> {
    db: &'a Db,
    workspace: WorkspaceId,
    of: HashMap<DocumentId, Vec<(AuditRow, Value)>>,
}

impl<'a> Entries<'a> {
    pub fn new(db: &'a Db, workspace: WorkspaceId) -> Entries<'a> {
        Entries { db, workspace, of: HashMap::new() }
    }

    /// All entries about a document that were not refused, newest first.
    async fn of(&mut self, document: DocumentId) -> Result<&[(AuditRow, Value)]> {
        if !self.of.contains_key(&document) {
            let (mut all, mut before) = (Vec::new(), None::<Uuid>);
            loop {
                let filter = AuditFilter {
                    resource: document.to_string(),
                    outcome: "done".into(),
                    before,
                    limit: PAGE,
                    ..AuditFilter::default()
                };
                let rows = audit::list(self.db, self.workspace, filter).await?;
                before = rows.last().map(|row| row.audit_id);
                let is_last = rows.len() < PAGE as usize;
                all.extend(rows.into_iter().map(|row| {
                    let detail = serde_json::from_str(&row.detail).unwrap_or_default();
                    (row, detail)
                }));
                if is_last {
                    break;
                }
            }
            self.of.insert(document, all);
        }
        Ok(self.of.get(&document).map(Vec::as_slice).unwrap_or_default())
    }

    /// Checks that the audit log has a decision.
    pub async fn has(&mut self, decision: &DecisionView, findings: &mut Findings) -> Result<()> {
        let entries = self.of(decision.document_id).await?;
        let id = decision.id.to_string();
        let says = |(row, detail): &(AuditRow, Value)| match (decision.kind.as_str(), row.action.as_str()) {
            ("approval", "approval.act") => detail["approval"] == id && detail["state"] == decision.outcome.as_str(),
            ("thread", "thread.resolve") => detail["thread"] == id && detail["outcome"] == decision.outcome.as_str(),
            ("thread", "suggestion.accept") => detail["thread"] == id && decision.outcome == "accepted",
            ("thread", "suggestion.reject") => detail["thread"] == id && decision.outcome == "rejected",
            _ => false,
        };
        let is_by = |row: &AuditRow| row.actor_id == decision.decided_by || decision.decided_by.is_none();
        let found: Vec<&(AuditRow, Value)> = entries.iter().filter(|entry| says(entry)).collect();
        if found.iter().any(|(row, _)| is_by(row)) {
            return Ok(());
        }
        if let Some((row, _)) = found.first() {
            let by = row.actor_id.unwrap_or_default();
            findings.differs(format!("{}: the audit says that {by} decided it", named(decision)));
        } else if entries.last().is_none_or(|(first, _)| first.at > decision.decided_at) {
            // A document that was restored from elsewhere may have decisions from before its first entry here.
            findings.noted(format!("{} was brought in with its document: the audit begins later", named(decision)));
        } else {
            findings.differs(format!("{} is not in the audit", named(decision)));
        }
        Ok(())
    }

    /// The reason why a decision is no longer stored, if the audit log has one.
    pub async fn why_gone(&mut self, decision: &DecisionView) -> Result<Option<String>> {
        let id = decision.id.to_string();
        let reason = |(row, detail): &(AuditRow, Value)| match row.action.as_str() {
            "document.purge" => Some("the document was deleted for good"),
            "thread.reopen" | "suggestion.undo" if detail["thread"] == id => Some("it was opened again"),
            "thread.remove" if detail["thread"] == id => Some("its comments were deleted"),
            _ => None,
        };
        let entries = self.of(decision.document_id).await?;
        let after = entries.iter().filter(|(row, _)| row.at >= decision.decided_at);
        let found = after.filter_map(|entry| reason(entry).map(|reason| (entry.0.at, reason))).next();
        Ok(found.map(|(at, reason)| format!("{reason} on {}", at.format("%Y-%m-%d"))))
    }

    /// Whether a decision that was made before `at` could be seen only after `at`, because its document was brought in
    /// or restored later.
    pub async fn appeared_after(&mut self, decision: &DecisionView, at: DateTime<Utc>) -> Result<bool> {
        let entries = self.of(decision.document_id).await?;
        let is_new = entries.last().is_some_and(|(first, _)| first.at > at);
        Ok(is_new || entries.iter().any(|(row, _)| row.action == "document.restore" && row.at > at))
    }
}

//! An exported log of decisions: a file for programs, with a digest over the workspace, the address of the instance,
//! the range and each decision. The same decisions of the same range have the same digest, whoever exports them, and in
//! every format.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, WorkspaceId};

use super::rows::DecisionFilter;
use super::views::DecisionView;
use crate::revisions::routes::hex;

/// The value of `format` in a log.
pub const FORMAT: &str = "consilium-decisions";
/// The version of the format that this version of the server writes and checks.
pub const VERSION: u32 = 1;

/// A kind of decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Decided {
    /// Comments that were resolved with an outcome.
    Comment,
    /// Suggestions that were accepted or rejected.
    Suggestion,
    Approval,
}

impl Decided {
    fn as_str(self) -> &'static str {
        match self {
            Decided::Comment => "comment",
            Decided::Suggestion => "suggestion",
            Decided::Approval => "approval",
        }
    }
}

/// The decisions to include in a log. A field that is absent does not restrict them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LogRange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Decided>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
}

impl LogRange {
    pub(super) fn filter(&self, workspace: WorkspaceId) -> DecisionFilter {
        DecisionFilter {
            workspace,
            document: self.document,
            person: self.person,
            kind: self.kind.map_or("", Decided::as_str),
            since: self.since,
            until: self.until,
            trashed: false,
            before: None,
            most: 0,
        }
    }
}

/// A log as a file.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionLog {
    pub format: String,
    pub version: u32,
    pub workspace_id: WorkspaceId,
    pub workspace: String,
    /// The address of the instance.
    pub address: String,
    pub exported_at: DateTime<Utc>,
    pub exported_by: AccountId,
    pub exported_by_name: String,
    pub range: LogRange,
    /// Newest first.
    pub decisions: Vec<DecisionView>,
    /// The SHA-256 over the workspace, the range and each decision, in hexadecimal digits: see `docs/decisions.md`.
    pub digest: String,
}

impl DecisionLog {
    /// Computes the digest of the content. Each decision is hashed together with the digest before it, so no decision
    /// can be changed, moved, added or removed unnoticed.
    ///
    /// # Errors
    /// None in practice: every field can be written as JSON.
    pub fn computed_digest(&self) -> serde_json::Result<String> {
        let range = serde_json::to_string(&self.range)?;
        let head =
            format!("{FORMAT} {VERSION}\n{}\n{}\n{}\n{range}\n", self.workspace_id, self.workspace, self.address);
        let mut digest = Sha256::digest(head);
        for decision in &self.decisions {
            digest = Sha256::new().chain_update(digest).chain_update(serde_json::to_vec(decision)?).finalize();
        }
        Ok(hex(&digest))
    }

    /// Returns the content of the file, with one decision on each line, so that two logs can be compared by eye.
    ///
    /// # Errors
    /// None in practice, as above.
    pub fn written(&self) -> serde_json::Result<String> {
        let head = [
            ("format", serde_json::to_string(&self.format)?),
            ("version", self.version.to_string()),
            ("workspace_id", serde_json::to_string(&self.workspace_id)?),
            ("workspace", serde_json::to_string(&self.workspace)?),
            ("address", serde_json::to_string(&self.address)?),
            ("exported_at", serde_json::to_string(&self.exported_at)?),
            ("exported_by", serde_json::to_string(&self.exported_by)?),
            ("exported_by_name", serde_json::to_string(&self.exported_by_name)?),
            // Written with its fields in the same order as for the digest.
            ("range", serde_json::to_string(&self.range)?),
        ];
        let head: String = head.iter().map(|(name, value)| format!("  \"{name}\": {value},\n")).collect();
        let lines: Vec<String> = self.decisions.iter().map(serde_json::to_string).collect::<Result<_, _>>()?;
        let body = if lines.is_empty() { String::new() } else { format!("\n    {}\n  ", lines.join(",\n    ")) };
        let text = format!("{{\n{head}  \"decisions\": [{body}],\n  \"digest\": \"{}\"\n}}\n", self.digest);
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn decision(title: &str) -> DecisionView {
        DecisionView {
            id: Uuid::now_v7(),
            kind: "thread".into(),
            document_id: DocumentId::new(),
            title: title.into(),
            quote: "slow".into(),
            replacement: None,
            change: None,
            removed: None,
            question: "Why?".into(),
            outcome: "decided".into(),
            note: Some("Because.".into()),
            decided_by: Some(Uuid::now_v7()),
            decided_by_name: Some("Ana".into()),
            decided_at: Utc::now(),
            revision_id: None,
            revision_name: None,
            revision_created_at: None,
            sha256: None,
            votes: Vec::new(),
        }
    }

    fn log() -> DecisionLog {
        let mut log = DecisionLog {
            format: FORMAT.into(),
            version: VERSION,
            workspace_id: WorkspaceId::new(),
            workspace: "Board".into(),
            address: "https://example.org".into(),
            exported_at: Utc::now(),
            exported_by: AccountId::new(),
            exported_by_name: "Ana".into(),
            range: LogRange::default(),
            decisions: vec![decision("One"), decision("Two \"quoted\"\n"), decision("Three")],
            digest: String::new(),
        };
        log.digest = log.computed_digest().expect("it can be written");
        log
    }

    /// [DEC-2] A log reads back as it was written, and any change to the workspace, the range or a decision changes the
    /// digest.
    #[test]
    fn a_changed_log_has_another_digest() {
        let log = log();
        let read: DecisionLog = serde_json::from_str(&log.written().expect("written")).expect("a log");
        assert_eq!(read, log);
        assert_eq!(read.computed_digest().expect("a digest"), log.digest);
        let changes: [fn(&mut DecisionLog); 7] = [
            |log| log.decisions[1].title.push('!'),
            |log| log.decisions[0].note = None,
            |log| log.decisions[2].decided_at += TimeDelta::microseconds(1),
            |log| drop(log.decisions.remove(1)),
            |log| log.decisions.swap(0, 2),
            |log| log.range.kind = Some(Decided::Approval),
            |log| log.workspace = "Bored".into(),
        ];
        for (number, change) in changes.into_iter().enumerate() {
            let mut changed = log.clone();
            change(&mut changed);
            assert_ne!(changed.computed_digest().expect("a digest"), log.digest, "change {number}");
        }
    }

    #[test]
    fn a_field_that_is_not_known_is_refused() {
        let text = log().written().expect("written").replacen("\"quote\":", "\"quotes\":1,\"quote\":", 1);
        serde_json::from_str::<DecisionLog>(&text).expect_err("a field that nobody checks");
    }
}

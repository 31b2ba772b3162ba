//! Compares an exported log of decisions with the data of this instance: the digest, the record of the export, each
//! decision with its row and its entry in the audit log, and the bytes of each decided revision. Also finds decisions
//! that are missing in the log.

mod entries;
mod revisions;

use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use uuid::Uuid;

use database::{Db, audit, audit::AuditFilter, audit::AuditRow};
use journal::Journal;

use super::log::DecisionLog;
use super::rows::{DecisionFilter, list};
use super::views::{DecisionView, with_votes};
use endpoint::{Error, Result};

use entries::Entries;

/// Longest time from the start of an export to its record, which is written when the file is complete, after seconds.
const RECORDED_WITHIN: TimeDelta = TimeDelta::minutes(5);
/// Rows read at a time.
const PAGE: i64 = 1_000;
/// Most missing decisions that a finding names.
const MOST_NAMED: usize = 20;

/// What a check found.
#[derive(Debug, Default)]
pub struct Findings {
    pub lines: Vec<Finding>,
}

/// One result of a check, as a sentence.
#[derive(Debug, PartialEq, Eq)]
pub enum Finding {
    Matches(String),
    /// A difference with another reason than an alteration of the file.
    Noted(String),
    Differs(String),
}

impl Findings {
    pub fn differences(&self) -> usize {
        self.lines.iter().filter(|line| matches!(line, Finding::Differs(_))).count()
    }

    fn matches(&mut self, line: impl Into<String>) {
        self.lines.push(Finding::Matches(line.into()));
    }

    fn noted(&mut self, line: impl Into<String>) {
        self.lines.push(Finding::Noted(line.into()));
    }

    fn differs(&mut self, line: impl Into<String>) {
        self.lines.push(Finding::Differs(line.into()));
    }
}

/// Checks a log against an instance.
///
/// # Errors
/// When a store does not answer.
pub async fn check(db: &Db, journal: &Journal, log: &DecisionLog) -> Result<Findings> {
    let mut findings = Findings::default();
    let computed = log.computed_digest().map_err(|error| Error::Internal(error.to_string()))?;
    if computed == log.digest {
        findings.matches(format!("the digest fits the file: {computed}"));
    } else {
        findings.differs(format!("the file was changed: its digest is {computed}, and it says {}", log.digest));
    }
    let withheld = attested(db, log, &mut findings).await?;
    let stored = stored(db, log).await?;
    let mut entries = Entries::new(db, log.workspace_id);
    let mut matching = 0;
    for decision in &log.decisions {
        let before = findings.differences();
        compare(decision, stored.get(&decision.id), &mut entries, &mut findings).await?;
        entries.has(decision, &mut findings).await?;
        matching += usize::from(findings.differences() == before);
    }
    let all = log.decisions.len();
    match matching == all {
        true => {
            findings.matches(format!("{all} of {all} decisions are stored and recorded in the audit as the file says"))
        }
        false => findings.differs(format!("{matching} of {all} decisions are as the file says")),
    }
    revisions::check(db, journal, log, &mut findings).await?;
    left_out(log, &stored, withheld, &mut entries, &mut findings).await?;
    Ok(findings)
}

/// Finds the record of the export in the audit log. Returns the number of decisions that the exporter could not see.
async fn attested(db: &Db, log: &DecisionLog, findings: &mut Findings) -> Result<usize> {
    let named = |row: &AuditRow| {
        let detail: serde_json::Value = serde_json::from_str(&row.detail).unwrap_or_default();
        (detail["digest"] == log.digest.as_str()).then(|| detail["withheld"].as_u64().unwrap_or_default() as usize)
    };
    let mut found = Vec::new();
    let mut before: Option<Uuid> = None;
    loop {
        let filter = AuditFilter { action: "decision.export".into(), before, limit: PAGE, ..AuditFilter::default() };
        let rows = audit::list(db, log.workspace_id, filter).await?;
        before = rows.last().map(|row| row.audit_id);
        let is_last = rows.len() < PAGE as usize;
        found.extend(rows.into_iter().filter_map(|row| named(&row).map(|withheld| (row, withheld))));
        if is_last {
            break;
        }
    }
    let is_this =
        |row: &AuditRow| row.actor_id == Some(log.exported_by.0) && (row.at - log.exported_at).abs() <= RECORDED_WITHIN;
    match (found.iter().find(|(row, _)| is_this(row)), found.first()) {
        (Some((row, withheld)), _) => {
            findings.matches(format!("the audit has this export, of {}", row.at.format("%Y-%m-%d %H:%M:%S UTC")));
            Ok(*withheld)
        }
        (None, Some((row, withheld))) => {
            findings.differs(format!(
                "the audit has an export with this digest, but by {} at {}, not by {} at {}",
                row.actor_id.unwrap_or_default(),
                row.at,
                log.exported_by,
                log.exported_at
            ));
            Ok(*withheld)
        }
        (None, None) => {
            findings.differs("this instance has made no export with this digest: the audit has none");
            Ok(0)
        }
    }
}

/// The decisions of the range that are stored now, including those about documents in the trash.
async fn stored(db: &Db, log: &DecisionLog) -> Result<HashMap<Uuid, Stored>> {
    let (mut all, mut before) = (HashMap::new(), None);
    loop {
        let filter = log.range.filter(log.workspace_id);
        let rows = list(db, DecisionFilter { trashed: true, before, most: PAGE, ..filter }).await?;
        before = rows.last().map(|last| (last.decided_at, last.decision_id));
        let is_last = rows.len() < PAGE as usize;
        let trashed: Vec<bool> = rows.iter().map(|row| row.is_trashed).collect();
        let views = with_votes(db, log.workspace_id, rows).await?;
        all.extend(views.into_iter().zip(trashed).map(|(view, is_trashed)| (view.id, Stored { view, is_trashed })));
        if is_last {
            return Ok(all);
        }
    }
}

struct Stored {
    view: DecisionView,
    is_trashed: bool,
}

/// Compares a decision with its row.
async fn compare(
    decision: &DecisionView,
    stored: Option<&Stored>,
    entries: &mut Entries<'_>,
    findings: &mut Findings,
) -> Result<()> {
    let name = named(decision);
    let Some(Stored { view: stored, .. }) = stored else {
        match entries.why_gone(decision).await? {
            Some(reason) => findings.noted(format!("{name} is no longer stored: {reason}")),
            None => findings.differs(format!("{name} is not stored here")),
        }
        return Ok(());
    };
    if stored.decided_at != decision.decided_at
        && let Some(reason) = entries.why_gone(decision).await?
    {
        findings.noted(format!("{name} was decided again: {reason}"));
        return Ok(());
    }
    let mut differs = |what: &str, file: String, here: String| {
        if file != here {
            findings.differs(format!("{name}: {what} is {file} in the file, and {here} here"));
        }
    };
    let quoted = |text: &Option<String>| text.as_deref().map_or("missing".to_owned(), |text| format!("“{text}”"));
    let id = |id: Option<Uuid>| id.map_or("nobody".to_owned(), |id| id.to_string());
    differs("the kind", decision.kind.clone(), stored.kind.clone());
    differs("the document", decision.document_id.to_string(), stored.document_id.to_string());
    differs("the outcome", decision.outcome.clone(), stored.outcome.clone());
    differs("the note", quoted(&decision.note), quoted(&stored.note));
    differs("the passage", format!("“{}”", decision.quote), format!("“{}”", stored.quote));
    differs("the proposed text", quoted(&decision.replacement), quoted(&stored.replacement));
    // A log that an earlier version exported has neither of these fields.
    if decision.change.is_some() || decision.removed.is_some() {
        differs("the kind of change", quoted(&decision.change), quoted(&stored.change));
        differs("the text before", quoted(&decision.removed), quoted(&stored.removed));
    }
    differs("who decided", id(decision.decided_by), id(stored.decided_by));
    differs("the time", decision.decided_at.to_rfc3339(), stored.decided_at.to_rfc3339());
    differs("the version", id(decision.revision_id.map(|id| id.0)), id(stored.revision_id.map(|id| id.0)));
    differs("the hash of the version", quoted(&decision.sha256), quoted(&stored.sha256));
    let votes = |view: &DecisionView| {
        let vote = |vote: &super::views::VoteView| {
            let voided = vote.voided_at.map_or(String::new(), |at| format!(", void since {}", at.to_rfc3339()));
            format!("{} by {} at {} ({}){voided}", vote.act, vote.by, vote.at.to_rfc3339(), quoted(&vote.note))
        };
        view.votes.iter().map(vote).collect::<Vec<_>>().join("; ")
    };
    differs("who took part", votes(decision), votes(stored));
    // People may change the title and the question after the decision.
    for (what, file, here) in [
        ("the title of the document", &decision.title, &stored.title),
        ("the question", &decision.question, &stored.question),
    ] {
        if file != here {
            findings.noted(format!("{name}: {what} was “{file}” in the file, and is “{here}” now"));
        }
    }
    let names = |view: &DecisionView| {
        let voters = view.votes.iter().map(|vote| vote.by_name.clone());
        voters.chain([view.decided_by_name.clone().unwrap_or_default()]).collect::<Vec<_>>()
    };
    if names(decision) != names(stored) || decision.revision_name != stored.revision_name {
        findings.noted(format!("{name}: a person or the version has another name now"));
    }
    Ok(())
}

/// Reports decisions that are stored, but missing in the file.
async fn left_out(
    log: &DecisionLog,
    stored: &HashMap<Uuid, Stored>,
    withheld: usize,
    entries: &mut Entries<'_>,
    findings: &mut Findings,
) -> Result<()> {
    let known: std::collections::HashSet<Uuid> = log.decisions.iter().map(|decision| decision.id).collect();
    let mut missing: Vec<&DecisionView> = Vec::new();
    for Stored { view, is_trashed } in stored.values() {
        let was_there = !is_trashed && view.decided_at <= log.exported_at;
        if was_there && !known.contains(&view.id) && !entries.appeared_after(view, log.exported_at).await? {
            missing.push(view);
        }
    }
    missing.sort_by_key(|decision| decision.decided_at);
    if missing.len() > withheld {
        let names: Vec<String> = missing.iter().take(MOST_NAMED).map(|decision| named(decision)).collect();
        let more = if missing.len() > MOST_NAMED { ", …" } else { "" };
        findings.differs(format!(
            "{} decisions of the range are not in the file, of which {withheld} could not be seen by {}: {}{more}",
            missing.len(),
            log.exported_by_name,
            names.join(", ")
        ));
    } else if withheld > 0 {
        findings.matches(format!(
            "nothing was left out, except {withheld} decisions about documents that {} could not see",
            log.exported_by_name
        ));
    } else {
        findings.matches("nothing was left out");
    }
    Ok(())
}

/// The name of a decision in a finding.
fn named(decision: &DecisionView) -> String {
    let day: DateTime<Utc> = decision.decided_at;
    format!("{} {} ({}, “{}”)", decision.kind, decision.id, day.format("%Y-%m-%d"), decision.title)
}

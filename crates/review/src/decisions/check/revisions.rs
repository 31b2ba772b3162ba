//! The bytes of the revisions that were decided on.

use std::collections::BTreeMap;

use database::Db;
use journal::Journal;

use super::Findings;
use crate::decisions::log::DecisionLog;
use crate::revisions::routes::hex;
use crate::revisions::{Kept, rows as revisions};
use endpoint::{Error, Result};

/// Compares the stored bytes of each decided revision with the hash in the log.
pub(super) async fn check(db: &Db, journal: &Journal, log: &DecisionLog, findings: &mut Findings) -> Result<()> {
    let mut decided = BTreeMap::new();
    for decision in &log.decisions {
        if let (Some(revision), Some(sha256)) = (decision.revision_id, &decision.sha256) {
            decided.insert(revision, (decision.document_id, sha256.clone(), decision.title.clone()));
        }
    }
    let (all, before) = (decided.len(), findings.differences());
    let mut good = 0;
    for (revision, (document, sha256, title)) in decided {
        let name = format!("version {revision} of “{title}”");
        let found = revisions::list(db, log.workspace_id, document, Some(revision), None, 1).await?.pop();
        let Some(found) = found else {
            findings.differs(format!("{name} is not stored here"));
            continue;
        };
        let kept = Kept::of(journal.clone(), document, &found);
        let read = tokio::task::spawn_blocking(move || kept.find_hash()).await;
        match read.map_err(|panic| Error::Internal(panic.to_string()))? {
            Ok(None) => findings.differs(format!("the bytes of {name} are missing")),
            Ok(Some(hash)) if hex(&hash) == sha256 => good += 1,
            Ok(Some(hash)) => {
                findings.differs(format!("{name} has the hash {}, and the file says {sha256}", hex(&hash)));
            }
            Err(error) => findings.differs(format!("the bytes of {name} are damaged: {error}")),
        }
    }
    if findings.differences() == before {
        findings.matches(format!("the stored bytes of {good} of {all} decided versions have the hashes in the file"));
    }
    Ok(())
}

//! Who changed a text between two of its states. The characters of the later state name the insert that they come from,
//! deletions name characters of the earlier state, and the log names the senders of inserts and deletions.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;
use std::sync::Arc;

use bytes::Bytes;
use document::prose::{Comparison, Credit, Credited, Draft, Letters};
use document::{Ledger, Removals, Written};
use journal::{Journal, JournalError};
use tracing::warn;
use vocabulary::DocumentId;

use access::Wanted;
use endpoint::{Error, Result};

use super::{MOST_ROWS, NOBODY_WAITS, replayed};

/// A state of a document, and the last row of the log that the state contains.
pub struct At<'a> {
    pub state: Option<&'a Bytes>,
    pub seq: u64,
}

/// The people who removed characters of the earlier text, and the people who wrote characters of the later text.
#[derive(Default)]
pub struct Between {
    removed: (Vec<u16>, Vec<Credited>),
    written: (Vec<u16>, Vec<Credited>),
    only: Option<Credit>,
}

impl Between {
    /// Adds the authors that are known to a comparison of the two texts.
    pub fn credit(&self, comparison: &mut Comparison) {
        let (removed, written) = (&self.removed, &self.written);
        comparison.credit(
            &Letters { text: &removed.0, letters: &removed.1 },
            &Letters { text: &written.0, letters: &written.1 },
        );
        comparison.only.clone_from(&self.only);
    }

    /// Reads the log between two states. The authors of trimmed rows are unknown. `suggester` maps a client to the
    /// person who suggested what the client wrote. Blocks.
    ///
    /// # Errors
    /// When the journal does not answer, or a state is damaged.
    pub fn read(
        journal: &Journal,
        document: DocumentId,
        (before, after): (&At<'_>, &At<'_>),
        suggester: &HashMap<u64, Arc<str>>,
        wanted: &Wanted,
    ) -> Result<Between> {
        // A comparison backwards would show removed text as added, so it has no authors.
        if after.seq < before.seq {
            return Ok(Between::default());
        }
        let log = Log::read(journal, document, before.seq, after.seq, wanted)?;
        // Without an earlier state, the author of a character is the person who first wrote it, even if it was moved
        // since.
        if before.state.is_none()
            && after.seq <= MOST_ROWS
            && let Some((text, ledger)) = replayed(journal, document, after.seq, 0, wanted)?
        {
            let letters: Vec<Written> =
                text.origins(0, u32::MAX).iter().flat_map(|origin| ledger.written(origin)).collect();
            let written = (text.plain_text(), credited(&letters, suggester));
            return Ok(Between { written, only: log.only(), ..Between::default() });
        }
        let letters = |at: &At<'_>, who: &dyn Fn(&mut Draft) -> Vec<Written>| -> Result<(Vec<u16>, Vec<Credited>)> {
            let Some(state) = at.state else { return Ok((Vec::new(), Vec::new())) };
            let mut draft = Draft::new(state).map_err(|error| Error::Internal(error.to_string()))?;
            let letters = who(&mut draft);
            Ok((draft.plain_text(), credited(&letters, suggester)))
        };
        let removed = |draft: &mut Draft| {
            draft.origins(0, u32::MAX).iter().flat_map(|origin| log.removals.removed(origin)).collect()
        };
        let written = |draft: &mut Draft| {
            draft.origins(0, u32::MAX).iter().flat_map(|origin| log.ledger.written(origin)).collect()
        };
        Ok(Between { removed: letters(before, &removed)?, written: letters(after, &written)?, only: log.only() })
    }
}

#[derive(Default)]
struct Log {
    ledger: Ledger,
    removals: Removals,
    authors: BTreeSet<Arc<str>>,
    times: Option<(i64, i64)>,
    is_whole: bool,
}

impl Log {
    fn read(journal: &Journal, document: DocumentId, after: u64, until: u64, wanted: &Wanted) -> Result<Log> {
        let mut log = Log { is_whole: true, ..Log::default() };
        let read = journal.for_each_after(document, after, |row| {
            if row.seq > until || wanted.is_over() {
                return ControlFlow::Break(());
            }
            let (first, last) = log.times.unwrap_or((row.at, row.at));
            log.times = Some((first.min(row.at), last.max(row.at)));
            for entry in &row.entries {
                log.authors.insert(entry.user.clone());
                let noted = log.ledger.note(&entry.bytes, &entry.user, row.at);
                if let Err(refusal) = noted.and_then(|()| log.removals.note(&entry.bytes, &entry.user, row.at)) {
                    log.is_whole = false;
                    warn!(%document, seq = row.seq, %refusal, "a row cannot be read: its changes have no author");
                }
            }
            ControlFlow::Continue(())
        });
        match read {
            _ if wanted.is_over() => Err(NOBODY_WAITS),
            Ok(()) => Ok(log),
            Err(JournalError::Trimmed { .. }) => Ok(Log { is_whole: false, ..log }),
            Err(error) => Err(Error::Internal(error.to_string())),
        }
    }

    /// The author of all changes, if there is only one author.
    fn only(&self) -> Option<Credit> {
        let by = self.authors.first().filter(|by| self.is_whole && self.authors.len() == 1 && !by.is_empty())?;
        Some(Credit { by: by.clone(), suggested_by: None, times: self.times })
    }
}

/// Joins neighbouring letters by one person. Letters without a known author are left out.
fn credited(letters: &[Written], suggester: &HashMap<u64, Arc<str>>) -> Vec<Credited> {
    let mut all: Vec<Credited> = Vec::new();
    for one in letters {
        // Imports, and text that the server writes automatically, have no author.
        let Some((by, at)) = one.by.as_ref().filter(|(by, _)| !by.is_empty()) else { continue };
        let suggested_by = suggester.get(&one.client).cloned();
        match all.last_mut() {
            // A line break between two letters has no author.
            Some(last)
                if one.from - last.to <= 1 && last.credit.by == *by && last.credit.suggested_by == suggested_by =>
            {
                last.to = one.to;
                last.credit.times = last.credit.times.map(|(first, last)| (first.min(*at), last.max(*at)));
            }
            _ => {
                let credit = Credit { by: by.clone(), suggested_by, times: Some((*at, *at)) };
                all.push(Credited { from: one.from, to: one.to, credit });
            }
        }
    }
    all
}

//! The passages that are followed in a room's document.

use std::collections::BTreeMap;
use std::time::Instant;

use document::passages::{Key, Mark, Report};

/// The followed passages of one document. They stay when the document leaves memory. When the document is built again,
/// each passage is compared with the text and, if it is not there, searched for.
#[derive(Default)]
pub(crate) struct Followed {
    pub(crate) marks: BTreeMap<Key, Mark>,
    pub(crate) reports: Vec<Reported>,
}

/// What an edit did to a passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Reported {
    pub report: Report,
    /// The number of the row with the edit; later reports have higher numbers.
    pub seq: u64,
    /// The time from which the report is returned to be stored.
    pub(crate) due: Instant,
}

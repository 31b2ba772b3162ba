//! The passages that are followed in a room's document.

use std::collections::BTreeMap;
use std::time::Instant;

use document::passages::{Key, Mark, Report};

/// Passages of one document. They survive the document in memory: when it is built again, each is compared with the
/// text and, if it is not there, searched for.
#[derive(Default)]
pub(crate) struct Followed {
    pub(crate) marks: BTreeMap<Key, Mark>,
    pub(crate) reports: Vec<Reported>,
}

/// What an edit did to a passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Reported {
    pub report: Report,
    /// The number of the row; later reports have higher ones.
    pub seq: u64,
    /// Nobody else need know before.
    pub(crate) due: Instant,
}

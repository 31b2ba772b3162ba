//! Which status of a document may follow which. A member changes the status as follows:
//!
//! | from | to | right needed |
//! |---|---|---|
//! | approved | published | approve |
//! | approved, published | draft | edit |
//! | draft, approved, published | archived | admin |
//! | archived | draft | admin |
//!
//! Only approvals lead from draft to review, and from there to approved or back to draft: see `approvals`.

use serde::Deserialize;
use vocabulary::{Right, Status, Stored};

/// A status that a member may set directly.
#[derive(Clone, Copy, Debug, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum NextStatus {
    Draft,
    Published,
    Archived,
}

/// One row of the table.
pub struct Transition {
    pub needed: Right,
    pub from: &'static [Status],
    pub to: Status,
}

impl NextStatus {
    /// The transition to this status for a document whose status is `current`. It is allowed if `current` is in `from`.
    pub fn transition(self, current: &Stored<Status>) -> Transition {
        let (needed, from, to): (Right, &'static [Status], Status) = match self {
            NextStatus::Published => (Right::Approve, &[Status::Approved], Status::Published),
            NextStatus::Draft if *current == Status::Archived => (Right::Admin, &[Status::Archived], Status::Draft),
            NextStatus::Draft => (Right::Edit, &[Status::Approved, Status::Published], Status::Draft),
            NextStatus::Archived => {
                (Right::Admin, &[Status::Draft, Status::Approved, Status::Published], Status::Archived)
            }
        };
        Transition { needed, from, to }
    }
}

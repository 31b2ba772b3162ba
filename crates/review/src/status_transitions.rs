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
use vocabulary::Right;

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
    pub from: &'static [&'static str],
    pub to: &'static str,
}

impl NextStatus {
    /// The transition to this status for a document whose status is `current`. It is allowed if `current` is in `from`.
    pub fn transition(self, current: &str) -> Transition {
        match self {
            NextStatus::Published => Transition { needed: Right::Approve, from: &["approved"], to: "published" },
            NextStatus::Draft if current == "archived" => {
                Transition { needed: Right::Admin, from: &["archived"], to: "draft" }
            }
            NextStatus::Draft => Transition { needed: Right::Edit, from: &["approved", "published"], to: "draft" },
            NextStatus::Archived => {
                Transition { needed: Right::Admin, from: &["draft", "approved", "published"], to: "archived" }
            }
        }
    }
}

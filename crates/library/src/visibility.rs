//! Which documents a member may see, as one SQL condition: lists, the tree, and everything else that finds documents
//! use it. `access/document_rights.rs` decides the same for one document, with the reason in levels.

use access::{Caller, rights::ceiling};
use chrono::Utc;
use database::Query;
use vocabulary::{AccountId, Right, Role, WorkspaceId};

/// The number of levels.
const LEVELS: usize = 5;

/// The member who looks, and the levels that count.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub workspace: WorkspaceId,
    pub account: AccountId,
    /// Whether the member is an admin, who sees every document of the workspace.
    pub sees_all: bool,
    /// The levels of grants that count. The account's own documents always count.
    pub levels: Vec<&'static str>,
}

impl Viewer {
    /// Sees what the caller has at least this right to; `None` when the caller's role never has it.
    pub fn at_least(caller: &Caller, needed: Right) -> Option<Viewer> {
        if caller.role == Role::Viewer && needed > ceiling(caller.role) {
            return None;
        }
        let counts = |right: &Right| *right >= needed && needed <= ceiling(caller.role);
        Some(Viewer {
            workspace: caller.workspace,
            account: caller.member.account_id,
            sees_all: caller.role == Role::Admin,
            levels: Right::ALL.iter().copied().filter(counts).map(Right::as_str).collect(),
        })
    }

    /// Sees whatever the caller may see.
    pub fn of(caller: &Caller) -> Viewer {
        let sees_all = caller.role == Role::Admin;
        let levels = Right::ALL.iter().copied().map(Right::as_str).collect();
        Viewer { workspace: caller.workspace, account: caller.member.account_id, sees_all, levels }
    }

    /// Binds the parameters of [`is_visible`], `$1` to `$9`.
    pub fn bind<'q>(&self, query: Query<'q>) -> Query<'q> {
        let query = query.bind(self.workspace).bind(self.account).bind(self.sees_all).bind(Utc::now());
        let mut levels = self.levels.iter();
        (0..LEVELS).fold(query, |query, _| query.bind(levels.next().copied().unwrap_or_default().to_owned()))
    }
}

/// The condition that a row of `document`, or of this alias of it, is visible. Its parameters are those of
/// [`Viewer::bind`].
macro_rules! is_visible {
    ($document:literal) => {
        concat!(
            "($3 or ",
            $document,
            ".created_by = $2 or ",
            $document,
            ".open_level in ($5, $6, $7, $8, $9) or ",
            $document,
            ".inherited_open in ($5, $6, $7, $8, $9)
              or (",
            $document,
            ".space_applies and ",
            $document,
            ".space_id in (
                  select space_id from space
                   where workspace_id = $1 and (owner_id = $2 or open_level in ($5, $6, $7, $8, $9))
                  union all
                  select space_id from space_member where account_id = $2 and level in ($5, $6, $7, $8, $9)
                  union all
                  select space_id from space_group join group_member using (group_id)
                   where account_id = $2 and level in ($5, $6, $7, $8, $9)))
              or ",
            $document,
            ".document_id in (
                  with given (document_id) as (
                      select document_id from document_grant
                       where account_id = $2 and (expires_at is null or expires_at > $4)
                         and level in ($5, $6, $7, $8, $9)
                      union all
                      select document_id from group_grant join group_member using (group_id)
                       where account_id = $2 and (expires_at is null or expires_at > $4)
                         and level in ($5, $6, $7, $8, $9)
                      union all
                      select document_id from link join link_visitor using (link_id)
                       where visitor_id = $2 and (expires_at is null or expires_at > $4)
                         and level in ($5, $6, $7, $8, $9))
                  select document_id from given
                  union all
                  select inheritance.document_id from given join inheritance on ancestor_id = given.document_id))"
        )
    };
}
pub(crate) use is_visible;

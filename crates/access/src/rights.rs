//! The one table of rights: what a role, a grant, an open document and authorship add up to; what a guest may do.

use vocabulary::{Right, Role, Sensitivity, Stored};

/// What is known of somebody and a document.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub role: Role,
    pub is_creator: bool,
    /// The highest that was given, by name, to a group, or by a link.
    pub grant: Option<Right>,
    pub open: Option<Right>,
}

impl Standing {
    /// The right that results, or `None`: the document does not exist for this person.
    pub fn right(self) -> Option<Right> {
        if self.role == Role::Admin {
            return Some(Right::Admin);
        }
        let own = self.is_creator.then_some(Right::Admin);
        let given = self.grant.max(self.open).max(own)?;
        let ceiling = match self.role {
            Role::Analyst if self.is_creator => Right::Admin,
            role => ceiling(role),
        };
        Some(given.min(ceiling))
    }
}

/// What somebody of this role may do at most to a document that somebody else created.
pub fn ceiling(role: Role) -> Right {
    match role {
        Role::Viewer => Right::Comment,
        Role::Analyst => Right::Edit,
        Role::Manager | Role::Admin => Right::Admin,
    }
}

/// The right in the terms of the document's firewall: everything above `comment` may edit.
pub fn level_of(right: Right) -> document::Level {
    match right {
        Right::View => document::Level::View,
        Right::Comment => document::Level::Comment,
        Right::Edit | Right::Approve | Right::Admin => document::Level::Edit,
    }
}

/// The most that a link gives: whoever has it is nobody that we know.
pub fn guest_right(given: Right) -> Right {
    given.min(Right::Edit)
}

/// Whether reads of a document are recorded in the audit. A sensitivity of a newer version counts as confidential.
pub fn is_confidential(sensitivity: &Stored<Sensitivity>) -> bool {
    !matches!(sensitivity.known(), Some(Sensitivity::Public | Sensitivity::Internal))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [PERM-1] The table, row by row.
    #[test]
    fn rights_follow_the_table() {
        use Right::{Admin, Approve, Comment, Edit, View};
        let cases = [
            // role, creator, grant, open -> right
            (Role::Viewer, false, None, None, None),
            (Role::Viewer, false, Some(Edit), None, Some(Comment)),
            (Role::Viewer, false, None, Some(View), Some(View)),
            (Role::Analyst, false, None, None, None),
            (Role::Analyst, false, Some(Admin), None, Some(Edit)),
            (Role::Analyst, false, Some(View), Some(Edit), Some(Edit)),
            (Role::Analyst, true, None, None, Some(Admin)),
            (Role::Manager, false, Some(Admin), None, Some(Admin)),
            (Role::Manager, false, Some(Approve), Some(View), Some(Approve)),
            (Role::Manager, false, None, None, None),
            (Role::Admin, false, None, None, Some(Admin)),
        ];
        for (role, is_creator, grant, open, expected) in cases {
            let standing = Standing { role, is_creator, grant, open };
            assert_eq!(standing.right(), expected, "{standing:?}");
        }
    }
}

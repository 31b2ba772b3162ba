//! The table of rights: the right that results from role, grants, an open document and authorship, and the rights of
//! guests.

use vocabulary::{Right, Role};

/// The facts about a person and a document that determine the right.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub role: Role,
    pub is_creator: bool,
    /// The highest right granted to the person: by name, to a group, by a link, or by the space.
    pub grant: Option<Right>,
    /// The highest right that the document gives to every member, itself or by inheritance.
    pub open: Option<Right>,
}

impl Standing {
    /// The resulting right. If it is `None`, the document does not exist for this person.
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

    /// Whether the person may decide on requests for approval. A role only limits what a member may change, so whoever
    /// is given `approve` may decide, even if the role does not let them edit or publish.
    pub fn may_approve(self) -> bool {
        self.right().max(self.grant) >= Some(Right::Approve)
    }
}

/// The highest right of a role to a document of another creator.
pub fn ceiling(role: Role) -> Right {
    match role {
        Role::Viewer => Right::Comment,
        Role::Analyst => Right::Edit,
        Role::Manager | Role::Admin => Right::Admin,
    }
}

/// The right as a level of the document's firewall: every right above `comment` may edit.
pub fn level_of(right: Right) -> document::Level {
    match right {
        Right::View => document::Level::View,
        Right::Comment => document::Level::Comment,
        Right::Edit | Right::Approve | Right::Admin => document::Level::Edit,
    }
}

/// The highest right by a link, whose holder is unknown.
pub fn guest_right(given: Right) -> Right {
    given.min(Right::Edit)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [PERM-1] The table, row by row.
    #[test]
    fn rights_follow_the_table() {
        use Right::{Admin, Approve, Comment, Edit, View};
        let cases = [
            // role, creator, grant, open -> right, whether approvals can be decided
            (Role::Viewer, false, None, None, None, false),
            (Role::Viewer, false, Some(Edit), None, Some(Comment), false),
            (Role::Viewer, false, Some(Approve), None, Some(Comment), true),
            (Role::Viewer, false, None, Some(View), Some(View), false),
            (Role::Analyst, false, None, None, None, false),
            (Role::Analyst, false, Some(Edit), None, Some(Edit), false),
            (Role::Analyst, false, Some(Admin), None, Some(Edit), true),
            (Role::Analyst, false, Some(View), Some(Edit), Some(Edit), false),
            (Role::Analyst, true, None, None, Some(Admin), true),
            (Role::Manager, false, Some(Admin), None, Some(Admin), true),
            (Role::Manager, false, Some(Approve), Some(View), Some(Approve), true),
            (Role::Manager, false, Some(Edit), None, Some(Edit), false),
            (Role::Manager, false, None, None, None, false),
            (Role::Admin, false, None, None, Some(Admin), true),
        ];
        for (role, is_creator, grant, open, expected, may_approve) in cases {
            let standing = Standing { role, is_creator, grant, open };
            assert_eq!((standing.right(), standing.may_approve()), (expected, may_approve), "{standing:?}");
        }
    }
}

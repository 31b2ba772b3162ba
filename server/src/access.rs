//! The one table of rights: what a role, a grant, an open document and authorship add up to.

use serde::{Deserialize, Serialize};

/// What a membership may grant at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Analyst,
    Manager,
    Admin,
}

/// What somebody may do to one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    View,
    Comment,
    Edit,
    Approve,
    Admin,
}

/// What is known of somebody and a document.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    pub role: Role,
    pub is_creator: bool,
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
            Role::Viewer => Right::Comment,
            Role::Analyst if self.is_creator => Right::Admin,
            Role::Analyst => Right::Edit,
            Role::Manager | Role::Admin => Right::Admin,
        };
        Some(given.min(ceiling))
    }
}

impl Right {
    /// As the document's firewall knows it: everything above comment may edit.
    pub fn level(self) -> document::Level {
        match self {
            Right::View => document::Level::View,
            Right::Comment => document::Level::Comment,
            Right::Edit | Right::Approve | Right::Admin => document::Level::Edit,
        }
    }

    pub fn parse(text: &str) -> Option<Right> {
        serde_json::from_value(serde_json::Value::from(text)).ok()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Right::View => "view",
            Right::Comment => "comment",
            Right::Edit => "edit",
            Right::Approve => "approve",
            Right::Admin => "admin",
        }
    }
}

impl Role {
    pub fn parse(text: &str) -> Option<Role> {
        serde_json::from_value(serde_json::Value::from(text)).ok()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Analyst => "analyst",
            Role::Manager => "manager",
            Role::Admin => "admin",
        }
    }
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

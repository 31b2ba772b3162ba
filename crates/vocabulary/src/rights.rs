//! Roles, rights and scopes. The `access` crate decides the resulting permissions.

use crate::words::words;

words! {
    /// The role of a membership, which limits the member's rights.
    Role {
        Viewer = "viewer",
        Analyst = "analyst",
        Manager = "manager",
        Admin = "admin",
    }
}

words! {
    /// A right to one document. Each right includes those before it.
    Right {
        View = "view",
        Comment = "comment",
        Edit = "edit",
        Approve = "approve",
        Admin = "admin",
    }
}

words! {
    /// A permitted use of an API key.
    Scope {
        DocumentsRead = "documents:read",
        DocumentsWrite = "documents:write",
        SharingRead = "sharing:read",
        SharingWrite = "sharing:write",
        PeopleRead = "people:read",
        PeopleWrite = "people:write",
        AuditRead = "audit:read",
    }
}

words! {
    /// The kind of caller that performed an action.
    ActorKind {
        Member = "member",
        /// A member's API key.
        Key = "key",
        Guest = "guest",
        /// The holder of a headless token.
        Token = "token",
        /// Anyone, on an open server.
        Anyone = "anyone",
        /// The program itself, or its command line.
        System = "system",
        /// An unknown caller, such as a person who mistyped a password.
        Nobody = "nobody",
    }
}

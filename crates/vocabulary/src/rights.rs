//! Roles, rights and scopes. What they add up to is decided in `access`.

use crate::words::words;

words! {
    /// What a membership may grant at most.
    Role {
        Viewer = "viewer",
        Analyst = "analyst",
        Manager = "manager",
        Admin = "admin",
    }
}

words! {
    /// What somebody may do to one document; each includes the ones before it.
    Right {
        View = "view",
        Comment = "comment",
        Edit = "edit",
        Approve = "approve",
        Admin = "admin",
    }
}

words! {
    /// What an API key may be used for.
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
    /// What kind of caller did something.
    ActorKind {
        Member = "member",
        /// A member's API key.
        Key = "key",
        Guest = "guest",
        /// The bearer of a headless token.
        Token = "token",
        /// Anyone, on an open server.
        Anyone = "anyone",
        /// The program itself, or its command line.
        System = "system",
        /// A caller who is not known, such as one who mistyped a password.
        Nobody = "nobody",
    }
}

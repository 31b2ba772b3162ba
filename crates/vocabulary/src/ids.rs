//! Ids as types of their own, so that one cannot be passed for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "sqlx", derive(sqlx::Type), sqlx(transparent))]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id; later ones sort later (UUIDv7).
            pub fn new() -> Self {
                $name(Uuid::now_v7())
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map($name)
            }
        }
    };
}

id! {
    /// A document's id is its lineage: journal, snapshots and owners hang on it, names only point to it.
    DocumentId
}
id! {
    /// A tenant: every relational row belongs to one.
    WorkspaceId
}
id! {
    /// A person's account on this instance.
    AccountId
}
id! {
    /// One sign-in on one device.
    SessionId
}
id! {
    /// A group of people of one workspace.
    GroupId
}
id! {
    /// A link to one document.
    LinkId
}
id! {
    /// Somebody who came by a link and has no account.
    GuestId
}
id! {
    /// A thread of comments on a document.
    ThreadId
}
id! {
    /// One comment of a thread.
    CommentId
}
id! {
    /// A request for approval.
    ApprovalId
}
id! {
    /// Steps of approval that people choose from.
    WorkflowId
}
id! {
    /// Something that somebody should hear of.
    NotificationId
}
id! {
    /// Work that is done later.
    JobId
}
id! {
    /// Where another program hears of what is done.
    WebhookId
}
id! {
    /// One event for one webhook.
    DeliveryId
}
id! {
    /// A state of a document that was kept.
    RevisionId
}
id! {
    /// An edit that the server makes for somebody, from its claim until it is settled.
    OperationId
}
id! {
    /// A key that apps call with.
    KeyId
}

impl WorkspaceId {
    /// Where something is recorded that was done before there was any workspace.
    pub const NONE: WorkspaceId = WorkspaceId(Uuid::nil());
}

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
    /// A document. Its id is its identity: the journal, the snapshots and the owners belong to the id, and a name only
    /// points to it.
    DocumentId
}
id! {
    /// A workspace, the tenant to which every relational row belongs.
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
    /// A space of a workspace: a tree of pages with members of its own.
    SpaceId
}
id! {
    /// A tag of a workspace's documents.
    TagId
}
id! {
    /// A group of people in one workspace.
    GroupId
}
id! {
    /// A link to one document.
    LinkId
}
id! {
    /// A guest: a visitor who entered with a link and has no account.
    GuestId
}
id! {
    /// A publication: a document or a space on the web.
    PublicationId
}
id! {
    /// A text to begin a document with.
    TemplateId
}
id! {
    /// A thread of comments on a document.
    ThreadId
}
id! {
    /// One comment in a thread.
    CommentId
}
id! {
    /// A request for approval.
    ApprovalId
}
id! {
    /// A workflow: a named sequence of approval steps.
    WorkflowId
}
id! {
    /// A notification for one member.
    NotificationId
}
id! {
    /// A job in the queue.
    JobId
}
id! {
    /// A webhook: an address at which another program receives events.
    WebhookId
}
id! {
    /// One event for one webhook.
    DeliveryId
}
id! {
    /// A kept state of a document.
    RevisionId
}
id! {
    /// An edit that the server makes on a person's behalf, from its claim until it is settled.
    OperationId
}
id! {
    /// An API key with which apps call the API.
    KeyId
}
id! {
    /// A file that is attached to a document, with its versions.
    AttachmentId
}
id! {
    /// A resumable upload.
    UploadId
}
id! {
    /// A search that a member keeps.
    SearchId
}
id! {
    /// Files that become pages.
    ImportId
}
id! {
    /// An archive of many pages.
    ExportId
}

impl WorkspaceId {
    /// The workspace of events from before the first workspace existed.
    pub const NONE: WorkspaceId = WorkspaceId(Uuid::nil());
}

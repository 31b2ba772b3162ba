//! The lists of a workspace that pages watch.

use crate::words::words;

words! {
    /// A list of a workspace. Pages that show it are notified when it may have changed.
    Topic {
        /// Documents that a member can see, with title, status and rights.
        Documents = "documents",
        /// The names of tags. The number of documents that have each one is announced with the list of documents.
        Tags = "tags",
        /// Members and invitations.
        Members = "members",
        Groups = "groups",
        /// Spaces that a member can see, with their names and the member's right.
        Spaces = "spaces",
        /// Imports and exports, and how far they are. Each person reads their own.
        Transfers = "transfers",
        Workflows = "workflows",
        Decisions = "decisions",
        /// Webhooks and their health. The log of each webhook is a separate topic.
        Webhooks = "webhooks",
    }
}

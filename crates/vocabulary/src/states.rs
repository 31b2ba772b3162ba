//! The states of documents, threads, approvals and revisions, and the kinds of notifications.

use crate::words::words;

words! {
    /// The status of a document.
    Status {
        Draft = "draft",
        Review = "review",
        Approved = "approved",
        Published = "published",
        Archived = "archived",
    }
}

words! {
    /// The sensitivity of a document's content.
    Sensitivity {
        Public = "public",
        Internal = "internal",
        Confidential = "confidential",
        Restricted = "restricted",
    }
}

words! {
    /// The state of a thread: `open` or `resolved`; for a suggestion `open`, `accepted`, `rejected` or
    /// `withdrawn`.
    ThreadState {
        Open = "open",
        Resolved = "resolved",
        Accepted = "accepted",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
    }
}

words! {
    /// The outcome of a thread.
    Outcome {
        Decided = "decided",
        Deferred = "deferred",
        Rejected = "rejected",
        Done = "done",
    }
}

words! {
    /// The state of an approval.
    ApprovalState {
        Pending = "pending",
        Approved = "approved",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
    }
}

words! {
    /// An action taken on an approval.
    ApprovalMove {
        Approve = "approve",
        Reject = "reject",
        Delegate = "delegate",
        Withdraw = "withdraw",
        /// The request was moved to a newer revision: earlier approvals no longer count.
        Move = "move",
    }
}

words! {
    /// The reason for keeping a revision.
    RevisionKind {
        /// A pause in typing.
        Automatic = "automatic",
        Named = "named",
        /// An approval of the revision was requested.
        Submitted = "submitted",
        /// The text as it was before an older revision was restored.
        BeforeRestore = "before-restore",
        Restored = "restored",
        /// The undo of a restore.
        Undone = "undone",
    }
}

words! {
    NotificationKind {
        Mention = "mention",
        Reply = "reply",
        /// A comment on the person's own document.
        Comment = "comment",
        /// A suggestion on the person's own document.
        Suggestion = "suggestion",
        Decided = "decided",
        /// A thread of comments was assigned to the person.
        Assigned = "assigned",
        Share = "share",
        ApprovalRequested = "approval-requested",
        ApprovalDecided = "approval-decided",
        ApprovalDue = "approval-due",
        ApprovalOverdue = "approval-overdue",
        /// The request was moved to a newer revision.
        ApprovalMoved = "approval-moved",
        ApprovalChanged = "approval-changed",
        /// A comment on a document that the person watches.
        WatchedComment = "watched-comment",
        /// A suggestion on a document that the person watches.
        WatchedSuggestion = "watched-suggestion",
        /// A document that the person watches was edited.
        WatchedEdited = "watched-edited",
        /// A document that the person watches was published.
        WatchedPublished = "watched-published",
    }
}

//! The states that documents, threads, approvals and revisions go through, and the kinds of notifications.

use crate::words::words;

words! {
    /// How far a document has come.
    Status {
        Draft = "draft",
        Review = "review",
        Approved = "approved",
        Published = "published",
        Archived = "archived",
    }
}

words! {
    /// How many people may know what a document says.
    Sensitivity {
        Public = "public",
        Internal = "internal",
        Confidential = "confidential",
        Restricted = "restricted",
    }
}

words! {
    /// `open` or `resolved`; of a suggestion `open`, `accepted` or `rejected`.
    ThreadState {
        Open = "open",
        Resolved = "resolved",
        Accepted = "accepted",
        Rejected = "rejected",
    }
}

words! {
    /// How a discussion ended.
    Outcome {
        Decided = "decided",
        Deferred = "deferred",
        Rejected = "rejected",
        Done = "done",
    }
}

words! {
    /// How far an approval has come.
    ApprovalState {
        Pending = "pending",
        Approved = "approved",
        Rejected = "rejected",
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What somebody did about an approval.
    ApprovalMove {
        Approve = "approve",
        Reject = "reject",
        Delegate = "delegate",
        Withdraw = "withdraw",
    }
}

words! {
    /// Why a revision was kept.
    RevisionKind {
        /// Typing had paused.
        Automatic = "automatic",
        Named = "named",
        /// What stood there before an older one was restored.
        BeforeRestore = "before-restore",
        Restored = "restored",
        /// A restore was taken back.
        Undone = "undone",
    }
}

words! {
    NotificationKind {
        Mention = "mention",
        Reply = "reply",
        Decided = "decided",
        Share = "share",
        ApprovalRequested = "approval-requested",
        ApprovalDecided = "approval-decided",
        ApprovalDue = "approval-due",
        ApprovalChanged = "approval-changed",
    }
}

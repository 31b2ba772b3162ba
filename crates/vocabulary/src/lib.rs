//! The vocabulary that all other crates share: ids, roles, states, events. No I/O, no clock, no rules.

mod event;
mod ids;
mod rights;
mod states;
mod topics;
mod transfers;
mod words;

pub use event::{Audience, Event, Subject, public_events};
pub use ids::{
    AccountId, ApprovalId, AttachmentId, CommentId, DeliveryId, DocumentId, ExportId, GroupId, GuestId, ImportId,
    JobId, KeyId, LinkId, NotificationId, OperationId, PublicationId, RevisionId, SearchId, SessionId, SpaceId, TagId,
    TemplateId, ThreadId, UploadId, WebhookId, WorkflowId, WorkspaceId,
};
pub use rights::{ActorKind, Right, Role, Scope};
pub use states::{
    ApprovalMove, ApprovalState, NotificationKind, Outcome, RevisionKind, Sensitivity, Status, ThreadState,
};
pub use topics::Topic;
pub use transfers::{ExportState, ImportKind, ImportState};
pub use words::{Stored, Word};

//! The only fan-out of a write: what happened is said once, in the transaction that does it; the audit, the consumers
//! of events (webhooks and others), other nodes and open sockets follow from it.

use vocabulary::{ActorKind, Event, Topic};

use crate::audit::{Act, Actor};
use crate::changes::Change;
use crate::sql::Tx;

impl Tx {
    /// Says what this transaction does: one row of the log of events, which consumers read, with the change that open
    /// sockets look at (on this node when the transaction commits, on the others by the log), and one of the audit. A
    /// list changes in the workspace in which it is done.
    pub async fn emit(&mut self, by: &Actor, event: Event) -> sqlx::Result<()> {
        self.log(by, &event, change_of(&event)).await?;
        for topic in lists_of(&event) {
            self.note(Change::Workspace(by.workspace, *topic)).await?;
        }
        if is_audited(by, &event) {
            self.record(by, Act::of(&event)).await?;
        }
        Ok(())
    }
}

/// Nobody did what the server does by itself after each pause in typing. Every row of the journal names its author.
fn is_audited(by: &Actor, event: &Event) -> bool {
    match event {
        Event::RevisionCreated { .. } => by.kind != ActorKind::System,
        Event::DocumentEdited { .. } => false,
        _ => true,
    }
}

/// What open sockets and pages look at again. Ended sessions and inboxes are noted where they change: an event may
/// concern many of them, or none.
fn change_of(event: &Event) -> Option<Change> {
    Some(match event {
        Event::DocumentCreated { document, .. }
        | Event::DocumentChanged { document, .. }
        | Event::DocumentTrashed { document }
        | Event::DocumentRestored { document }
        | Event::DocumentPurged { document }
        | Event::StatusSet { document, .. }
        | Event::ShareGranted { document, .. }
        | Event::GroupShareGranted { document, .. }
        | Event::ShareRevoked { document, .. }
        | Event::GroupShareRevoked { document, .. }
        | Event::LinkRemoved { document, .. }
        | Event::ApprovalRequested { document, .. }
        | Event::ApprovalMoved { document, .. } => Change::Document(*document),
        Event::ThreadCreated { document, .. }
        | Event::ThreadResolved { document, .. }
        | Event::ThreadReopened { document, .. }
        | Event::ThreadRemoved { document, .. }
        | Event::SuggestionAccepted { document, .. }
        | Event::SuggestionRejected { document, .. }
        | Event::CommentCreated { document, .. }
        | Event::CommentEdited { document, .. }
        | Event::CommentRemoved { document, .. }
        | Event::ReactionAdded { document, .. }
        | Event::ReactionRemoved { document, .. } => Change::Comments(*document),
        Event::RevisionCreated { document, .. }
        | Event::RevisionNamed { document, .. }
        | Event::RevisionRemoved { document, .. } => Change::Revisions(*document),
        Event::RoleSet { account, .. }
        | Event::RoleSetByProvider { account, .. }
        | Event::MemberRemoved { account }
        | Event::GroupJoined { account, .. }
        | Event::GroupLeft { account, .. }
        | Event::AccountEnabled { account }
        | Event::AccountErased { account } => Change::Account(*account),
        Event::SessionEnded { session } | Event::SessionEntered { session } => Change::Session(*session),
        Event::FlagSet { .. } => Change::Flags,
        _ => return None,
    })
}

/// The lists of the workspace that show what an event changes.
fn lists_of(event: &Event) -> &'static [Topic] {
    match event {
        Event::DocumentCreated { .. }
        | Event::DocumentChanged { .. }
        | Event::DocumentTrashed { .. }
        | Event::DocumentRestored { .. }
        | Event::DocumentPurged { .. }
        | Event::StatusSet { .. }
        | Event::ShareGranted { .. }
        | Event::GroupShareGranted { .. }
        | Event::ShareRevoked { .. }
        | Event::GroupShareRevoked { .. } => &[Topic::Documents],
        Event::ThreadResolved { .. }
        | Event::ThreadReopened { .. }
        | Event::ThreadRemoved { .. }
        | Event::SuggestionAccepted { .. }
        | Event::SuggestionRejected { .. }
        | Event::ApprovalMoved { .. } => &[Topic::Decisions],
        Event::WorkflowCreated { .. } | Event::WorkflowRemoved { .. } => &[Topic::Workflows],
        Event::InvitationCreated { .. }
        | Event::MemberJoined { .. }
        | Event::MemberJoinedByProvider { .. }
        | Event::RoleSet { .. }
        | Event::RoleSetByProvider { .. }
        | Event::ProfileChanged { .. }
        | Event::AvatarSet { .. }
        | Event::AccountDisabled { .. }
        | Event::AccountEnabled { .. } => &[Topic::Members],
        Event::MemberRemoved { .. } | Event::AccountErased { .. } => &[Topic::Members, Topic::Groups],
        Event::GroupCreated { .. }
        | Event::GroupRenamed { .. }
        | Event::GroupRemoved { .. }
        | Event::GroupJoined { .. }
        | Event::GroupLeft { .. } => &[Topic::Groups],
        Event::WebhookCreated { .. }
        | Event::WebhookChanged { .. }
        | Event::WebhookSecretRenewed { .. }
        | Event::WebhookRemoved { .. }
        | Event::WebhookReplayed { .. } => &[Topic::Webhooks],
        _ => &[],
    }
}

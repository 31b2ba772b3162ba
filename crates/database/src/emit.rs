//! The only fan-out of a write. A write emits its event once, in its transaction. The audit log, the consumers of
//! events (webhooks and others), other nodes and open sockets follow from that event.

use vocabulary::{ActorKind, DocumentId, Event, Topic};

use crate::audit::{Act, Actor};
use crate::changes::Change;
use crate::documents;
use crate::sql::Tx;

impl Tx {
    /// Records an event of this transaction: one row in the event log, which consumers read, written at the commit
    /// ([`crate::event_log`]), and one in the audit log. The log row also holds the change for open sockets; this node
    /// notifies them at the commit, other nodes when they read the log. The changed lists are those of the workspace of
    /// `by`.
    pub async fn emit(&mut self, by: &Actor, event: Event) -> sqlx::Result<()> {
        for topic in lists_of(&event) {
            self.note(Change::Workspace(by.workspace, *topic)).await?;
        }
        if let Some(page) = gives_below(&event)
            && documents::has_heirs(self, page).await?
        {
            self.note(Change::Tree(page)).await?;
        }
        if is_audited(by, &event) {
            self.record(by, Act::of(&event)).await?;
        }
        let change = change_of(&event);
        self.emitted.push((by.clone(), event, change));
        Ok(())
    }
}

/// Edits, and the revisions that the server creates after a pause in typing, are not audited: every row of the journal
/// names its author. Actions that the server takes automatically after an edit or an upload are not audited either, nor
/// is further typing in a suggestion.
fn is_audited(by: &Actor, event: &Event) -> bool {
    match event {
        Event::RevisionCreated { .. } => by.kind != ActorKind::System,
        Event::DocumentEdited { .. }
        | Event::TextStored { .. }
        | Event::AttachmentRead { .. }
        | Event::SuggestionsChanged { .. } => false,
        _ => true,
    }
}

/// The change for open sockets and pages. Ended sessions and inboxes are noted where they change, because an event may
/// affect many of them, or none.
fn change_of(event: &Event) -> Option<Change> {
    Some(match event {
        Event::DocumentCreated { document, .. }
        | Event::DocumentChanged { document, .. }
        | Event::DocumentMoved { document, .. }
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
        | Event::ApprovalMoved { document, .. }
        | Event::ApprovalRevised { document, .. }
        | Event::ApprovalDueSet { document, .. }
        | Event::AttachmentAdded { document, .. }
        | Event::AttachmentRemoved { document, .. }
        | Event::AttachmentRead { document } => Change::Document(*document),
        Event::ThreadCreated { document, .. }
        | Event::ThreadResolved { document, .. }
        | Event::ThreadReopened { document, .. }
        | Event::ThreadAssigned { document, .. }
        | Event::ThreadRemoved { document, .. }
        | Event::SuggestionAccepted { document, .. }
        | Event::SuggestionRejected { document, .. }
        | Event::SuggestionWithdrawn { document, .. }
        | Event::SuggestionUndone { document, .. }
        | Event::SuggestionsChanged { document }
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
        | Event::SpaceGiven { account, .. }
        | Event::SpaceTaken { account, .. }
        | Event::AccountEnabled { account }
        | Event::AccountErased { account } => Change::Account(*account),
        Event::SessionEnded { session } | Event::SessionEntered { session } => Change::Session(*session),
        Event::SpaceChanged { space, .. } | Event::SpaceRemoved { space } => Change::Space(*space),
        Event::FlagSet { .. } => Change::Flags,
        _ => return None,
    })
}

/// The page whose grants an event changes, which the pages below it may inherit.
fn gives_below(event: &Event) -> Option<DocumentId> {
    match event {
        Event::ShareGranted { document, .. }
        | Event::GroupShareGranted { document, .. }
        | Event::ShareRevoked { document, .. }
        | Event::GroupShareRevoked { document, .. }
        | Event::LinkRemoved { document, .. }
        | Event::DocumentMoved { document, .. } => Some(*document),
        Event::DocumentChanged { document, changes } => {
            ["open_level", "inherits"].iter().any(|field| changes.get(field).is_some()).then_some(*document)
        }
        _ => None,
    }
}

/// The lists of the workspace that an event affects.
fn lists_of(event: &Event) -> &'static [Topic] {
    match event {
        Event::DocumentCreated { .. }
        | Event::DocumentChanged { .. }
        | Event::DocumentMoved { .. }
        | Event::DocumentTrashed { .. }
        | Event::DocumentRestored { .. }
        | Event::DocumentPurged { .. }
        | Event::StatusSet { .. }
        | Event::ShareGranted { .. }
        | Event::GroupShareGranted { .. }
        | Event::ShareRevoked { .. }
        | Event::GroupShareRevoked { .. } => &[Topic::Documents],
        Event::TagRenamed { .. } | Event::TagMerged { .. } | Event::TagRemoved { .. } => {
            &[Topic::Documents, Topic::Tags]
        }
        Event::ThreadResolved { .. }
        | Event::ThreadReopened { .. }
        | Event::ThreadRemoved { .. }
        | Event::SuggestionAccepted { .. }
        | Event::SuggestionRejected { .. }
        | Event::SuggestionWithdrawn { .. }
        | Event::SuggestionUndone { .. }
        | Event::ApprovalRequested { .. }
        | Event::ApprovalMoved { .. }
        | Event::ApprovalRevised { .. }
        | Event::ApprovalDueSet { .. }
        | Event::ThreadCreated { .. } => &[Topic::Decisions],
        Event::SpaceCreated { .. }
        | Event::SpaceChanged { .. }
        | Event::SpaceRemoved { .. }
        | Event::SpaceGiven { .. }
        | Event::SpaceGivenToGroup { .. }
        | Event::SpaceTaken { .. }
        | Event::SpaceTakenFromGroup { .. } => &[Topic::Spaces, Topic::Documents],
        Event::WorkflowCreated { .. } | Event::WorkflowRemoved { .. } => &[Topic::Workflows],
        Event::InvitationCreated { .. }
        | Event::InvitationRevoked { .. }
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

//! Every event in one list: its public name, its subject, and the details that the audit log keeps.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    AccountId, ApprovalId, ApprovalMove, ApprovalState, AttachmentId, CommentId, DocumentId, ExportId, GroupId,
    ImportId, JobId, KeyId, LinkId, Outcome, PublicationId, RevisionId, RevisionKind, Right, Role, SearchId,
    Sensitivity, SessionId, SpaceId, Status, Stored, TagId, TemplateId, ThreadId, WebhookId, WorkflowId, WorkspaceId,
};

/// The subject of an event: a kind of resource and its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    pub kind: &'static str,
    pub id: String,
}

/// Which webhooks may receive an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Webhooks that subscribe to all events, to the event's noun or to its name. These events are numbered.
    Public,
    /// Only webhooks that subscribe to the event's name, because the event is frequent. It has the number of the
    /// numbered event before it.
    Named,
    /// No webhooks: the event is only for the audit log.
    Audit,
}

impl Audience {
    pub fn as_str(self) -> &'static str {
        match self {
            Audience::Public => "public",
            Audience::Named => "named",
            Audience::Audit => "audit",
        }
    }
}

/// Defines the events, each with its fields, audience, public name, subject and the details that the audit log keeps.
/// Personal data (names, addresses) comes after `about`, because it can be erased.
macro_rules! events {
    ($($(#[$doc:meta])* $variant:ident { $($field:ident: $type:ty),* $(,)? }
       = $audience:ident $name:literal $kind:literal($id:expr) => $detail:expr $(, about $personal:expr)?;)*) => {
        /// An event. A write emits it once; the audit log, webhooks, other nodes and notifications follow from it.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Event {
            $($(#[$doc])* $variant { $($field: $type),* },)*
        }

        #[allow(unused_variables, reason = "an arm names all fields of its event and uses some")]
        impl Event {
            /// The public name, `noun.verb`.
            pub fn name(&self) -> &'static str {
                match self { $(Event::$variant { .. } => $name,)* }
            }

            pub fn subject(&self) -> Subject {
                match self {
                    $(Event::$variant { $($field),* } => Subject { kind: $kind, id: $id.to_string() },)*
                }
            }

            /// Ids, levels and names of fields. Nothing personal, because these details cannot be erased.
            pub fn detail(&self) -> Value {
                match self { $(Event::$variant { $($field),* } => $detail,)* }
            }

            /// Names and addresses, which can be erased.
            pub fn personal(&self) -> Value {
                match self { $(Event::$variant { $($field),* } => events!(@personal $($personal)?),)* }
            }

            /// Which webhooks may receive the event.
            pub fn audience(&self) -> Audience {
                match self { $(Event::$variant { .. } => Audience::$audience,)* }
            }
        }

        const NAMES: &[(&str, Audience)] = &[$(($name, Audience::$audience)),*];
    };
    (@personal) => { json!({}) };
    (@personal $personal:expr) => { $personal };
}

/// The names of the events that webhooks receive, in alphabetical order.
pub fn public_events() -> Vec<&'static str> {
    let mut names: Vec<_> =
        NAMES.iter().filter(|(_, audience)| *audience != Audience::Audit).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn bearer_of(subject: Option<&str>) -> Value {
    subject.map_or_else(|| json!({}), |subject| json!({ "subject": subject }))
}

events! {
    DocumentCreated {
        document: DocumentId, kind: String, open_level: Option<Stored<Right>>, sensitivity: Stored<Sensitivity>,
    }
        = Public "document.create" "document"(document)
        => json!({ "kind": kind, "open_level": open_level, "sensitivity": sensitivity });
    /// `changes` holds the changed fields, with the new value of some.
    DocumentChanged { document: DocumentId, changes: Value }
        = Public "document.change" "document"(document) => changes.clone();
    DocumentTrashed { document: DocumentId } = Public "document.trash" "document"(document) => json!({});
    DocumentRestored { document: DocumentId } = Public "document.restore" "document"(document) => json!({});
    DocumentPurged { document: DocumentId } = Public "document.purge" "document"(document) => json!({});
    /// `bearer` is the subject of a headless token, which has no account here.
    DocumentImported { document: DocumentId, bearer: Option<String> }
        = Public "document.import" "document"(document) => json!({}), about bearer_of(bearer.as_deref());
    DocumentWritten { document: DocumentId, bearer: Option<String> }
        = Public "document.write" "document"(document) => json!({}), about bearer_of(bearer.as_deref());
    /// The text was edited up to a row of its log. Emitted at most once every few seconds for each document.
    DocumentEdited { document: DocumentId, seq: u64, authors: Vec<Uuid> }
        = Named "document.edit" "document"(document) => json!({ "seq": seq, "authors": authors });
    /// The plain text of a document was stored, up to a row of its log; see the table `document_text`.
    TextStored { document: DocumentId, seq: u64 }
        = Audit "document.text" "document"(document) => json!({ "seq": seq });
    StatusSet { document: DocumentId, status: Status }
        = Public "document.set_status" "document"(document) => json!({ "status": status });

    /// The page was moved to another space, below another page, or to another position among its neighbours. `pages` is
    /// the number of pages below it, which moved with it.
    DocumentMoved { document: DocumentId, space: Option<SpaceId>, parent: Option<DocumentId>, pages: usize }
        = Public "document.move" "document"(document)
        => json!({ "space": space, "parent": parent, "pages": pages });

    /// The tag was renamed in the whole workspace. The audit log does not keep names of tags, because people write
    /// them.
    TagRenamed { tag: TagId, documents: u64 }
        = Public "tag.rename" "tag"(tag) => json!({ "documents": documents });
    /// The tag `from` was removed, and its documents have `tag` instead.
    TagMerged { tag: TagId, from: TagId, documents: u64 }
        = Public "tag.merge" "tag"(tag) => json!({ "from": from, "documents": documents });
    TagRemoved { tag: TagId, documents: u64 }
        = Public "tag.remove" "tag"(tag) => json!({ "documents": documents });

    SpaceCreated { space: SpaceId, open_level: Option<Right> }
        = Public "space.create" "space"(space) => json!({ "open_level": open_level });
    /// `changes` holds the changed fields, with the new value of some.
    SpaceChanged { space: SpaceId, changes: Value } = Public "space.change" "space"(space) => changes.clone();
    SpaceRemoved { space: SpaceId } = Public "space.remove" "space"(space) => json!({});
    SpaceGiven { space: SpaceId, account: AccountId, level: Right }
        = Public "space.give" "space"(space) => json!({ "account": account, "level": level });
    SpaceGivenToGroup { space: SpaceId, group: GroupId, level: Right }
        = Public "space.give" "space"(space) => json!({ "group": group, "level": level });
    SpaceTaken { space: SpaceId, account: AccountId }
        = Public "space.take" "space"(space) => json!({ "account": account });
    SpaceTakenFromGroup { space: SpaceId, group: GroupId }
        = Public "space.take" "space"(space) => json!({ "group": group });

    TemplateCreated { template: TemplateId, is_personal: bool }
        = Audit "template.create" "template"(template) => json!({ "personal": is_personal });
    TemplateChanged { template: TemplateId } = Audit "template.change" "template"(template) => json!({});
    TemplateRemoved { template: TemplateId } = Audit "template.remove" "template"(template) => json!({});

    /// A document or a space was published on the web, or its publication was changed.
    PublicationSet { publication: PublicationId, document: Option<DocumentId>, space: Option<SpaceId> }
        = Public "publication.set" "publication"(publication) => json!({ "document": document, "space": space });
    PublicationRemoved { publication: PublicationId, document: Option<DocumentId>, space: Option<SpaceId> }
        = Public "publication.remove" "publication"(publication) => json!({ "document": document, "space": space });

    ShareGranted { document: DocumentId, account: AccountId, level: Right, expires_at: Option<DateTime<Utc>> }
        = Public "share.give" "document"(document)
        => json!({ "account": account, "level": level, "expires_at": expires_at });
    GroupShareGranted { document: DocumentId, group: GroupId, level: Right, expires_at: Option<DateTime<Utc>> }
        = Public "share.give" "document"(document)
        => json!({ "group": group, "level": level, "expires_at": expires_at });
    ShareRevoked { document: DocumentId, account: AccountId }
        = Public "share.take" "document"(document) => json!({ "account": account });
    GroupShareRevoked { document: DocumentId, group: GroupId }
        = Public "share.take" "document"(document) => json!({ "group": group });
    LinkCreated {
        document: DocumentId, link: LinkId, level: Right, expires_at: Option<DateTime<Utc>>, has_password: bool,
    } = Public "link.create" "document"(document)
        => json!({ "link": link, "level": level, "expires_at": expires_at, "password": has_password });
    LinkRemoved { document: DocumentId, link: LinkId }
        = Public "link.remove" "document"(document) => json!({ "link": link });
    LinkEntered { document: DocumentId, link: LinkId }
        = Public "link.enter" "document"(document) => json!({ "link": link });

    ThreadCreated { document: DocumentId, thread: ThreadId, is_suggestion: bool }
        = Public "thread.create" "document"(document) => json!({ "thread": thread, "suggestion": is_suggestion });
    ThreadResolved { document: DocumentId, thread: ThreadId, outcome: Option<Outcome> }
        = Public "thread.resolve" "document"(document) => json!({ "thread": thread, "outcome": outcome });
    ThreadReopened { document: DocumentId, thread: ThreadId }
        = Public "thread.reopen" "document"(document) => json!({ "thread": thread, "outcome": null });
    /// The thread was assigned to an account; to nobody if `account` is `None`.
    ThreadAssigned { document: DocumentId, thread: ThreadId, account: Option<AccountId>, due_at: Option<DateTime<Utc>> }
        = Public "thread.assign" "document"(document)
        => json!({ "thread": thread, "account": account, "due_at": due_at });
    ThreadRemoved { document: DocumentId, thread: ThreadId }
        = Public "thread.remove" "document"(document) => json!({ "thread": thread });
    SuggestionAccepted { document: DocumentId, thread: ThreadId }
        = Public "suggestion.accept" "document"(document) => json!({ "thread": thread, "outcome": null });
    SuggestionRejected { document: DocumentId, thread: ThreadId }
        = Public "suggestion.reject" "document"(document) => json!({ "thread": thread, "outcome": null });
    /// The author withdrew the suggestion, or their text no longer contains it.
    SuggestionWithdrawn { document: DocumentId, thread: ThreadId }
        = Public "suggestion.withdraw" "document"(document) => json!({ "thread": thread });
    /// Open suggestions were changed, because their author typed on.
    SuggestionsChanged { document: DocumentId }
        = Audit "suggestion.change" "document"(document) => json!({});
    /// The acceptance of a suggestion was undone: the suggestion is open again.
    SuggestionUndone { document: DocumentId, thread: ThreadId }
        = Public "suggestion.undo" "document"(document) => json!({ "thread": thread });
    CommentCreated { document: DocumentId, thread: ThreadId, comment: CommentId }
        = Public "comment.create" "document"(document) => json!({ "thread": thread, "comment": comment });
    CommentEdited { document: DocumentId, comment: CommentId }
        = Public "comment.edit" "document"(document) => json!({ "comment": comment });
    /// `author` is the account or guest who wrote it.
    CommentRemoved { document: DocumentId, comment: CommentId, author: Uuid }
        = Public "comment.remove" "document"(document) => json!({ "comment": comment, "author": author });
    ReactionAdded { document: DocumentId, comment: CommentId }
        = Audit "comment.react" "document"(document) => json!({ "comment": comment });
    ReactionRemoved { document: DocumentId, comment: CommentId }
        = Audit "comment.unreact" "document"(document) => json!({ "comment": comment });

    RevisionCreated { document: DocumentId, revision: RevisionId, kind: RevisionKind }
        = Public "revision.create" "document"(document) => json!({ "revision": revision, "kind": kind });
    RevisionNamed { document: DocumentId, revision: RevisionId }
        = Public "revision.name" "document"(document) => json!({ "revision": revision });
    RevisionRemoved { document: DocumentId, revision: RevisionId }
        = Public "revision.remove" "document"(document) => json!({ "revision": revision });

    /// A file was attached, or a new version of one.
    AttachmentAdded { document: DocumentId, attachment: AttachmentId, number: i64 }
        = Public "attachment.add" "document"(document) => json!({ "attachment": attachment, "version": number });
    AttachmentRemoved { document: DocumentId, attachment: AttachmentId }
        = Public "attachment.remove" "document"(document) => json!({ "attachment": attachment });
    /// A file was read: its preview can be shown, and a search finds its text. Each document that the file is attached
    /// to has an event of its own.
    AttachmentRead { document: DocumentId }
        = Audit "attachment.read" "document"(document) => json!({});

    WorkflowCreated { workflow: WorkflowId } = Audit "workflow.create" "workflow"(workflow) => json!({});
    WorkflowRemoved { workflow: WorkflowId } = Audit "workflow.remove" "workflow"(workflow) => json!({});
    ApprovalRequested { document: DocumentId, approval: ApprovalId, revision: RevisionId }
        = Public "approval.request" "document"(document) => json!({ "approval": approval, "revision": revision });
    ApprovalMoved {
        document: DocumentId, approval: ApprovalId, step: i64, act: ApprovalMove, state: ApprovalState,
    } = Public "approval.act" "document"(document)
        => json!({ "approval": approval, "step": step, "act": act, "state": state });
    /// The request was moved from the revision `from` to the newer `revision`; `voided` is the number of approvals that
    /// no longer count.
    ApprovalRevised { document: DocumentId, approval: ApprovalId, from: RevisionId, revision: RevisionId, voided: usize }
        = Public "approval.move" "document"(document)
        => json!({ "approval": approval, "from": from, "revision": revision, "voided": voided });
    ApprovalDueSet { document: DocumentId, approval: ApprovalId, due_at: Option<DateTime<Utc>> }
        = Public "approval.set_due" "document"(document) => json!({ "approval": approval, "due_at": due_at });
    /// Decisions were exported as a file. `digest` is also in the file.
    DecisionsExported { export: Uuid, digest: String, decisions: usize, withheld: usize }
        = Audit "decision.export" "export"(export)
        => json!({ "digest": digest, "decisions": decisions, "withheld": withheld });

    WorkspaceCreated { workspace: WorkspaceId } = Audit "workspace.create" "workspace"(workspace) => json!({});
    WorkspaceRenamed { workspace: WorkspaceId } = Audit "workspace.rename" "workspace"(workspace) => json!({});
    InvitationRevoked { invitation: Uuid } = Audit "invite.revoke" "invite"(invitation) => json!({});
    InvitationCreated { invitation: Uuid, role: Stored<Role> }
        = Audit "invite.create" "invite"(invitation) => json!({ "role": role });
    MemberJoined { account: AccountId, invitation: Uuid, role: Stored<Role> }
        = Public "member.join" "account"(account) => json!({ "invite": invitation, "role": role });
    MemberJoinedByProvider { account: AccountId, issuer: String, role: Role }
        = Public "member.join" "account"(account) => json!({ "issuer": issuer, "role": role });
    RoleSet { account: AccountId, role: Role }
        = Public "member.set_role" "account"(account) => json!({ "role": role });
    RoleSetByProvider { account: AccountId, role: Role }
        = Public "member.set_role" "account"(account) => json!({ "role": role, "by": "provider" });
    MemberRemoved { account: AccountId } = Public "member.remove" "account"(account) => json!({});
    GroupCreated { group: GroupId, name: String } = Public "group.create" "group"(group) => json!({ "name": name });
    GroupRenamed { group: GroupId, name: String } = Public "group.rename" "group"(group) => json!({ "name": name });
    GroupRemoved { group: GroupId } = Public "group.remove" "group"(group) => json!({});
    GroupJoined { group: GroupId, account: AccountId }
        = Public "group.join" "group"(group) => json!({ "account": account });
    GroupLeft { group: GroupId, account: AccountId }
        = Public "group.leave" "group"(group) => json!({ "account": account });

    PasswordSet { account: AccountId } = Audit "account.set_password" "account"(account) => json!({});
    ProfileChanged { account: AccountId, name: String }
        = Audit "account.change" "account"(account) => json!({}), about json!({ "name": name });
    AvatarSet { account: AccountId } = Audit "account.set_avatar" "account"(account) => json!({});
    AccountDisabled { account: AccountId } = Audit "account.disable" "account"(account) => json!({});
    AccountEnabled { account: AccountId } = Audit "account.enable" "account"(account) => json!({});
    AccountErased { account: AccountId } = Audit "account.erase" "account"(account) => json!({});
    TotpEnabled { account: AccountId } = Audit "account.enable_totp" "account"(account) => json!({});
    TotpDisabled { account: AccountId } = Audit "account.disable_totp" "account"(account) => json!({});
    RecoveryCodeUsed { account: AccountId } = Audit "account.use_recovery_code" "account"(account) => json!({});
    MailLinkSent { account: AccountId, purpose: &'static str }
        = Audit "account.send_link" "account"(account) => json!({ "purpose": purpose });
    MailLinkUsed { account: AccountId, purpose: &'static str }
        = Audit "account.use_link" "account"(account) => json!({ "purpose": purpose });
    IdentityBound { account: AccountId } = Audit "account.bind_identity" "account"(account) => json!({});
    MailsChosen { account: AccountId } = Audit "account.choose_mails" "account"(account) => json!({});

    SessionBegun { session: SessionId } = Audit "session.begin" "session"(session) => json!({});
    SessionEnded { session: SessionId } = Audit "session.end" "session"(session) => json!({});
    OtherSessionsEnded { account: AccountId } = Audit "session.end_others" "account"(account) => json!({});
    SessionEntered { session: SessionId } = Audit "session.enter" "session"(session) => json!({});
    KeyCreated { key: KeyId, scopes: Vec<String>, expires_at: Option<DateTime<Utc>>, per_minute: i64 }
        = Audit "key.create" "key"(key) => json!({ "scopes": scopes, "expires_at": expires_at, "per_minute": per_minute });
    KeyRemoved { key: KeyId } = Audit "key.remove" "key"(key) => json!({});

    WebhookCreated { webhook: WebhookId, url: String }
        = Audit "webhook.create" "webhook"(webhook) => json!({}), about json!({ "url": url });
    WebhookChanged { webhook: WebhookId, events: String, paused: bool, url: String }
        = Audit "webhook.change" "webhook"(webhook)
        => json!({ "events": events, "paused": paused }), about json!({ "url": url });
    WebhookSecretRenewed { webhook: WebhookId } = Audit "webhook.renew_secret" "webhook"(webhook) => json!({});
    WebhookRemoved { webhook: WebhookId } = Audit "webhook.remove" "webhook"(webhook) => json!({});
    WebhookReplayed { webhook: WebhookId, deliveries: u64 }
        = Audit "webhook.replay" "webhook"(webhook) => json!({ "deliveries": deliveries });
    JobRetried { job: JobId } = Audit "job.retry" "job"(job) => json!({});
    JobDropped { job: JobId } = Audit "job.drop" "job"(job) => json!({});
    ImportFinished { import: ImportId, pages: i64 } = Audit "import.finish" "import"(import) => json!({ "pages": pages });
    ImportUndone { import: ImportId, pages: i64 } = Audit "import.undo" "import"(import) => json!({ "pages": pages });
    ExportFinished { export: ExportId, pages: i64 } = Audit "export.finish" "export"(export) => json!({ "pages": pages });
    ExportFetched { export: ExportId } = Audit "export.fetch" "export"(export) => json!({});
    SearchSaved { search: SearchId } = Audit "search.save" "search"(search) => json!({});
    SearchForgotten { search: SearchId } = Audit "search.forget" "search"(search) => json!({});
    /// Every node rebuilds its search index.
    SearchRebuilt {} = Audit "search.rebuild" "search"("index") => json!({});
    /// A lost key for files was given up: files encrypted with it can no longer be read.
    FilesKeyGivenUp {} = Audit "files.give_up_key" "files"("key") => json!({});
    FlagSet { name: &'static str, is_on: bool } = Audit "flag.set" "flag"(name) => json!({ "on": is_on });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_what_it_is_about() {
        let (document, account) = (DocumentId::new(), AccountId::new());
        let shared = Event::ShareGranted { document, account, level: Right::Edit, expires_at: None };
        assert_eq!((shared.name(), shared.audience()), ("share.give", Audience::Public));
        assert_eq!(shared.subject(), Subject { kind: "document", id: document.to_string() });
        assert_eq!(shared.detail()["account"], json!(account));
        let renamed = Event::ProfileChanged { account, name: "Ana".into() };
        assert_eq!((renamed.detail(), renamed.personal()), (json!({}), json!({ "name": "Ana" })));
    }

    #[test]
    fn public_names_are_sorted_and_not_repeated() {
        let names = public_events();
        assert!(names.is_sorted() && names.windows(2).all(|pair| pair[0] != pair[1]));
        assert_eq!(names.len(), 54);
    }
}

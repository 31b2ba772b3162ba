//! Which changes may affect the rights of an open socket, so that they are checked again.

use database::Change;
use vocabulary::{DocumentId, SessionId};

/// How a change affects a document of a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Concern {
    Nothing,
    /// The user's rights must be checked again.
    Rights,
    /// The user's page should read the inbox again.
    Inbox,
}

/// How a change affects the user of a session, for whom `is_open` documents are open.
pub(super) fn concern(
    change: Option<Change>,
    is_open: impl Fn(DocumentId) -> bool,
    user: &str,
    session: Option<SessionId>,
) -> Concern {
    let rights = |concerned| if concerned { Concern::Rights } else { Concern::Nothing };
    match change {
        Some(Change::Document(id)) => rights(is_open(id)),
        Some(Change::Session(ended)) => rights(session == Some(ended)),
        Some(Change::Account(account)) => rights(*user == account.to_string()),
        Some(Change::Inbox(account)) if *user == account.to_string() => Concern::Inbox,
        Some(Change::Flags) | None => Concern::Rights,
        Some(_) => Concern::Nothing,
    }
}

/// Whether a change may affect a sign-in that is in progress, whose rights were looked up before the change.
pub(super) fn may_concern_rights(change: Option<Change>) -> bool {
    matches!(change, Some(Change::Document(_) | Change::Session(_) | Change::Account(_) | Change::Flags) | None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;
    use vocabulary::{AccountId, Topic, WebhookId, WorkspaceId};

    /// Only a change that may affect this user's right to this document causes a database query.
    #[test]
    fn only_changes_of_the_users_rights_cause_a_check() {
        let (document, session, account) = (DocumentId::new(), SessionId::new(), AccountId(Uuid::new_v4()));
        let user = account.to_string();
        let of = |change| concern(change, |open| open == document, &user, Some(session));
        for change in [Change::Document(document), Change::Session(session), Change::Account(account), Change::Flags] {
            assert_eq!(of(Some(change)), Concern::Rights, "{change:?}");
        }
        assert_eq!(of(None), Concern::Rights);
        assert_eq!(of(Some(Change::Inbox(account))), Concern::Inbox);
        let of_others = [
            Change::Document(DocumentId::new()),
            Change::Session(SessionId::new()),
            Change::Account(AccountId(Uuid::new_v4())),
            Change::Inbox(AccountId(Uuid::new_v4())),
            Change::Comments(document),
            Change::Revisions(document),
            Change::Workspace(WorkspaceId::new(), Topic::Documents),
            Change::Webhook(WebhookId::new()),
            Change::Keys,
        ];
        for change in of_others {
            assert_eq!(of(Some(change)), Concern::Nothing, "{change:?}");
        }
    }
}

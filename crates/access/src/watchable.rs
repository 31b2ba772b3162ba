//! Determines which topics a member may watch: the lists of their workspace, their inbox and favourites, documents that
//! they can see, and for admins the logs of webhooks. Documents and webhooks that the member cannot see are refused as
//! if they did not exist.

use std::time::Instant;

use chrono::{DateTime, Utc};
use database::{Change, webhooks};
use hub::Close;
use uuid::Uuid;
use vocabulary::{AccountId, DocumentId, Right, Role, Scope, Topic, WebhookId, WorkspaceId};

use crate::caller::{Caller, Via, Visitor};
use crate::{App, Credentials, headless_tokens::after};
use endpoint::Error;

/// A parsed topic name, as clients send it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TopicName {
    List(Topic),
    Inbox,
    Favourites,
    Document(DocumentId),
    Threads(DocumentId),
    Revisions(DocumentId),
    Webhook(WebhookId),
}

/// The document that a topic is about, if any. When rights to it change, the topic must be checked again.
pub fn document_of(topic: &str) -> Option<DocumentId> {
    match TopicName::parse(topic)? {
        TopicName::Document(id) | TopicName::Threads(id) | TopicName::Revisions(id) => Some(id),
        TopicName::List(_) | TopicName::Inbox | TopicName::Favourites | TopicName::Webhook(_) => None,
    }
}

/// The requested topics that a member may watch, and the refused ones.
#[derive(Debug)]
pub struct Watchable {
    pub account: AccountId,
    /// When the credentials expire.
    pub expires: Option<Instant>,
    /// When a right to one of the documents ends, and the topics must be checked again.
    pub until: Option<Instant>,
    /// The topics that may be watched, each with its name.
    pub topics: Vec<(Change, String)>,
    pub refused: Vec<Refused>,
}

/// A topic that may not be watched, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Refused {
    pub topic: String,
    pub code: &'static str,
}

impl TopicName {
    fn parse(name: &str) -> Option<TopicName> {
        let Some((kind, id)) = name.split_once('/') else {
            return match name {
                "inbox" => Some(TopicName::Inbox),
                "favourites" => Some(TopicName::Favourites),
                list => Topic::parse(list).map(TopicName::List),
            };
        };
        // Only the canonical form of an id is accepted, so that a topic has only one name.
        let id = Uuid::parse_str(id).ok().filter(|parsed| parsed.to_string() == id)?;
        Some(match kind {
            "document" => TopicName::Document(DocumentId(id)),
            "threads" => TopicName::Threads(DocumentId(id)),
            "revisions" => TopicName::Revisions(DocumentId(id)),
            "webhook" => TopicName::Webhook(WebhookId(id)),
            _ => return None,
        })
    }

    fn change(self, workspace: WorkspaceId, account: AccountId) -> Change {
        match self {
            TopicName::List(topic) => Change::Workspace(workspace, topic),
            TopicName::Inbox => Change::Inbox(account),
            TopicName::Favourites => Change::Favourites(account),
            TopicName::Document(id) => Change::Document(id),
            TopicName::Threads(id) => Change::Comments(id),
            TopicName::Revisions(id) => Change::Revisions(id),
            TopicName::Webhook(id) => Change::Webhook(id),
        }
    }
}

/// Whether the caller's role and the scopes of their key allow reading the subject of a topic. The requirements are
/// those of the API's routes.
fn is_readable(caller: &Caller, topic: TopicName) -> bool {
    let is_session = matches!(caller.via, Via::Session(_));
    match topic {
        TopicName::List(Topic::Documents | Topic::Spaces | Topic::Tags | Topic::Transfers)
        | TopicName::Document(_)
        | TopicName::Threads(_)
        | TopicName::Revisions(_) => caller.has(Scope::DocumentsRead),
        TopicName::List(Topic::Members | Topic::Groups) => caller.has(Scope::PeopleRead),
        TopicName::List(Topic::Workflows | Topic::Decisions) | TopicName::Inbox | TopicName::Favourites => is_session,
        TopicName::List(Topic::Webhooks) | TopicName::Webhook(_) => is_session && caller.role == Role::Admin,
    }
}

impl App {
    /// The member who wants to watch topics, by a session or a key. Guests, headless tokens and callers of an open
    /// server are refused.
    async fn member(&self, credentials: &Credentials) -> Result<Caller, Close> {
        if self.headless_token(credentials).is_some() || self.config.open {
            return Err(Close::Forbidden);
        }
        match self.visitor(credentials).await? {
            Visitor::Member(caller) => Ok(*caller),
            Visitor::Guest(..) => Err(Close::Forbidden),
        }
    }

    /// Determines which of the named topics the caller may watch now.
    ///
    /// # Errors
    /// The reason why the caller may watch nothing, as a close code for the socket.
    pub async fn watchable(&self, credentials: &Credentials, names: &[String]) -> Result<Watchable, Close> {
        let caller = self.member(credentials).await?;
        let (workspace, account) = (caller.workspace, caller.member.account_id);
        let visitor = Visitor::Member(Box::new(caller));
        let expires = visitor.until().map(left);
        let mut watchable = Watchable { account, expires, until: None, topics: Vec::new(), refused: Vec::new() };
        let mut seen: Vec<(DocumentId, (bool, bool))> = Vec::new();
        for name in names {
            let code = match TopicName::parse(name) {
                None => "unknown-topic",
                Some(topic) => match self.may_watch(&visitor, topic, &mut seen, &mut watchable.until).await {
                    Ok(true) => {
                        watchable.topics.push((topic.change(workspace, account), name.clone()));
                        continue;
                    }
                    Ok(false) => "not-found",
                    Err(Error::Forbidden) => "forbidden",
                    Err(error) => return Err(error.into()),
                },
            };
            watchable.refused.push(Refused { topic: name.clone(), code });
        }
        Ok(watchable)
    }

    async fn may_watch(
        &self,
        visitor: &Visitor,
        topic: TopicName,
        seen: &mut Vec<(DocumentId, (bool, bool))>,
        until: &mut Option<Instant>,
    ) -> Result<bool, Error> {
        let Visitor::Member(caller) = visitor else { return Ok(false) };
        if !is_readable(caller, topic) {
            return Err(Error::Forbidden);
        }
        let id = match topic {
            TopicName::List(_) | TopicName::Inbox | TopicName::Favourites => return Ok(true),
            TopicName::Webhook(id) => return Ok(webhooks::is_of(&self.db, caller.workspace, id).await?),
            TopicName::Document(id) | TopicName::Threads(id) | TopicName::Revisions(id) => id,
        };
        // As in the routes, people of other workspaces who have a link to view may see only the text.
        let is_of_review = !matches!(topic, TopicName::Document(_));
        let allows = |(sees, reviews): (bool, bool)| if is_of_review { reviews } else { sees };
        if let Some((_, known)) = seen.iter().find(|(known, _)| *known == id) {
            return Ok(allows(*known));
        }
        let found = match self.access_of(visitor, id).await {
            Ok(access) => {
                *until = [*until, access.until.map(left)].into_iter().flatten().min();
                let is_inside = access.document.workspace_id == caller.workspace;
                (true, is_inside || access.right >= Right::Comment)
            }
            Err(Error::NotFound(_)) => (false, false),
            Err(error) => return Err(error),
        };
        seen.push((id, found));
        Ok(allows(found))
    }
}

fn left(until: DateTime<Utc>) -> Instant {
    after((until - Utc::now()).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_has_one_name() {
        let id = Uuid::now_v7();
        assert_eq!(TopicName::parse("inbox"), Some(TopicName::Inbox));
        assert_eq!(TopicName::parse("documents"), Some(TopicName::List(Topic::Documents)));
        assert_eq!(TopicName::parse(&format!("threads/{id}")), Some(TopicName::Threads(DocumentId(id))));
        let others =
            ["", "document", "documents/", "document/x", "inbox/1", &format!("threads/{}", id.simple()), "audit"];
        for other in others {
            assert_eq!(TopicName::parse(other), None, "{other}");
        }
        assert_eq!(document_of(&format!("revisions/{id}")), Some(DocumentId(id)));
        assert_eq!(document_of(&format!("webhook/{id}")), None);
    }
}

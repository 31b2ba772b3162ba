//! A client of `/collab` that watches topics. At an address that no document can have, it names the topics that it
//! shows, and is notified when they may have changed. A notification has no content and gives no right: the client
//! reads over REST.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use database::Change;
use document::Family;
use document::codec::Reply;
use hub::Close;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::sockets::access_expiry::Pass;
use crate::sockets::rights_changes::Concern;
use crate::sockets::session::send_reply;
use crate::sockets::socket::{Event, Socket, Work};
use access::{App, Credentials, Listener, Refused, Watchable, document_of};
use vocabulary::{AccountId, DocumentId, Topic};

/// The address. Document names never contain control characters, in both families and for every kind of caller.
pub(super) const TOPICS: &str = "\u{1}topics";
/// The maximum number of topics. A page shows two lists, the inbox and three topics of a document, a tenth of this.
/// Each topic of a document takes two statements when rights change.
const MOST_TOPICS: usize = 64;
/// Twice the size of a message with [`MOST_TOPICS`] topics that have the longest names.
const LONGEST_MESSAGE_BYTES: usize = 8 << 10;
/// The shortest time between two reports of a topic, because every client reads a list after each.
const NOTIFY_EVERY: Duration = Duration::from_millis(400);
/// A client may change its topics this many times at once, then once in [`WATCH_EVERY`]. If it does so more often, its
/// answers are delayed. People do not change pages faster.
const WATCHES_AT_ONCE: u32 = 30;
const WATCH_EVERY: Duration = Duration::from_secs(1);
/// The pause after a check that failed because the database did not answer.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// A message of a client.
#[derive(Deserialize)]
struct ClientMessage {
    t: String,
    #[serde(default)]
    topics: Value,
}

/// A client that watches topics on a socket.
pub(super) struct Listening {
    pub pass: Pass,
    listener: Listener,
    /// The names of the requested topics, and the documents that they are about.
    wanted: Vec<String>,
    documents: HashSet<DocumentId>,
    /// The topics that are watched.
    watched: HashMap<Change, WatchedTopic>,
    refused: Vec<Refused>,
    /// Changes that were not reported yet.
    news: HashSet<Change>,
    /// The numbers of the last check that was requested, and of the last that was answered. While they differ, rights
    /// may have changed, and nothing is reported.
    question: u64,
    answered: u64,
    /// The client has requested other topics, and has no answer yet.
    owes_answer: bool,
    /// The user's role or session has changed, so the list of documents must be read again.
    rights_changed: bool,
    look_again_at: Option<Instant>,
    /// When a check that failed is repeated.
    retry_at: Option<Instant>,
    /// When the client last asked for other topics.
    asked_at: Instant,
    /// When the requests so far would have been made at the permitted rate.
    watches_after: Instant,
}

struct WatchedTopic {
    name: String,
    /// When it was last reported.
    at: Option<Instant>,
}

/// The result of a lookup of topics.
pub(super) struct Checked {
    pub address: Bytes,
    listener: u64,
    question: u64,
    pub outcome: Result<Watchable, Close>,
}

impl Listening {
    pub(super) fn new(app: &App, socket: &mut Socket, member: &Watchable, credentials: Credentials) -> Listening {
        let listener = app.topics.listen(socket.outbox.clone());
        let pass = Pass::new(user_of(member.account), credentials, member.expires);
        let listening = Listening {
            pass,
            listener,
            wanted: Vec::new(),
            documents: HashSet::new(),
            watched: HashMap::new(),
            refused: Vec::new(),
            news: HashSet::new(),
            question: 0,
            answered: 0,
            owes_answer: false,
            rights_changed: false,
            look_again_at: None,
            retry_at: None,
            asked_at: Instant::now(),
            watches_after: Instant::now(),
        };
        listening.wait(socket);
        listening
    }

    /// Applies another token of the same account.
    pub(super) fn take_token(&mut self, member: &Watchable, credentials: Credentials) {
        self.pass.take_token(credentials, member.expires);
    }

    pub(super) fn is_of(&self, member: &Watchable) -> bool {
        self.pass.user == user_of(member.account)
    }

    /// Handles a message that requests a set of topics. `false` when it is some other message.
    ///
    /// # Errors
    /// The code of a refusal.
    pub(super) fn take(&mut self, text: &str) -> Result<bool, &'static str> {
        if text.len() > LONGEST_MESSAGE_BYTES {
            return Err("malformed");
        }
        // Messages of other applications are ignored.
        let Ok(message) = serde_json::from_str::<ClientMessage>(text) else { return Ok(false) };
        if message.t != "watch" {
            return Ok(false);
        }
        let mut topics: Vec<String> = serde_json::from_value(message.topics).map_err(|_| "malformed")?;
        topics.sort_unstable();
        topics.dedup();
        if topics.len() > MOST_TOPICS {
            return Err("too-many-topics");
        }
        self.documents = topics.iter().filter_map(|topic| document_of(topic)).collect();
        self.wanted = topics;
        self.owes_answer = true;
        self.asked_at = Instant::now();
        self.watches_after = self.watches_after.max(Instant::now()) + WATCH_EVERY;
        Ok(true)
    }

    /// How a change affects the rights to topics.
    pub(super) fn on_change(&mut self, change: Option<Change>) -> Concern {
        let concern = self.pass.concern(change, |document| self.documents.contains(&document));
        if concern == Concern::Rights {
            self.rights_changed |= matches!(change, Some(Change::Account(_) | Change::Session(_)));
        }
        concern
    }

    /// Stops reporting changes until the topics have been checked again.
    pub(super) fn doubt(&mut self) {
        self.question += 1;
        self.retry_at = None;
    }

    /// Checks the topics again soon, because the last check failed.
    pub(super) fn retry(&mut self) {
        self.retry_at = Some(Instant::now() + RETRY_AFTER);
    }

    fn is_in_doubt(&self) -> bool {
        self.question != self.answered
    }

    /// Looks up which of the requested topics may be watched now.
    pub(super) fn check(&self, app: &App, address: Bytes) -> Work {
        let (app, credentials, wanted) = (app.clone(), self.pass.credentials.clone(), self.wanted.clone());
        let (listener, question) = (self.listener.id(), self.question);
        let not_before = self.watches_after.checked_sub(WATCH_EVERY * WATCHES_AT_ONCE);
        Box::pin(async move {
            if let Some(not_before) = not_before {
                tokio::time::sleep_until(not_before.into()).await;
            }
            let outcome = app.watchable(&credentials, &wanted).await;
            Event::Watchable(Box::new(Checked { address, listener, question, outcome }))
        })
    }

    /// Whether this is the result of the last check that was requested.
    pub(super) fn is_answer(&self, checked: &Checked) -> bool {
        (checked.listener, checked.question) == (self.listener.id(), self.question)
    }

    /// Watches the allowed topics, and reports changes that were held back meanwhile.
    pub(super) fn settle(&mut self, watchable: Watchable, socket: &Socket) {
        let Watchable { expires, until, topics, refused, .. } = watchable;
        let mut before = std::mem::take(&mut self.watched);
        for (change, name) in topics {
            let known = before.remove(&change);
            let is_newly_allowed = known.is_none() && !self.owes_answer;
            let is_list = matches!(change, Change::Workspace(_, Topic::Documents));
            if is_newly_allowed || (self.rights_changed && is_list) {
                self.news.insert(change);
            }
            self.watched.insert(change, WatchedTopic { name, at: known.and_then(|known| known.at) });
        }
        self.listener.watch(self.watched.keys().copied().collect(), self.asked_at);
        (self.pass.expires, self.look_again_at, self.answered) = (expires, until, self.question);
        self.rights_changed = false;
        let others_refused = self.refused != refused;
        self.refused = refused;
        if std::mem::take(&mut self.owes_answer) || others_refused {
            let mut names: Vec<&str> = self.watched.values().map(|topic| topic.name.as_str()).collect();
            names.sort_unstable();
            send_message(socket, &json!({ "t": "watching", "topics": names, "refused": self.refused }));
        }
        self.send_news(socket);
    }

    /// Reports changed topics, except while rights are in doubt, or when a topic was reported a moment ago.
    pub(super) fn send_news(&mut self, socket: &Socket) {
        self.news.extend(self.listener.take());
        if self.is_in_doubt() {
            return;
        }
        let now = Instant::now();
        let watched = &mut self.watched;
        self.news.retain(|change| {
            let Some(topic) = watched.get_mut(change) else { return false };
            if topic.at.is_some_and(|at| now < at + NOTIFY_EVERY) {
                return true;
            }
            topic.at = Some(now);
            send_message(socket, &json!({ "t": "topic", "topic": topic.name }));
            false
        });
    }

    /// Makes the socket wait for the next change of a topic.
    pub(super) fn wait(&self, socket: &mut Socket) {
        let news = self.listener.news();
        socket.news = Some(Box::pin(async move {
            news.await;
            Event::News
        }));
    }

    /// When a delayed change must be reported, or topics must be checked again because a right ends.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.is_in_doubt() {
            return self.retry_at;
        }
        let send_at = self.news.iter().filter_map(|change| self.watched.get(change)?.at).map(|at| at + NOTIFY_EVERY);
        send_at.chain(self.look_again_at).min()
    }

    /// Whether a right has ended since the last check, or that check failed some time ago.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let due = if self.is_in_doubt() { self.retry_at } else { self.look_again_at };
        due.is_some_and(|due| due <= now)
    }
}

fn user_of(account: AccountId) -> Arc<str> {
    account.to_string().into()
}

/// Sends a message at the address of topics.
pub(super) fn send_message(socket: &Socket, message: &Value) {
    send_reply(&socket.outbox, Family::Hocuspocus, TOPICS.as_bytes(), Reply::Stateless(&message.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [LIVE-1] A document with this name would be mistaken for topics.
    #[test]
    fn no_document_can_have_the_address_of_topics() {
        assert!(endpoint::names::check_name(TOPICS).is_err());
        assert!(endpoint::names::document_name("%01topics").is_err());
        assert!(TOPICS.parse::<DocumentId>().is_err());
    }
}

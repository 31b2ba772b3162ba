//! A client of `/collab` that watches topics: at an address that no document can have, it names what it shows, and is
//! told when that may have changed. What it is told has no content and gives no right: it reads over REST.

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

use crate::sockets::session::{Concern, Pass, send_reply};
use crate::sockets::socket::{Event, Socket, Work};
use access::{App, Credentials, Listener, Refused, Watchable, document_of};
use vocabulary::{AccountId, DocumentId, Topic};

/// The address. Names of documents have no control characters, in both families and for every kind of caller.
pub(super) const TOPICS: &str = "\u{1}topics";
/// A page shows two lists, the inbox and three topics of a document; this is ten times as much. Each topic of a document
/// takes two statements when rights change.
const MOST_TOPICS: usize = 64;
/// Twice what so many of the longest names take.
const LONGEST_MESSAGE_BYTES: usize = 8 << 10;
/// A topic that changes all the time is told two or three times a second: everybody who hears of it reads a list.
const NOTIFY_EVERY: Duration = Duration::from_millis(400);
/// A client may watch something else so often at once, then once in [`WATCH_EVERY`]; it is read more slowly if it says
/// so more often. People do not leaf through pages faster.
const WATCHES_AT_ONCE: u32 = 30;
const WATCH_EVERY: Duration = Duration::from_secs(1);

/// What a client says.
#[derive(Deserialize)]
struct ClientMessage {
    t: String,
    #[serde(default)]
    topics: Value,
}

/// Somebody who watches topics on a socket.
pub(super) struct Listening {
    pub pass: Pass,
    listener: Listener,
    /// What was asked for, by name, and the documents among it.
    wanted: Vec<String>,
    documents: HashSet<DocumentId>,
    /// What may be watched, with its name and when it was told last.
    watched: HashMap<Change, WatchedTopic>,
    refused: Vec<Refused>,
    /// Changes that were not told yet.
    news: HashSet<Change>,
    /// Rights may have changed since the answer to this question was found: nothing is told until it is answered again.
    question: u64,
    answered: u64,
    /// The client asked for other topics, and is owed an answer.
    owes_answer: bool,
    /// Its lists show something else since its own rights changed.
    rights_changed: bool,
    look_again_at: Option<Instant>,
    /// The bound of its watching, as a time.
    watches_after: Instant,
}

struct WatchedTopic {
    name: String,
    at: Option<Instant>,
}

/// What somebody may watch, as it was looked up.
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
            watches_after: Instant::now(),
        };
        listening.wait(socket);
        listening
    }

    /// Another token of the same account.
    pub(super) fn take_token(&mut self, member: &Watchable, credentials: Credentials) {
        self.pass.take_token(credentials, member.expires);
    }

    pub(super) fn is_of(&self, member: &Watchable) -> bool {
        self.pass.user == user_of(member.account)
    }

    /// Takes what a client says: another set of topics. `false` where nothing follows from it.
    ///
    /// # Errors
    /// The code of a refusal.
    pub(super) fn take(&mut self, text: &str) -> Result<bool, &'static str> {
        if text.len() > LONGEST_MESSAGE_BYTES {
            return Err("malformed");
        }
        // An application's own messages are nothing to us.
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
        self.watches_after = self.watches_after.max(Instant::now()) + WATCH_EVERY;
        Ok(true)
    }

    /// What a change means for its rights.
    pub(super) fn on_change(&mut self, change: Option<Change>) -> Concern {
        let concern = self.pass.concern(change, |document| self.documents.contains(&document));
        if concern == Concern::Rights {
            self.rights_changed |= matches!(change, Some(Change::Account(_) | Change::Session(_)));
        }
        concern
    }

    /// Nothing more is told until it is known again what may be watched.
    pub(super) fn doubt(&mut self) {
        self.question += 1;
    }

    fn is_in_doubt(&self) -> bool {
        self.question != self.answered
    }

    /// Looks up what may be watched now.
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

    /// Whether an answer is to the question that was asked last.
    pub(super) fn is_answer(&self, checked: &Checked) -> bool {
        (checked.listener, checked.question) == (self.listener.id(), self.question)
    }

    /// Watches what may be watched, and tells what was held back meanwhile.
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
        self.listener.watch(self.watched.keys().copied().collect());
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

    /// Tells what has changed, unless rights are in doubt or it was told a moment ago.
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

    /// Has the socket wait for the next news.
    pub(super) fn wait(&self, socket: &mut Socket) {
        let news = self.listener.news();
        socket.news = Some(Box::pin(async move {
            news.await;
            Event::News
        }));
    }

    /// When something is to be told that waits, or looked up again because a right ends.
    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.is_in_doubt() {
            return None;
        }
        let send_at = self.news.iter().filter_map(|change| self.watched.get(change)?.at).map(|at| at + NOTIFY_EVERY);
        send_at.chain(self.look_again_at).min()
    }

    /// Whether a right has ended since it was looked up.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        !self.is_in_doubt() && self.look_again_at.is_some_and(|due| due <= now)
    }
}

fn user_of(account: AccountId) -> Arc<str> {
    account.to_string().into()
}

/// Says something at the address of topics.
pub(super) fn send_message(socket: &Socket, message: &Value) {
    send_reply(&socket.outbox, Family::Hocuspocus, TOPICS.as_bytes(), Reply::Stateless(&message.to_string()));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [LIVE-1] A document that had this name would be mistaken for topics.
    #[test]
    fn no_document_can_have_the_address_of_topics() {
        assert!(endpoint::names::check_name(TOPICS).is_err());
        assert!(endpoint::names::document_name("%01topics").is_err());
        assert!(TOPICS.parse::<DocumentId>().is_err());
    }
}

//! Presence: the newest awareness state of each client, bound to the connection that sent it.
//!
//! Follows y-protocols `awareness.js` (accept a higher clock, or `null` at the same clock; a state that is not renewed
//! for 30 s is outdated). Two rules of the server are added: a connection sends states only for its own client, and the
//! `user` that others see is the user who signed in.

mod other_nodes;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::lib0::{Reader, write_buf, write_varuint};
use crate::refusal::Refusal;
use crate::update::{client_id, clock};

/// A state that was not renewed for this long is removed, as in y-protocols. Clients renew every 15 s.
pub const OUTDATED_AFTER: Duration = Duration::from_secs(30);

/// A client that was silent for this long may be dead. A live client renews within 18 s: after 15 s, which it checks
/// every 3 s.
pub const SILENT_AFTER: Duration = Duration::from_secs(20);

/// The largest state, unless configured otherwise. A cursor, a name and a colour take 300 bytes.
pub const STATE_BYTES: usize = 64 << 10;

/// An update without entries: harmless to every client, and enough to show that the socket is alive.
pub const EMPTY: [u8; 1] = [0];

/// What the server knows about the person behind a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub id: Arc<str>,
    pub name: Arc<str>,
    /// `#rrggbb`, if the account or the token has one.
    pub color: Option<Arc<str>>,
}

/// Awareness states of one document, keyed by Yjs client id.
#[derive(Debug)]
pub struct Presence {
    /// The smallest lead of a client whose first state arrives at time 0. The smallest lead grows by eight a second, so
    /// it is higher than every lead that another node, or this node before a restart, gave earlier. This is necessary
    /// because peers remember the clocks that they have received.
    first_lead: Option<u32>,
    most_bytes: usize,
    entries: HashMap<u64, Entry>,
    /// `connection -> client id` of the client whose state the connection sends.
    held: HashMap<u64, u64>,
}

#[derive(Debug)]
struct Entry {
    /// The client's own clock.
    clock: u32,
    /// Added to the client's clock in messages to others: a client that reconnects sends its last clock again, and
    /// peers that saw it leave would ignore it.
    lead: u32,
    /// `None` after the client has left. The entry is kept for a while, so that a late message does not bring it back.
    state: Option<Bytes>,
    speaker: Speaker,
    user: Option<Arc<str>>,
    seen: Duration,
    /// Whether the state was sent to other nodes.
    published: bool,
}

impl Entry {
    /// The clock that was sent to others.
    fn published_clock(&self) -> u32 {
        self.clock.saturating_add(self.lead)
    }
}

/// The source of a client's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    /// A connection of this node.
    Connection(u64),
    /// Another node.
    Node(u128),
}

/// A change to send to the other connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceChange {
    /// An encoded awareness update.
    pub update: Bytes,
    /// Whether the sender may receive the same bytes; otherwise it receives [`EMPTY`].
    pub same_for_sender: bool,
}

impl Default for Presence {
    fn default() -> Presence {
        Presence { first_lead: None, most_bytes: STATE_BYTES, entries: HashMap::new(), held: HashMap::new() }
    }
}

impl Presence {
    /// Presence without states. A state may have at most `most_bytes`. `first_lead` is the smallest lead at time 0, on
    /// a clock that is shared by all nodes and continues across restarts.
    pub fn new(first_lead: u32, most_bytes: usize) -> Presence {
        Presence { first_lead: Some(first_lead), most_bytes, entries: HashMap::new(), held: HashMap::new() }
    }

    /// Takes an awareness message. Entries for clients of other connections are ignored: every stock client repeats the
    /// states of others.
    ///
    /// # Errors
    /// [`Refusal`] when the message is malformed or a state is too large. After an error, nothing was changed.
    pub fn receive(
        &mut self,
        connection: u64,
        identity: Option<&Identity>,
        message: &[u8],
        now: Duration,
    ) -> Result<Option<PresenceChange>, Refusal> {
        let entries = read(message, self.most_bytes)?;
        let own = match self.held.get(&connection) {
            Some(held) => entries.iter().find(|(client, ..)| client == held),
            None => {
                let free = entries.iter().find(|(client, ..)| self.live(*client).is_none());
                // The same person reconnected before the old socket was found dead.
                free.or_else(|| entries.iter().find(|(client, ..)| self.is_left_behind(*client, identity, now)))
            }
        };
        let Some((client, clock, state)) = own else {
            return Ok(None);
        };
        let state = if *state == "null" { None } else { Some(signed(state, identity)) };
        Ok(self.update(connection, identity, *client, *clock, state, now))
    }

    fn live(&self, client: u64) -> Option<&Entry> {
        self.entries.get(&client).filter(|entry| match entry.speaker {
            Speaker::Connection(connection) => self.held.get(&connection) == Some(&client),
            Speaker::Node(_) => entry.state.is_some(),
        })
    }

    /// Whether `client` is held by a silent connection of the same person. An active holder is never replaced: clients
    /// repeat the states of others, so two connections would take the id from each other for ever.
    fn is_left_behind(&self, client: u64, identity: Option<&Identity>, now: Duration) -> bool {
        let silent = |entry: &&Entry| now.saturating_sub(entry.seen) > SILENT_AFTER;
        let same_person = |entry: &Entry| entry.user.as_ref() == identity.map(|identity| &identity.id);
        self.live(client).filter(silent).is_some_and(same_person)
    }

    fn update(
        &mut self,
        connection: u64,
        identity: Option<&Identity>,
        client: u64,
        clock: u32,
        state: Option<Bytes>,
        now: Duration,
    ) -> Option<PresenceChange> {
        let user = identity.map(|identity| identity.id.clone());
        // Peers ignore a clock that they have seen, and an unknown client at clock 0. Without a lead, a new client, or
        // a client that returns after a restart of the server, would be invisible until its next renewal, 15 s later.
        let grown = u32::try_from(now.as_millis() / 125).unwrap_or_default();
        let mut lead = self.first_lead.map_or(0, |first| first.saturating_add(grown)).max(u32::from(clock == 0));
        if let Some(known) = self.entries.get_mut(&client) {
            lead = known.lead;
            if known.speaker != Speaker::Connection(connection) {
                if let Speaker::Connection(before) = known.speaker {
                    self.held.remove(&before);
                }
                // A new connection sent the state: raise the clock, so that others accept it.
                lead = known.published_clock().saturating_add(1).saturating_sub(clock).max(lead);
            } else {
                let news = clock > known.clock || (clock == known.clock && state.is_none() && known.state.is_some());
                if !news {
                    return None;
                }
            }
        } else if state.is_none() {
            return None;
        }
        if state.is_some() {
            self.held.insert(connection, client);
        } else {
            self.held.remove(&connection);
        }
        let update = write([(client, clock.saturating_add(lead), state.as_deref())]);
        let speaker = Speaker::Connection(connection);
        self.entries.insert(client, Entry { clock, lead, state, speaker, user, seen: now, published: false });
        Some(PresenceChange { update, same_for_sender: lead == 0 })
    }

    /// Removes a connection. Returns the update to send to others, if the connection had a client.
    pub fn leave(&mut self, connection: u64, now: Duration) -> Option<Bytes> {
        let client = self.held.remove(&connection)?;
        let entry = self.entries.get_mut(&client).filter(|entry| entry.speaker == Speaker::Connection(connection))?;
        entry.state.take()?;
        (entry.seen, entry.published) = (now, false);
        Some(write([(client, entry.published_clock(), None)]))
    }

    /// Removes states that were not renewed in time. Returns the update to send to others.
    pub fn sweep(&mut self, now: Duration) -> Option<Bytes> {
        let outdated = |entry: &Entry| now.saturating_sub(entry.seen) > OUTDATED_AFTER;
        let mut gone = Vec::new();
        self.entries.retain(|client, entry| {
            if !outdated(entry) {
                return true;
            }
            if entry.state.take().is_some() {
                gone.push((*client, entry.published_clock(), None));
                if let Speaker::Connection(connection) = entry.speaker {
                    self.held.remove(&connection);
                }
                (entry.seen, entry.published) = (now, false);
                return true;
            }
            false
        });
        (!gone.is_empty()).then(|| write(gone))
    }

    /// All live states as one awareness update, or `None` if there are none.
    pub fn all(&self) -> Option<Bytes> {
        live(self.entries.iter())
    }

    /// The live states of some clients as one awareness update, or `None` if there are none.
    pub fn of<'a>(&'a self, clients: impl IntoIterator<Item = &'a u64>) -> Option<Bytes> {
        live(clients.into_iter().filter_map(|client| self.entries.get_key_value(client)))
    }

    /// The connection that must not receive the state of `client`: the client's own connection, which would take a
    /// clock with a lead for a newer state.
    pub fn excluded_from(&self, client: u64) -> Option<u64> {
        match self.entries.get(&client)? {
            Entry { lead: 1.., speaker: Speaker::Connection(connection), .. } => Some(*connection),
            _ => None,
        }
    }

    /// The number of clients that are present.
    pub fn len(&self) -> usize {
        self.entries.values().filter(|entry| entry.state.is_some()).count()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The client id of a connection.
    pub fn client_of(&self, connection: u64) -> Option<u64> {
        self.held.get(&connection).copied()
    }

    /// Every client id that is present, and its user.
    pub fn speakers(&self) -> impl Iterator<Item = (u64, &Arc<str>)> {
        self.entries.keys().filter_map(|client| Some((*client, self.holder(*client)?)))
    }

    /// The user of the live connection that holds `client`.
    pub fn holder(&self, client: u64) -> Option<&Arc<str>> {
        self.entries.get(&client).filter(|entry| entry.state.is_some())?.user.as_ref()
    }
}

fn live<'a>(entries: impl Iterator<Item = (&'a u64, &'a Entry)>) -> Option<Bytes> {
    let live = |(client, entry): (&u64, &'a Entry)| {
        entry.state.as_deref().map(|state| (*client, entry.published_clock(), Some(state)))
    };
    let live: Vec<_> = entries.filter_map(live).collect();
    (!live.is_empty()).then(|| write(live))
}

fn read(message: &[u8], most_bytes: usize) -> Result<Vec<(u64, u32, &str)>, Refusal> {
    let mut reader = Reader::new(message);
    let count = reader.count()?;
    let mut entries = Vec::with_capacity(count.min(64));
    for _ in 0..count {
        let (client, clock, state) = (client_id(&mut reader)?, clock(&mut reader)?, reader.string()?);
        if state.len() > most_bytes {
            return Err(Refusal::PresenceTooLarge(most_bytes));
        }
        if serde_json::from_str::<serde::de::IgnoredAny>(state).is_err() {
            return Err(Refusal::Malformed("an awareness state is not JSON"));
        }
        entries.push((client, clock, state));
    }
    if reader.is_empty() { Ok(entries) } else { Err(Refusal::Malformed("bytes follow the awareness update")) }
}

fn write<'a>(entries: impl IntoIterator<Item = (u64, u32, Option<&'a [u8]>), IntoIter: ExactSizeIterator>) -> Bytes {
    let entries = entries.into_iter();
    let mut out = Vec::with_capacity(64);
    write_varuint(&mut out, entries.len() as u64);
    for (client, clock, state) in entries {
        write_varuint(&mut out, client);
        write_varuint(&mut out, u64::from(clock));
        write_buf(&mut out, state.unwrap_or(b"null"));
    }
    out.into()
}

/// The state with `user.id` and `user.name` set by the server; other keys are unchanged.
fn signed(state: &str, identity: Option<&Identity>) -> Bytes {
    let Some(identity) = identity else {
        return Bytes::copy_from_slice(state.as_bytes());
    };
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(state) else {
        return Bytes::copy_from_slice(state.as_bytes());
    };
    let user = fields.entry("user").or_insert_with(|| Value::Object(Map::new()));
    if !user.is_object() {
        *user = Value::Object(Map::new());
    }
    if let Some(user) = user.as_object_mut() {
        user.insert("id".into(), Value::from(&*identity.id));
        user.insert("name".into(), Value::from(&*identity.name));
        if let Some(color) = &identity.color {
            user.insert("color".into(), Value::from(&**color));
        }
    }
    Value::Object(fields).to_string().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(client: u64, clock: u32, state: &str) -> Bytes {
        write([(client, clock, Some(state.as_bytes()))])
    }

    fn identity(id: &str) -> Identity {
        Identity { id: id.into(), name: format!("{id} name").into(), color: None }
    }

    fn text(update: &Bytes) -> String {
        read(update, STATE_BYTES)
            .expect("what was just written")
            .iter()
            .map(|(client, clock, state)| format!("{client}@{clock} {state};"))
            .collect()
    }

    const NOW: Duration = Duration::from_secs(1);

    /// [PRES-1] The name that others see is that of the signed-in user.
    #[test]
    fn a_name_cannot_be_faked() {
        let mut presence = Presence::default();
        let ana = identity("ana");
        let change = presence.receive(
            1,
            Some(&ana),
            &message(10, 1, r#"{"user":{"id":"bob","name":"Bob","x":1},"cursor":3}"#),
            NOW,
        );
        let change = change.expect("well-formed").expect("news");
        assert_eq!(text(&change.update), r#"10@1 {"cursor":3,"user":{"id":"ana","name":"ana name","x":1}};"#);
    }

    /// [PRES-2] A connection speaks for one client; states of others that it repeats are ignored.
    #[test]
    fn a_connection_cannot_send_states_of_others() {
        let mut presence = Presence::default();
        presence.receive(1, Some(&identity("ana")), &message(10, 1, "{}"), NOW).expect("well-formed");
        let stolen = presence.receive(2, Some(&identity("eve")), &message(10, 9, "null"), NOW);
        assert_eq!(stolen, Ok(None));
        assert_eq!(presence.len(), 1);
    }

    /// [PRES-3] A person who reconnects is seen at once, although peers saw the client leave at the same clock.
    #[test]
    fn a_reconnect_is_seen_at_once() {
        let mut presence = Presence::default();
        let ana = identity("ana");
        presence.receive(1, Some(&ana), &message(10, 4, "{}"), NOW).expect("well-formed");
        assert_eq!(text(&presence.leave(1, NOW).expect("it was here")), "10@4 null;");
        let again = presence.receive(2, Some(&ana), &message(10, 4, "{}"), NOW).expect("well-formed").expect("news");
        assert!(text(&again.update).starts_with("10@5 "));
        assert!(!again.same_for_sender, "its own clock would run ahead of it");
        let next = presence.receive(2, Some(&ana), &message(10, 5, "{}"), NOW).expect("well-formed").expect("news");
        assert!(text(&next.update).starts_with("10@6 "), "later clocks stay ahead of what peers change");
    }

    /// [PRES-6] A new connection takes over the client of a dead socket that is silent. The end of the dead socket then
    /// changes nothing.
    #[test]
    fn a_silent_connection_is_replaced() {
        let mut presence = Presence::default();
        let ana = identity("ana");
        presence.receive(1, Some(&ana), &message(10, 4, "{}"), NOW).expect("well-formed");
        assert_eq!(presence.receive(2, Some(&ana), &message(10, 4, "{}"), NOW), Ok(None), "the holder still speaks");
        let later = NOW + SILENT_AFTER + Duration::from_secs(1);
        assert_eq!(presence.receive(3, Some(&identity("eve")), &message(10, 5, "{}"), later), Ok(None));
        presence.receive(2, Some(&ana), &message(10, 5, "{}"), later).expect("well-formed").expect("news");
        assert_eq!(presence.leave(1, later), None);
        assert_eq!(presence.len(), 1);
    }

    /// A client without presence of its own repeats the states of others. The client id must not move to that client.
    #[test]
    fn an_echo_is_not_news() {
        let mut presence = Presence::default();
        let change = presence.receive(1, None, &message(10, 0, "{}"), NOW).expect("well-formed").expect("news");
        assert_eq!(presence.receive(2, None, &change.update, NOW), Ok(None));
        assert!(presence.receive(1, None, &message(10, 1, "{}"), NOW).expect("well-formed").is_some());
    }

    /// [PRES-5] A new client is visible at once, although peers ignore clock 0.
    #[test]
    fn a_first_clock_of_zero_is_lifted() {
        let mut presence = Presence::default();
        let change = presence.receive(1, None, &message(10, 0, "{}"), NOW).expect("well-formed").expect("news");
        assert_eq!((text(&change.update).as_str(), change.same_for_sender), ("10@1 {};", false));
        let next = presence.receive(1, None, &message(10, 1, "{}"), NOW).expect("well-formed").expect("news");
        assert_eq!(text(&next.update), "10@2 {};");
    }

    /// [F7] [PRES-12] After a restart of the server, peers accept a client whose clock they have seen.
    #[test]
    fn a_client_that_returns_after_a_restart_is_seen_at_once() {
        let mut before = Presence::new(100, STATE_BYTES);
        let seen = before.receive(1, None, &message(10, 3, "{}"), NOW).expect("well-formed").expect("news");
        assert_eq!(text(&seen.update), "10@111 {};");
        let mut after = Presence::new(107, STATE_BYTES);
        let again = after.receive(1, None, &message(10, 3, "{}"), NOW).expect("well-formed").expect("news");
        assert_eq!(text(&again.update), "10@118 {};");
    }

    /// A client may send any clock.
    #[test]
    fn the_highest_clock_overflows_nothing() {
        let mut presence = Presence::new(100, STATE_BYTES);
        presence.receive(1, None, &message(10, (1 << 31) - 1, "{}"), NOW).expect("well-formed");
        presence.leave(1, NOW).expect("it was here");
        presence.receive(2, None, &message(10, (1 << 31) - 1, "{}"), NOW).expect("well-formed");
        assert_eq!(presence.len(), 1);
    }

    /// [PRES-4] A state that is not renewed for 30 s is gone.
    #[test]
    fn silence_ends_a_presence() {
        let mut presence = Presence::default();
        presence.receive(1, None, &message(10, 1, "{}"), NOW).expect("well-formed");
        assert_eq!(presence.sweep(NOW + OUTDATED_AFTER), None);
        let gone = presence.sweep(NOW + OUTDATED_AFTER * 2).expect("outdated");
        assert_eq!(text(&gone), "10@1 null;");
        assert_eq!(presence.all(), None);
    }

    #[test]
    fn old_clocks_are_not_news_and_large_states_are_refused() {
        let mut presence = Presence::default();
        presence.receive(1, None, &message(10, 3, "{}"), NOW).expect("well-formed");
        assert_eq!(presence.receive(1, None, &message(10, 3, "{}"), NOW), Ok(None));
        let large = format!("\"{}\"", "x".repeat(STATE_BYTES));
        let refused = presence.receive(1, None, &message(10, 4, &large), NOW);
        assert_eq!(refused, Err(Refusal::PresenceTooLarge(STATE_BYTES)));
        assert!(presence.receive(1, None, &message(10, 4, &large[..STATE_BYTES]), NOW).is_err(), "not JSON");
        assert!(presence.receive(1, None, &message(10, 4, "{no"), NOW).is_err());
        assert!(presence.receive(1, None, &[0xff, 0xff, 0xff, 0x7f], NOW).is_err());
    }
}

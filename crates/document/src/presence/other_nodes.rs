//! Exchange of presence with other nodes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::{Entry, Presence, Speaker, read, write};
use crate::refusal::Refusal;

impl Presence {
    /// Takes an awareness update of another node about its clients. The higher clock wins, but a node that lost a
    /// client cannot remove a client that is connected here. Returns the update to send to the connections of this
    /// node.
    ///
    /// # Errors
    /// [`Refusal`] when the update is malformed.
    pub fn receive_from_node(&mut self, node: u128, message: &[u8], now: Duration) -> Result<Option<Bytes>, Refusal> {
        let mut changed = Vec::new();
        for (client, clock, state) in read(message, usize::MAX)? {
            let state = (state != "null").then(|| Bytes::copy_from_slice(state.as_bytes()));
            let speaker = Speaker::Node(node);
            if let Some(known) = self.entries.get_mut(&client) {
                let published = known.published_clock();
                let ends = clock == published && state.is_none() && known.state.is_some();
                if clock <= published && !ends {
                    continue;
                }
                match known.speaker {
                    Speaker::Connection(connection) if self.held.get(&connection) == Some(&client) => {
                        if state.is_none() {
                            // The client has moved here, and its old node noticed late: send its state again with a
                            // higher clock.
                            known.lead = clock.saturating_add(1).saturating_sub(known.clock);
                            known.published = false;
                            changed.push((client, known.published_clock(), known.state.clone()));
                            continue;
                        }
                        self.held.remove(&connection);
                    }
                    Speaker::Node(other) if other != node && state.is_none() => continue,
                    _ => {}
                }
            } else if state.is_none() {
                continue;
            }
            let user = state.as_deref().and_then(user_of);
            changed.push((client, clock, state.clone()));
            self.entries.insert(client, Entry { clock, lead: 0, state, speaker, user, seen: now, published: true });
        }
        Ok(encoded(&changed))
    }

    /// Removes the clients of nodes that are gone. Returns the update to send to the connections of this node.
    pub fn remove_nodes(&mut self, is_gone: impl Fn(u128) -> bool, now: Duration) -> Option<Bytes> {
        let mut gone = Vec::new();
        for (client, entry) in &mut self.entries {
            if let Speaker::Node(node) = entry.speaker
                && entry.state.is_some()
                && is_gone(node)
            {
                entry.state = None;
                entry.seen = now;
                gone.push((*client, entry.clock, None));
            }
        }
        encoded(&gone)
    }

    /// The states of clients at this node that were not sent to other nodes yet. Marks them as sent.
    pub fn take_unsent(&mut self) -> Option<Bytes> {
        let mut unsent_presence = Vec::new();
        for (client, entry) in &mut self.entries {
            if matches!(entry.speaker, Speaker::Connection(_)) && !std::mem::replace(&mut entry.published, true) {
                unsent_presence.push((*client, entry.published_clock(), entry.state.clone()));
            }
        }
        encoded(&unsent_presence)
    }

    /// Marks all states as not sent, because another node has begun to listen.
    pub fn repeat(&mut self) {
        self.entries.values_mut().filter(|entry| entry.state.is_some()).for_each(|entry| entry.published = false);
    }

    /// The states of the clients at this node.
    pub fn here(&self) -> impl Iterator<Item = &Bytes> {
        let here = |entry: &&Entry| matches!(entry.speaker, Speaker::Connection(_));
        self.entries.values().filter(here).filter_map(|entry| entry.state.as_ref())
    }
}

type Change = (u64, u32, Option<Bytes>);

fn encoded(changes: &[Change]) -> Option<Bytes> {
    let entries = changes.iter().map(|(client, clock, state)| (*client, *clock, state.as_deref()));
    (!changes.is_empty()).then(|| write(entries))
}

/// The user of a state, as written by the node where the client signed in.
fn user_of(state: &[u8]) -> Option<Arc<str>> {
    #[derive(Deserialize)]
    struct State {
        user: User,
    }
    #[derive(Deserialize)]
    struct User {
        id: Arc<str>,
    }
    serde_json::from_slice::<State>(state).ok().map(|state| state.user.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn message(client: u64, clock: u32, state: &str) -> Bytes {
        write([(client, clock, Some(state.as_bytes()))])
    }

    fn all(presence: &Presence) -> Vec<(u64, u32, String)> {
        let all = presence.all().unwrap_or_else(|| Bytes::from_static(&super::super::EMPTY));
        let mut all: Vec<_> =
            read(&all, usize::MAX).expect("well-formed").into_iter().map(|(a, b, c)| (a, b, c.into())).collect();
        all.sort();
        all
    }

    /// [PRES-7] A state reaches the clients of other nodes once; an old clock is ignored.
    #[test]
    fn states_cross_nodes_once() {
        let (mut here, mut there) = (Presence::default(), Presence::default());
        here.receive(1, None, &message(10, 4, r#"{"a":1}"#), NOW).expect("well-formed");
        let update = here.take_unsent().expect("somebody is here");
        assert_eq!(here.take_unsent(), None);
        assert!(there.receive_from_node(7, &update, NOW).expect("well-formed").is_some());
        assert_eq!(there.receive_from_node(7, &update, NOW), Ok(None));
        assert_eq!(all(&there), all(&here));
        assert_eq!(there.take_unsent(), None, "states of other nodes are not published here");
        here.leave(1, NOW);
        there.receive_from_node(7, &here.take_unsent().expect("somebody left"), NOW).expect("well-formed");
        assert_eq!(all(&there), []);
    }

    /// [PRES-8] A client that moved to another node stays, although its old node reports that it left.
    #[test]
    fn a_client_that_moved_is_not_ended_by_its_old_node() {
        let (mut old, mut new) = (Presence::default(), Presence::default());
        old.receive(1, None, &message(10, 4, "{}"), NOW).expect("well-formed");
        // The new node has not received the client's state yet, and receives it now with the same clock.
        new.receive(2, None, &message(10, 4, "{}"), NOW).expect("well-formed");
        old.leave(1, NOW);
        let change = new.receive_from_node(7, &old.take_unsent().expect("it left"), NOW).expect("well-formed");
        assert!(change.is_some() && all(&new).len() == 1);
        old.receive_from_node(8, &new.take_unsent().expect("said again"), NOW).expect("well-formed");
        assert_eq!(all(&old), all(&new));
    }

    /// [PRES-9] The clients of a dead node are removed.
    #[test]
    fn clients_of_a_dead_node_are_removed() {
        let mut presence = Presence::default();
        presence.receive_from_node(7, &message(10, 1, "{}"), NOW).expect("well-formed");
        presence.receive_from_node(8, &message(11, 1, "{}"), NOW).expect("well-formed");
        assert!(presence.remove_nodes(|node| node == 7, NOW).is_some());
        assert_eq!(all(&presence), [(11, 1, "{}".to_owned())]);
        assert_eq!(presence.remove_nodes(|node| node == 7, NOW), None);
        // The client of the dead node connects here, and gets a clock that everybody accepts as newer.
        let change = presence.receive(1, None, &message(10, 1, "{}"), NOW).expect("well-formed").expect("news");
        assert!(read(&change.update, usize::MAX).expect("well-formed")[0].1 > 1);
    }
}

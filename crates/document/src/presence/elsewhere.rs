//! Presence at other nodes: what they say of their clients, and what they are told of ours.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Deserialize;

use super::{Entry, Presence, Speaker, read, write};
use crate::refusal::Refusal;

impl Presence {
    /// Takes in what another node says of its clients, as an awareness update. The higher clock wins, but a
    /// node that lost a client does not end one that is here. Returns what connections of this node hear.
    ///
    /// # Errors
    /// [`Refusal`] when it is malformed.
    pub fn hear(&mut self, node: u128, message: &[u8], now: Duration) -> Result<Option<Bytes>, Refusal> {
        let mut changed = Vec::new();
        for (client, clock, state) in read(message)? {
            let state = (state != "null").then(|| Bytes::copy_from_slice(state.as_bytes()));
            let speaker = Speaker::Node(node);
            if let Some(known) = self.entries.get_mut(&client) {
                let published = known.clock.saturating_add(known.lead);
                let ends = clock == published && state.is_none() && known.state.is_some();
                if clock <= published && !ends {
                    continue;
                }
                match known.speaker {
                    Speaker::Connection(connection) if self.held.get(&connection) == Some(&client) => {
                        if state.is_none() {
                            // It has come to us, and its old node noticed late: let everybody hear that.
                            known.lead = clock.saturating_add(1).saturating_sub(known.clock);
                            known.said = false;
                            changed.push((client, known.clock + known.lead, known.state.clone()));
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
            self.entries.insert(client, Entry { clock, lead: 0, state, speaker, user, seen: now, said: true });
        }
        Ok(encoded(&changed))
    }

    /// Ends the presence of everybody at nodes that are gone. Returns what connections of this node hear.
    pub fn forget_nodes(&mut self, is_gone: impl Fn(u128) -> bool, now: Duration) -> Option<Bytes> {
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

    /// What other nodes were not told yet of clients that are here: the newest state of each.
    pub fn take_unsaid(&mut self) -> Option<Bytes> {
        let mut unsaid = Vec::new();
        for (client, entry) in &mut self.entries {
            if matches!(entry.speaker, Speaker::Connection(_)) && !std::mem::replace(&mut entry.said, true) {
                unsaid.push((*client, entry.clock + entry.lead, entry.state.clone()));
            }
        }
        encoded(&unsaid)
    }

    /// Somebody new listens: everything is to be said again.
    pub fn repeat(&mut self) {
        self.entries.values_mut().filter(|entry| entry.state.is_some()).for_each(|entry| entry.said = false);
    }

    /// The states of clients that are here, at this node.
    pub fn here(&self) -> impl Iterator<Item = &Bytes> {
        let here = |entry: &&Entry| matches!(entry.speaker, Speaker::Connection(_));
        self.entries.values().filter(here).filter_map(|entry| entry.state.as_ref())
    }
}

type Said = (u64, u32, Option<Bytes>);

fn encoded(said: &[Said]) -> Option<Bytes> {
    let entries = said.iter().map(|(client, clock, state)| (*client, *clock, state.as_deref()));
    (!said.is_empty()).then(|| write(entries))
}

/// Whose state it is, as the node that signed it in wrote it there.
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

    fn said(client: u64, clock: u32, state: &str) -> Bytes {
        write([(client, clock, Some(state.as_bytes()))])
    }

    fn all(presence: &Presence) -> Vec<(u64, u32, String)> {
        let all = presence.all().unwrap_or_else(|| Bytes::from_static(&super::super::EMPTY));
        let mut all: Vec<_> = read(&all).expect("well-formed").into_iter().map(|(a, b, c)| (a, b, c.into())).collect();
        all.sort();
        all
    }

    /// [PRES-7] What one node hears of a client, the others tell theirs; an old clock is no news.
    #[test]
    fn states_cross_nodes_once() {
        let (mut here, mut there) = (Presence::default(), Presence::default());
        here.receive(1, None, &said(10, 4, r#"{"a":1}"#), NOW).expect("well-formed");
        let told = here.take_unsaid().expect("somebody is here");
        assert_eq!(here.take_unsaid(), None);
        assert!(there.hear(7, &told, NOW).expect("well-formed").is_some());
        assert_eq!(there.hear(7, &told, NOW), Ok(None));
        assert_eq!(all(&there), all(&here));
        assert_eq!(there.take_unsaid(), None, "what is elsewhere is not ours to say");
        here.leave(1, NOW);
        there.hear(7, &here.take_unsaid().expect("somebody left"), NOW).expect("well-formed");
        assert_eq!(all(&there), []);
    }

    /// [PRES-8] A client that moved to another node stays, whatever its old node says later.
    #[test]
    fn a_client_that_moved_is_not_ended_by_its_old_node() {
        let (mut old, mut new) = (Presence::default(), Presence::default());
        old.receive(1, None, &said(10, 4, "{}"), NOW).expect("well-formed");
        // The new node has heard nothing of it, and meets the client at the same clock.
        new.receive(2, None, &said(10, 4, "{}"), NOW).expect("well-formed");
        old.leave(1, NOW);
        let heard = new.hear(7, &old.take_unsaid().expect("it left"), NOW).expect("well-formed");
        assert!(heard.is_some() && all(&new).len() == 1);
        old.hear(8, &new.take_unsaid().expect("said again"), NOW).expect("well-formed");
        assert_eq!(all(&old), all(&new));
    }

    /// [PRES-9] The people of a node that died are gone.
    #[test]
    fn a_dead_node_leaves_no_ghosts() {
        let mut presence = Presence::default();
        presence.hear(7, &said(10, 1, "{}"), NOW).expect("well-formed");
        presence.hear(8, &said(11, 1, "{}"), NOW).expect("well-formed");
        assert!(presence.forget_nodes(|node| node == 7, NOW).is_some());
        assert_eq!(all(&presence), [(11, 1, "{}".to_owned())]);
        assert_eq!(presence.forget_nodes(|node| node == 7, NOW), None);
        // Its client comes to us, and with a clock that everybody takes for news.
        let heard = presence.receive(1, None, &said(10, 1, "{}"), NOW).expect("well-formed").expect("news");
        assert!(read(&heard.update).expect("well-formed")[0].1 > 1);
    }
}

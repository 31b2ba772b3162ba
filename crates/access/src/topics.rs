//! The listeners of this node and the topics that each watches. A notification names the topic but has no content,
//! which clients read over REST. Rights are not checked here, but by the callers (see [`crate::watchable`]).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use database::Change;
use hub::Outbox;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// A change that is at most this old when a client asks to watch the topic is reported at once, because a page reads
/// first and asks a moment later.
const RECENT_FOR: Duration = Duration::from_secs(10);
/// How long changes are kept for this purpose. Checking what a client may watch can take a minute, if the database
/// fails.
const KEPT_FOR: Duration = Duration::from_secs(90);
/// The number of changed topics that are kept, which take 80 KiB.
const MAX_RECENT: usize = 2_048;

/// The listeners of this node.
// The mutex is held only to look up the listeners of one topic, or to change what one listener watches, and never
// across an await.
#[derive(Default)]
pub struct Topics(Mutex<Registry>);

#[derive(Default)]
struct Registry {
    last_id: u64,
    listeners: HashMap<u64, Listening>,
    by_topic: HashMap<Change, HashSet<u64>>,
    /// The last time at which each topic changed.
    recent: HashMap<Change, Instant>,
}

struct Listening {
    outbox: Arc<Outbox>,
    watched: HashSet<Change>,
    /// The changed topics that the listener has not taken yet, a subset of `watched`.
    news: HashSet<Change>,
    wake: Arc<Notify>,
}

/// A socket that watches topics, until this is dropped.
pub struct Listener {
    topics: Arc<Topics>,
    id: u64,
    wake: Arc<Notify>,
}

impl Topics {
    /// Adds a listener for the socket of this outbox. It watches nothing yet.
    pub fn listen(self: &Arc<Self>, outbox: Arc<Outbox>) -> Listener {
        let wake = Arc::new(Notify::new());
        let mut registry = self.0.lock();
        registry.last_id += 1;
        let id = registry.last_id;
        let listening = Listening { outbox, watched: HashSet::new(), news: HashSet::new(), wake: wake.clone() };
        registry.listeners.insert(id, listening);
        Listener { topics: self.clone(), id, wake }
    }

    /// Notifies the listeners of a topic that it may have changed.
    pub fn publish(&self, topic: Change) {
        let mut registry = self.0.lock();
        registry.remember(topic, Instant::now());
        let Registry { by_topic, listeners, .. } = &mut *registry;
        for id in by_topic.get(&topic).into_iter().flatten() {
            if let Some(listening) = listeners.get_mut(id) {
                listening.news.insert(topic);
                listening.wake.notify_one();
            }
        }
    }

    /// Notifies all listeners that everything they watch may have changed, because changes were missed.
    pub fn publish_all(&self) {
        for listening in self.0.lock().listeners.values_mut() {
            listening.news.clone_from(&listening.watched);
            listening.wake.notify_one();
        }
    }

    /// The sockets with a listener.
    pub fn outboxes(&self) -> Vec<Arc<Outbox>> {
        self.0.lock().listeners.values().map(|listening| listening.outbox.clone()).collect()
    }
}

impl Registry {
    fn remember(&mut self, topic: Change, now: Instant) {
        self.recent.insert(topic, now);
        if self.recent.len() > MAX_RECENT {
            self.recent.retain(|_, at| now - *at <= KEPT_FOR);
        }
        if self.recent.len() > MAX_RECENT
            && let Some(oldest) = self.recent.iter().min_by_key(|(_, at)| **at).map(|(topic, _)| *topic)
        {
            self.recent.remove(&oldest);
        }
    }

    fn forget(&mut self, id: u64, topics: impl IntoIterator<Item = Change>) {
        for topic in topics {
            if let Some(ids) = self.by_topic.get_mut(&topic) {
                ids.remove(&id);
                if ids.is_empty() {
                    self.by_topic.remove(&topic);
                }
            }
        }
    }
}

impl Listener {
    /// The unique id of this listener.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Watches these topics and no others. `asked_at` is when the client asked to watch them.
    pub fn watch(&self, topics: HashSet<Change>, asked_at: Instant) {
        let mut registry = self.topics.0.lock();
        let Some(listening) = registry.listeners.get_mut(&self.id) else { return };
        let before = std::mem::replace(&mut listening.watched, topics.clone());
        listening.news.retain(|topic| topics.contains(topic));
        registry.forget(self.id, before.difference(&topics).copied());
        let added: HashSet<Change> = topics.difference(&before).copied().collect();
        for topic in &added {
            registry.by_topic.entry(*topic).or_default().insert(self.id);
        }
        let is_recent = |topic: &Change| registry.recent.get(topic).is_some_and(|at| *at + RECENT_FOR >= asked_at);
        let recent: Vec<Change> = added.into_iter().filter(is_recent).collect();
        if let Some(listening) = registry.listeners.get_mut(&self.id)
            && !recent.is_empty()
        {
            listening.news.extend(recent);
            listening.wake.notify_one();
        }
    }

    /// Resolves when [`Listener::take`] may return something.
    pub fn news(&self) -> impl Future<Output = ()> + Send + 'static {
        let wake = self.wake.clone();
        async move { wake.notified().await }
    }

    /// Returns the topics that have changed since the last call.
    pub fn take(&self) -> HashSet<Change> {
        let mut registry = self.topics.0.lock();
        registry.listeners.get_mut(&self.id).map(|listening| std::mem::take(&mut listening.news)).unwrap_or_default()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut registry = self.topics.0.lock();
        if let Some(listening) = registry.listeners.remove(&self.id) {
            registry.forget(self.id, listening.watched);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::{TcpListener, TcpStream};
    use vocabulary::{DocumentId, Topic, WorkspaceId};

    async fn outbox() -> Arc<Outbox> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let stream = TcpStream::connect(listener.local_addr().expect("bound")).await.expect("a connection");
        Outbox::new(stream.into_split().1)
    }

    /// [LIVE-1] Only listeners of a topic are notified, once for several changes, and nothing is left when they end.
    #[tokio::test]
    async fn only_listeners_of_a_topic_are_notified() {
        let topics = Arc::new(Topics::default());
        let (documents, thread) =
            (Change::Workspace(WorkspaceId::new(), Topic::Documents), Change::Comments(DocumentId::new()));
        let (one, other) = (topics.listen(outbox().await), topics.listen(outbox().await));
        one.watch(HashSet::from([documents]), Instant::now());
        other.watch(HashSet::from([thread]), Instant::now());
        topics.publish(documents);
        topics.publish(documents);
        one.news().await;
        assert_eq!(
            (one.take(), one.take(), other.take()),
            (HashSet::from([documents]), HashSet::new(), HashSet::new())
        );
        topics.publish(documents);
        one.watch(HashSet::from([thread]), Instant::now());
        assert_eq!(one.take(), HashSet::new(), "a topic that is no longer watched is not reported");
        drop((one, other));
        let registry = topics.0.lock();
        assert!(registry.listeners.is_empty() && registry.by_topic.is_empty());
    }

    /// [LIVE-5] A change shortly before a topic is watched is reported; one that was already reported is not repeated.
    #[tokio::test]
    async fn a_change_shortly_before_it_is_watched_is_reported() {
        let topics = Arc::new(Topics::default());
        let change = Change::Document(DocumentId::new());
        topics.publish(change);
        let listener = topics.listen(outbox().await);
        listener.watch(HashSet::from([change]), Instant::now());
        assert_eq!(listener.take(), HashSet::from([change]));
        listener.watch(HashSet::from([change]), Instant::now());
        assert_eq!(listener.take(), HashSet::new());
        // Checking what the client may watch took a while.
        let asked_at = Instant::now();
        topics.publish(change);
        let slow = topics.listen(outbox().await);
        slow.watch(HashSet::from([change]), asked_at + RECENT_FOR / 2);
        assert_eq!(slow.take(), HashSet::from([change]));
        slow.watch(HashSet::new(), asked_at);
        slow.watch(HashSet::from([change]), Instant::now() + 2 * RECENT_FOR);
        assert_eq!(slow.take(), HashSet::new(), "it was read since");
        for _ in 0..MAX_RECENT {
            topics.publish(Change::Document(DocumentId::new()));
        }
        let late = topics.listen(outbox().await);
        late.watch(HashSet::from([change]), Instant::now());
        assert_eq!((late.take(), topics.0.lock().recent.len()), (HashSet::new(), MAX_RECENT));
    }
}

//! Every bound of the hub, with its reason. crates/access/src/default.toml lists those that can be set.

use std::time::Duration;

use journal::Trim;

/// What waits for one socket. A phone on a train takes 1 MiB in seconds; more is memory lent to the slow.
pub const OUTBOX_BYTES: usize = 1 << 20;
/// A socket that takes less than this ...
pub const STALL_BYTES: usize = 64 << 10;
/// ... in this time is closed: it holds memory and gains nothing.
pub const STALL_TIME: Duration = Duration::from_secs(10);

/// One row of the journal. MongoDB takes 16 MiB, and a row must fit every journal.
pub const BATCH_BYTES: usize = 4 << 20;
/// What a room holds that is not in the log yet. Full, its sockets are not read.
pub const UNLOGGED_BYTES: usize = 8 << 20;
/// An append that takes longer than this ends its connections: they keep their edits and come back.
pub const UNLOGGED_TIME: Duration = Duration::from_secs(30);
/// How long a join or a read waits for a slow append.
pub const ANSWER_TIME: Duration = Duration::from_secs(5);
/// After this long a join is answered from the last durable encoding, where there is one.
pub const SLOW_APPEND: Duration = Duration::from_millis(100);

/// A client is asked for what it has after 0, 1, 2 and 4 seconds, then not again on this connection.
pub const ASKS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// Who sent a frame that cannot be read has time to see why before the next try.
pub const HELD_BACK: Duration = Duration::from_secs(600);

/// Replaying this much takes a tenth of a second; past it a snapshot is made.
pub const SNAPSHOT_ROWS: u64 = 2_000;
pub const SNAPSHOT_BYTES: usize = 1 << 20;

/// Reading 1 MiB again takes some 50 ms: a document that large stays in memory for a minute more than a small one
/// ([`Limits::quiet_document`]), so that reading takes a thousandth of the time at most.
pub const SLEEPS_LATER_PER_BYTE: Duration = Duration::from_micros(60);
/// A quiet document stays while so many rows are in no snapshot, which would all be read: 10 ms.
pub const SLEEPS_WITH_ROWS: u64 = 200;

/// So many documents are read at a time, and as many put away: a journal has some eight connections, and each that
/// waits for one is a thread with its stack.
pub const AT_ONCE: usize = 8;

/// So many documents are remembered that were made here and not opened yet; then they are forgotten, and their logs read.
pub const MADE_HERE: usize = 4_096;

/// How often rooms are looked at for what only time brings.
pub const TICK: Duration = Duration::from_millis(250);
/// So many ticks pass over a room in which nothing happened and nothing but presence runs out, which takes 30 s: of
/// 2,000 open documents nearly all are such, and a look at one takes 1.4 us, most of it waiting for memory.
pub const RESTS_FOR: u32 = 3;

/// How often the heads of open documents are read while the bus is down: edits cross in about a second ...
pub const POLL_DOWN: Duration = Duration::from_millis(500);
/// ... and while it is up, as a safety net.
pub const POLL_UP: Duration = Duration::from_secs(10);
/// What changed of presence goes to other nodes this often, and to everybody in a busy room, the newest of each
/// client: a caret that moves 25 times a second moves smoothly.
pub const PRESENCE_EVERY: Duration = Duration::from_millis(40);
/// One thread tells so many busy rooms; a room of ten takes some 50 us.
pub const TOLD_IN_A_ROW: usize = 64;
/// After a row of another node a room leaves it room for its next, this long.
pub const YIELDS_FOR: Duration = Duration::from_secs(1);
/// The row that took a number must be there to read; a primary that changes may take a moment to show it.
pub const LOST_RACE_READS: [Duration; 4] =
    [Duration::from_millis(10), Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2)];

/// Bounds that an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Estimated memory of all loaded documents. Past it empty rooms close early, and new ones are not opened.
    pub loaded_bytes: usize,
    /// A room without connections stays this long, for the reload of a page.
    pub idle_room: Duration,
    /// A small document that nobody has edited or joined for so long is not kept in memory, although its room is open;
    /// with a journal on this machine.
    pub quiet_document: Duration,
    /// Whether rows that two snapshots hold are emptied.
    pub trim: Trim,
}

impl Default for Limits {
    fn default() -> Self {
        // Eight of the largest documents, or some 20,000 ordinary ones.
        let (idle_room, quiet_document) = (Duration::from_secs(60), Duration::from_secs(5));
        Limits { loaded_bytes: 2 << 30, idle_room, quiet_document, trim: Trim::Nothing }
    }
}

//! All limits of the hub, with their reasons. crates/access/src/default.toml lists those that can be configured.

use std::time::Duration;

use journal::Trim;

/// Bytes queued for one socket. A phone on a train takes 1 MiB in seconds; more would be memory spent on slow readers.
pub const OUTBOX_BYTES: usize = 1 << 20;
/// A socket that takes less than this ...
pub const STALL_BYTES: usize = 64 << 10;
/// ... in this time is closed: it takes memory and does not catch up.
pub const STALL_TIME: Duration = Duration::from_secs(10);

/// Bytes of one row of the journal. MongoDB allows 16 MiB, and a row must fit every journal.
pub const BATCH_BYTES: usize = 4 << 20;
/// Bytes in a room that are not in the log yet. When it is reached, the sockets of the room are not read.
pub const UNLOGGED_BYTES: usize = 8 << 20;
/// An append that takes longer than this closes the room's connections: clients keep their edits and reconnect.
pub const UNLOGGED_TIME: Duration = Duration::from_secs(30);
/// How long a join or a read waits for a slow append.
pub const ANSWER_TIME: Duration = Duration::from_secs(5);
/// After this time a join is answered from the last durable encoding, if there is one.
pub const SLOW_APPEND: Duration = Duration::from_millis(100);

/// A client is asked for everything it has after 0, 1, 2 and 4 seconds, then not again on this connection.
pub const ASK_PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// How long the sender of an oversized frame may only read: time to see the reason before the next attempt.
pub const HELD_BACK: Duration = Duration::from_secs(600);

/// Replaying this much takes a tenth of a second; past it a snapshot is made.
pub const SNAPSHOT_ROWS: u64 = 2_000;
pub const SNAPSHOT_BYTES: usize = 1 << 20;

/// Extra time in memory for each byte, on top of [`Limits::quiet_document`]. Reading 1 MiB again takes some 50 ms, so
/// such a document stays a minute longer: reading takes at most a thousandth of the time.
pub const SLEEPS_LATER_PER_BYTE: Duration = Duration::from_micros(60);
/// A quiet document with more rows than this after its snapshot stays in memory: reading them would take 10 ms.
pub const SLEEPS_WITH_ROWS: u64 = 200;

/// Documents read at a time, and documents closed at a time: a journal has some eight connections, and every further
/// piece of work would only be a thread that waits for one.
pub const AT_ONCE: usize = 8;

/// The number of remembered documents that were created here and not opened yet. At the limit all are forgotten, and
/// their logs are read when they are opened.
pub const MADE_HERE: usize = 4_096;

/// How often each room is checked for work that is due by time.
pub const TICK: Duration = Duration::from_millis(250);
/// Ticks skipped for a room in which nothing happened and only presence can expire, which takes 30 s: nearly all of
/// 2,000 open documents are like that, and checking one takes 1.4 us, most of it waiting for memory.
pub const SKIPPED_TICKS: u32 = 3;

/// How often the heads of open documents are read while the bus is down: edits reach other nodes in about a second ...
pub const POLL_DOWN: Duration = Duration::from_millis(500);
/// ... and while it is up, as a safety net.
pub const POLL_UP: Duration = Duration::from_secs(10);
/// How often changed presence is sent to other nodes, and to all clients in a busy room, with the newest state of each
/// client: a caret that moves 25 times a second moves smoothly.
pub const PRESENCE_EVERY: Duration = Duration::from_millis(40);
/// Busy rooms whose presence one task sends; a room of ten takes some 50 us.
pub const ROOMS_PER_TASK: usize = 64;
/// How long after a row of another node a room still lets that node write the next one.
pub const YIELDS_FOR: Duration = Duration::from_secs(1);
/// Pauses between attempts to read the row that won a race; during a change of the primary it may take a moment to
/// appear.
pub const LOST_RACE_READS: [Duration; 4] =
    [Duration::from_millis(10), Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2)];

/// Limits that an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Estimated memory of all loaded documents. Near it empty rooms close early; at it no more documents are loaded.
    pub loaded_bytes: usize,
    /// How long a room without connections stays open, so that reloading a page is fast.
    pub idle_room: Duration,
    /// A small document that has not been edited or joined for this time leaves memory although its room is open, if
    /// the journal is on this machine.
    pub quiet_document: Duration,
    /// The largest state of presence.
    pub presence_bytes: usize,
    /// Whether rows that two snapshots contain are emptied.
    pub trim: Trim,
}

impl Default for Limits {
    fn default() -> Self {
        // Eight of the largest documents, or some 20,000 ordinary ones.
        let (idle_room, quiet_document) = (Duration::from_secs(60), Duration::from_secs(5));
        let presence_bytes = document::presence::STATE_BYTES;
        Limits { loaded_bytes: 2 << 30, idle_room, quiet_document, presence_bytes, trim: Trim::Nothing }
    }
}

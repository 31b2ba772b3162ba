//! All limits of the hub, with their reasons. crates/access/src/default.toml lists those that can be configured.

use std::time::Duration;

use journal::Trim;

/// Most bytes queued for one socket. A phone on a train receives 1 MiB in seconds; a larger queue would waste memory on
/// slow readers.
pub const OUTBOX_BYTES: usize = 1 << 20;
/// A socket that receives less than this ...
pub const STALL_BYTES: usize = 64 << 10;
/// ... within this time is closed, because it takes memory and does not catch up.
pub const STALL_TIME: Duration = Duration::from_secs(10);

/// Most bytes of one row of the journal. MongoDB allows 16 MiB, and a row must fit every kind of journal.
pub const BATCH_BYTES: usize = 4 << 20;
/// Most bytes in a room that are not in the log yet. At this limit, the sockets of the room are not read.
pub const UNLOGGED_BYTES: usize = 8 << 20;
/// If an append takes longer than this, the room's connections are closed. Clients keep their edits and reconnect.
pub const UNLOGGED_TIME: Duration = Duration::from_secs(30);
/// The longest time that a join or a read waits for a slow append.
pub const ANSWER_TIME: Duration = Duration::from_secs(5);
/// After this time a join is answered from the last durable encoding, if there is one.
pub const SLOW_APPEND: Duration = Duration::from_millis(100);

/// The pauses between requests to a client for everything it has. The first request is sent at once; after the last,
/// the client is not asked again on this connection.
pub const ASK_PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

/// How long the sender of an oversized frame may only read, so that a person can see the reason before the next
/// attempt.
pub const HELD_BACK: Duration = Duration::from_secs(600);

/// After this many rows, or `SNAPSHOT_BYTES`, a snapshot is made. Replaying them takes a tenth of a second.
pub const SNAPSHOT_ROWS: u64 = 2_000;
pub const SNAPSHOT_BYTES: usize = 1 << 20;

/// Extra time in memory for each byte, in addition to [`Limits::quiet_document`]. Reading 1 MiB again takes some 50 ms,
/// so a document of 1 MiB stays a minute longer. Thus reading takes at most a thousandth of the time.
pub const SLEEPS_LATER_PER_BYTE: Duration = Duration::from_micros(60);
/// A quiet document with more rows than this after its snapshot stays in memory: reading them would take 10 ms.
pub const SLEEPS_WITH_ROWS: u64 = 200;

/// Most documents that are read at a time, and most that are closed at a time. A journal has some eight connections, so
/// a further thread would only wait for one.
pub const AT_ONCE: usize = 8;

/// Most remembered documents that were created here and not opened yet. At the limit all are forgotten, and their logs
/// are read when they are opened.
pub const MADE_HERE: usize = 4_096;

/// How often each room is checked for work that is due by time.
pub const TICK: Duration = Duration::from_millis(250);
/// The number of ticks that are skipped for a room in which nothing happened and only presence can expire, which takes
/// 30 s. Nearly all of 2,000 open documents are in this state, and checking one takes 1.4 µs, most of it waiting for
/// memory.
pub const SKIPPED_TICKS: u32 = 3;

/// How often the heads of open documents are read while the bus is down: edits reach other nodes in about a second ...
pub const POLL_DOWN: Duration = Duration::from_millis(500);
/// ... and while it is up, as a safety net.
pub const POLL_UP: Duration = Duration::from_secs(10);
/// How often changed presence is sent to other nodes, and to all clients in a busy room, with the newest state of each
/// client: a caret that moves 25 times a second moves smoothly.
pub const PRESENCE_EVERY: Duration = Duration::from_millis(40);
/// The number of busy rooms whose presence one task sends; a room with ten clients takes some 50 µs.
pub const ROOMS_PER_TASK: usize = 64;
/// How long after a row of another node a room leaves the next row to that node.
pub const YIELDS_FOR: Duration = Duration::from_secs(1);
/// Pauses between attempts to read the row that won a race. During a change of the primary, the row may appear late.
pub const LOST_RACE_READS: [Duration; 4] =
    [Duration::from_millis(10), Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2)];

/// Limits that an operator may set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest estimated memory of all loaded documents. Near this limit, empty rooms close early; at the limit, no
    /// more documents are loaded.
    pub loaded_bytes: usize,
    /// How long a room without connections stays open, so that reloading a page is fast.
    pub idle_room: Duration,
    /// A small document that has not been edited or joined for this time leaves memory, even if its room is open.
    /// Applies only if the journal is on this machine.
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

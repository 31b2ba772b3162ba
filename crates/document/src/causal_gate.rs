//! The causal gate decides which blocks and deletions of a well-formed update are new and can be placed, and encodes
//! the admitted part again. It never touches the document.
//!
//! yrs must never hold a block whose dependencies it lacks (see ARCHITECTURE.md), so blocks that cannot be placed are
//! left out and the rest is admitted. The work is linear in the size of the update: a waiting section is woken by the
//! one dependency that it waits for, and never scanned again.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;

use crate::client_id_owners::{Author, Owners, Ownership};
use crate::lib0::{write_buf, write_varuint};
use crate::update::{Block, Deletion, HAS_ORIGIN, HAS_RIGHT_ORIGIN, Id, Kind, Section, Update, any_offset};
use crate::{ranges::ClockSet, refusal::Refusal};

/// The state that an update is checked against: everything that the document contains or has accepted.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The state vector.
    pub clocks: HashMap<u64, u32>,
    pub deleted: ClockSet,
    pub owners: Owners,
    /// `client id -> user` of the clients that are present now.
    pub speakers: HashMap<u64, Arc<str>>,
}

impl Known {
    /// Whether a client id without edits is held by another user's live presence. If `author` introduced this client
    /// id, `author` would own it, and the other user's next edits would be left out.
    pub fn is_taken(&self, client: u64, author: &Author) -> bool {
        author.ownership == Ownership::Enforce
            && self.owners.owner(client).is_none()
            && self.speakers.get(&client).is_some_and(|user| *user != author.user)
    }

    pub fn clock(&self, client: u64) -> u32 {
        self.clocks.get(&client).copied().unwrap_or(0)
    }

    /// Adds the admitted blocks, so that the next update is checked against them too.
    pub fn accept(&mut self, admission: &Admission, author: &Author) {
        for run in &admission.runs {
            self.clocks.insert(run.client, run.next_clock);
            self.owners.introduce(run.client, &author.user);
        }
        for deletion in &admission.deletions {
            self.deleted.insert(deletion.client, deletion.start..deletion.end);
        }
    }
}

/// The reasons why parts were not admitted. Neither reason is an offence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// A dependency is missing: the sender is asked for everything it has.
    pub holes: bool,
    /// Client ids of other users whose own edits have not reached the log. The sender is never asked for these edits.
    pub foreign: Vec<u64>,
}

impl LeftOut {
    pub fn is_empty(&self) -> bool {
        !self.holes && self.foreign.is_empty()
    }
}

/// Consecutive new blocks of one client: `blocks[first..end]`, without the first `trim` clocks, which are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    pub client: u64,
    pub first: usize,
    pub end: usize,
    pub trim: u32,
    pub next_clock: u32,
}

/// The part of an update that is admitted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admission {
    /// One run for each client, by descending client id.
    pub runs: Vec<Run>,
    /// The same blocks in causal order: each comes after its dependencies.
    pub causal: Vec<Run>,
    pub deletions: Vec<Deletion>,
    pub left_out: LeftOut,
    /// Whether the whole update is new and can be placed, so that its bytes can be kept unchanged.
    pub whole: bool,
}

impl Admission {
    pub fn is_nothing_new(&self) -> bool {
        self.runs.is_empty() && self.deletions.is_empty()
    }

    /// The number of admitted clocks.
    pub fn new_clocks(&self, update: &Update<'_>) -> u64 {
        let first_clock = |run: &Run| update.blocks[run.first].clock + run.trim;
        self.runs.iter().map(|run| u64::from(run.next_clock - first_clock(run))).sum()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    /// The section is still to be walked, or was walked to its end.
    None,
    Hole,
    Foreign,
    Waits(Id),
}

/// The progress of the gate in one section.
struct Progress {
    next: usize,
    /// The first clock of this client that is not known yet.
    reached: u32,
    accepted: Option<(usize, u32)>,
    stop: Stop,
}

/// Determines which part of `update` is admitted from `author`, given the known state.
pub fn judge(update: &Update<'_>, known: &Known, author: &Author) -> Admission {
    let gate = Gate::new(update, known, author);
    gate.run()
}

struct Gate<'u> {
    update: &'u Update<'u>,
    known: &'u Known,
    author: &'u Author,
    progress: Vec<Progress>,
    causal: Vec<Run>,
    /// Sections that wait for a client to pass a clock, soonest first.
    waiting: HashMap<u64, BinaryHeap<Reverse<(u32, usize)>>>,
}

impl<'u> Gate<'u> {
    fn new(update: &'u Update<'u>, known: &'u Known, author: &'u Author) -> Self {
        let begin = |section: &Section| Progress {
            next: section.first,
            reached: known.clock(section.client),
            accepted: None,
            stop: Stop::None,
        };
        let progress = update.sections.iter().map(begin).collect();
        Gate { update, known, author, progress, causal: Vec::new(), waiting: HashMap::new() }
    }

    fn run(mut self) -> Admission {
        let mut queue: Vec<usize> = (0..self.update.sections.len()).rev().collect();
        while let Some(index) = queue.pop() {
            let Progress { reached: before, next: first, .. } = self.progress[index];
            self.walk(index);
            let Progress { reached, next: end, accepted, .. } = self.progress[index];
            if reached == before {
                continue;
            }
            let client = self.update.sections[index].client;
            // Known blocks that were skipped lie before the first accepted block.
            let (first, trim) = accepted.filter(|(accepted, _)| *accepted >= first).unwrap_or((first, 0));
            self.causal.push(Run { client, first, end, trim, next_clock: reached });
            if let Some(waiting) = self.waiting.get_mut(&self.update.sections[index].client) {
                while waiting.peek().is_some_and(|Reverse((clock, _))| *clock < reached) {
                    let Some(Reverse((_, woken))) = waiting.pop() else {
                        break;
                    };
                    queue.push(woken);
                }
            }
        }
        self.conclude()
    }

    /// Accepts blocks of one section until one cannot be placed.
    fn walk(&mut self, index: usize) {
        let section = &self.update.sections[index];
        let may_write =
            self.known.owners.admits(section.client, self.author) && !self.known.is_taken(section.client, self.author);
        self.progress[index].stop = Stop::None;
        while self.progress[index].next < section.end {
            let at = self.progress[index].next;
            let block = &self.update.blocks[at];
            let reached = self.progress[index].reached;
            if block.next_clock() > reached {
                let stop = if !may_write {
                    Stop::Foreign
                } else if block.kind == Kind::Skip || block.clock > reached {
                    Stop::Hole
                } else {
                    self.first_missing(block).map_or(Stop::None, Stop::Waits)
                };
                if stop != Stop::None {
                    if let Stop::Waits(on) = stop {
                        self.waiting.entry(on.client).or_default().push(Reverse((on.clock, index)));
                    }
                    self.progress[index].stop = stop;
                    return;
                }
                let progress = &mut self.progress[index];
                progress.accepted.get_or_insert((at, reached - block.clock));
                progress.reached = block.next_clock();
            }
            self.progress[index].next += 1;
        }
    }

    fn first_missing(&self, block: &Block) -> Option<Id> {
        block.dependencies().find(|on| on.clock >= self.reached(on.client))
    }

    fn section_of(&self, client: u64) -> Option<usize> {
        self.update.sections.binary_search_by(|section| client.cmp(&section.client)).ok()
    }

    fn reached(&self, client: u64) -> u32 {
        self.section_of(client).map_or_else(|| self.known.clock(client), |index| self.progress[index].reached)
    }

    fn conclude(mut self) -> Admission {
        let causal = std::mem::take(&mut self.causal);
        let mut admission = Admission { whole: true, causal, ..Admission::default() };
        let causes = self.causes();
        for (index, section) in self.update.sections.iter().enumerate() {
            let progress = &self.progress[index];
            match progress.accepted {
                Some((first, trim)) => {
                    admission.whole &= first == section.first && trim == 0 && progress.next == section.end;
                    let next_clock = progress.reached;
                    admission.runs.push(Run { client: section.client, first, end: progress.next, trim, next_clock });
                }
                None => admission.whole = false,
            }
            match causes[index] {
                Stop::Hole => admission.left_out.holes = true,
                Stop::Foreign => admission.left_out.foreign.push(section.client),
                Stop::None | Stop::Waits(_) => {}
            }
        }
        self.judge_deletions(&causes, &mut admission);
        admission
    }

    /// The reason why each section stopped: a hole, another user's block, or none.
    fn causes(&self) -> Vec<Stop> {
        let mut causes: Vec<Stop> = self.progress.iter().map(|progress| progress.stop).collect();
        for (index, section) in self.update.sections.iter().enumerate() {
            let rest = &self.update.blocks[self.progress[index].next..section.end];
            if rest.iter().all(|block| block.kind == Kind::Skip) {
                causes[index] = Stop::None; // a hole at the end hides no block
            }
        }
        for start in 0..causes.len() {
            let mut path = Vec::new();
            let mut at = start;
            let cause = loop {
                let Stop::Waits(on) = causes[at] else {
                    break causes[at];
                };
                path.push(at);
                // Marked as a hole while on the path, so that sections that wait for each other count as a hole.
                causes[at] = Stop::Hole;
                match self.section_of(on.client) {
                    Some(next) if causes[next] != Stop::None => at = next,
                    _ => break Stop::Hole,
                }
            };
            for index in path {
                causes[index] = cause;
            }
        }
        causes
    }

    fn judge_deletions(&self, causes: &[Stop], admission: &mut Admission) {
        for deletion in &self.update.deletions {
            let reached = self.reached(deletion.client);
            if deletion.end > reached {
                admission.whole = false;
                match self.section_of(deletion.client).map(|index| causes[index]) {
                    Some(Stop::Foreign) => {}
                    _ => admission.left_out.holes = true,
                }
            }
            let end = deletion.end.min(reached);
            if deletion.start >= end {
                continue;
            }
            let before = admission.deletions.len();
            for run in self.known.deleted.missing(deletion.client, deletion.start..end) {
                admission.deletions.push(Deletion { client: deletion.client, start: run.start, end: run.end });
            }
            admission.whole &= admission.deletions[before..] == [*deletion];
        }
    }
}

/// Writes the admitted part as an update of its own.
///
/// # Errors
/// [`Refusal::Malformed`] when a block cannot be cut where it must be.
pub fn encode(update: &Update<'_>, admission: &Admission) -> Result<Vec<u8>, Refusal> {
    encode_runs(update, &admission.runs, &admission.deletions)
}

/// Most clients given to yrs in one update. yrs walks the clients of an update recursively and compares each waiting
/// client with all others, so a hundred thousand clients would overflow its stack.
pub const CLIENTS_AT_ONCE: usize = 512;

/// Writes the admitted part as several updates, to be applied in this order.
///
/// # Errors
/// As [`encode`].
pub fn encode_in_pieces(update: &Update<'_>, admission: &Admission) -> Result<Vec<Vec<u8>>, Refusal> {
    let mut pieces = Vec::new();
    for piece in admission.causal.chunks(CLIENTS_AT_ONCE) {
        let mut by_client: Vec<Run> = Vec::with_capacity(piece.len());
        let mut sorted = piece.to_vec();
        // The sort is stable: the runs of one client stay in order, and each begins where the run before it ended.
        sorted.sort_by_key(|run| Reverse(run.client));
        for run in sorted {
            match by_client.last_mut() {
                Some(last) if last.client == run.client => (last.end, last.next_clock) = (run.end, run.next_clock),
                _ => by_client.push(run),
            }
        }
        pieces.push(encode_runs(update, &by_client, &[])?);
    }
    pieces.push(encode_runs(update, &[], &admission.deletions)?);
    Ok(pieces)
}

fn encode_runs(update: &Update<'_>, runs: &[Run], deletions: &[Deletion]) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::new();
    write_varuint(&mut out, runs.len() as u64);
    for run in runs {
        let first = &update.blocks[run.first];
        write_varuint(&mut out, (run.end - run.first) as u64);
        write_varuint(&mut out, run.client);
        write_varuint(&mut out, u64::from(first.clock + run.trim));
        let mut whole_from = first.start as usize;
        if run.trim > 0 {
            write_tail(&mut out, update.bytes, run.client, first, run.trim)?;
            whole_from = first.end as usize;
        }
        let end = update.blocks[run.end - 1].end as usize;
        out.extend_from_slice(&update.bytes[whole_from..end]);
    }
    write_deletions(&mut out, deletions);
    Ok(out)
}

/// Writes a block without its first `trim` clocks, as Yjs does in `Item.write(encoder, offset)`:
/// its origin becomes the clock just before.
fn write_tail(out: &mut Vec<u8>, bytes: &[u8], client: u64, block: &Block, trim: u32) -> Result<(), Refusal> {
    let content = &bytes[block.content as usize..block.end as usize];
    if block.kind == Kind::Gc {
        out.push(0);
        write_varuint(out, u64::from(block.len - trim));
        return Ok(());
    }
    out.push(block.info | HAS_ORIGIN);
    write_varuint(out, client);
    write_varuint(out, u64::from(block.clock + trim - 1));
    if let Some(right) = block.right_origin {
        debug_assert!(block.info & HAS_RIGHT_ORIGIN != 0, "the flag and the id come together");
        write_varuint(out, right.client);
        write_varuint(out, u64::from(right.clock));
    }
    match block.kind {
        Kind::Deleted => write_varuint(out, u64::from(block.len - trim)),
        Kind::Any => {
            write_varuint(out, u64::from(block.len - trim));
            out.extend_from_slice(&content[any_offset(content, trim)?..]);
        }
        Kind::Text => {
            let mut reader = crate::lib0::Reader::new(content);
            write_buf(out, text_tail(reader.string()?, trim).as_bytes());
        }
        // A block of these kinds has one clock, so it is either known or new as a whole.
        Kind::Gc | Kind::Skip | Kind::Binary | Kind::Embed | Kind::Format | Kind::Type | Kind::Document => {
            return Err(Refusal::Malformed("a block of one element cannot be cut"));
        }
    }
    Ok(())
}

/// `text` without its first `trim` UTF-16 units. A halved surrogate pair becomes U+FFFD, as in Yjs.
fn text_tail(text: &str, trim: u32) -> std::borrow::Cow<'_, str> {
    let mut units = 0;
    for (at, c) in text.char_indices() {
        match units {
            units if units == trim => return text[at..].into(),
            units if units > trim => return format!("\u{fffd}{}", &text[at..]).into(),
            _ => units += c.len_utf16() as u32,
        }
    }
    if units > trim { "\u{fffd}".into() } else { "".into() }
}

fn write_deletions(out: &mut Vec<u8>, deletions: &[Deletion]) {
    let by_client: Vec<&[Deletion]> = deletions.chunk_by(|a, b| a.client == b.client).collect();
    write_varuint(out, by_client.len() as u64);
    for ranges in by_client {
        write_varuint(out, ranges[0].client);
        write_varuint(out, ranges.len() as u64);
        for range in ranges {
            write_varuint(out, u64::from(range.start));
            write_varuint(out, u64::from(range.end - range.start));
        }
    }
}

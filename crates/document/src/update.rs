//! The linter: reads a Yjs v1 update without trusting it, before yrs sees a byte. Its allocations are proportional to
//! the input, never to a declared count, and it copies no content.
//!
//! Format: `UpdateEncoderV1` of yjs 13.6. ARCHITECTURE.md, "The firewall", explains what each rule prevents.

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::lib0::{MAX_SAFE_INTEGER, Reader, write_varuint};
use crate::refusal::Refusal;
use crate::verbatim::Returned;

/// Largest depth of nested values. Deeper values could overflow the stack of a decoder.
pub const MAX_ANY_DEPTH: usize = 32;

/// Most blocks in an update. A loaded block takes about 200 bytes, so a million take the 250 MiB that a loaded document
/// may have.
pub const MAX_BLOCKS: usize = 1_000_000;

/// Most blocks in the state of a document, including the marks of deleted content.
pub const MAX_STATE_BLOCKS: usize = 3 * MAX_BLOCKS;

/// Id of one element of the document: the client that created it, and that client's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id {
    pub client: u64,
    pub clock: u32,
}

/// The parent that a block declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parent {
    /// The parent of the block's origin. In this case, Yjs writes no parent.
    Inherited,
    /// A root type, by name.
    Root,
    Item(Id),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Gc,
    Skip,
    Deleted,
    Binary,
    Text,
    Embed,
    Format,
    Type,
    Any,
    /// A sub-document: its guid and options.
    Document,
}

impl Kind {
    /// The number of sub-documents in the format.
    pub(crate) const DOCUMENT: u8 = 9;
}

/// A run of `len` clocks, and the place of its bytes in the update.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    pub clock: u32,
    pub len: u32,
    pub kind: Kind,
    pub info: u8,
    pub origin: Option<Id>,
    pub right_origin: Option<Id>,
    pub parent: Parent,
    /// The offset of the whole block in the update; `content` is the offset of its content after the header.
    pub start: u32,
    pub content: u32,
    pub end: u32,
}

impl Block {
    /// Whether the block is the value of a key of its parent, and not an element of the parent's list.
    pub(crate) fn has_key(&self) -> bool {
        self.parent != Parent::Inherited && self.info & HAS_PARENT_SUB != 0
    }

    /// The clock after the last one of this block.
    pub fn next_clock(&self) -> u32 {
        self.clock + self.len
    }

    /// The dependencies that must be known before this block can be placed.
    pub fn dependencies(&self) -> impl Iterator<Item = Id> {
        let parent = match self.parent {
            Parent::Item(id) => Some(id),
            Parent::Inherited | Parent::Root => None,
        };
        [self.origin, self.right_origin, parent].into_iter().flatten()
    }
}

/// All blocks of one client in an update, by ascending clock, without gaps (a gap is a Skip block).
#[derive(Clone, Debug)]
pub struct Section {
    pub client: u64,
    /// Index of the section's first block; `end` is the index after its last block.
    pub first: usize,
    pub end: usize,
}

/// A run of deleted clocks: `start..end` of `client`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deletion {
    pub client: u64,
    pub start: u32,
    pub end: u32,
}

/// A well-formed update, which is still to be checked against a document.
#[derive(Clone, Debug)]
pub struct Update<'a> {
    pub bytes: &'a [u8],
    pub sections: Vec<Section>,
    pub blocks: Vec<Block>,
    pub deletions: Vec<Deletion>,
    /// Offset of the delete set.
    pub deletions_at: usize,
}

pub(crate) const HAS_ORIGIN: u8 = 0x80;
pub(crate) const HAS_RIGHT_ORIGIN: u8 = 0x40;
const HAS_PARENT_SUB: u8 = 0x20;
const KIND_MASK: u8 = 0x1f;

impl<'a> Update<'a> {
    /// The encoded state vector of the update; `None` unless the update has all clocks of each client that it names.
    pub fn state_vector(&self) -> Option<Bytes> {
        let is_whole = |section: &Section| {
            let blocks = &self.blocks[section.first..section.end];
            blocks.first().is_some_and(|first| first.clock == 0) && blocks.iter().all(|block| block.kind != Kind::Skip)
        };
        let end = |section: &Section| self.blocks[section.first..section.end].last().map(Block::next_clock);
        let clocks = self.sections.iter().filter_map(|section| Some((section.client, end(section)?)));
        self.sections.iter().all(is_whole).then(|| encode_state_vector(clocks))
    }

    /// Reads an update to its last byte.
    ///
    /// # Errors
    /// The first rule that the update breaks.
    pub fn parse(bytes: &'a [u8]) -> Result<Update<'a>, Refusal> {
        Update::parse_within(bytes, MAX_BLOCKS)
    }

    /// Like [`Update::parse`], for the state of a document, which may have more blocks than an update.
    ///
    /// # Errors
    /// The first rule that the state breaks.
    pub fn parse_state(bytes: &'a [u8]) -> Result<Update<'a>, Refusal> {
        Update::parse_within(bytes, 2 * MAX_STATE_BLOCKS)
    }

    fn parse_within(bytes: &'a [u8], most_blocks: usize) -> Result<Update<'a>, Refusal> {
        if u32::try_from(bytes.len()).is_err() {
            return Err(Refusal::TooLarge);
        }
        let mut reader = Reader::new(bytes);
        let section_count = reader.count()?;
        let mut update = Update {
            bytes,
            sections: Vec::with_capacity(section_count.min(64)),
            blocks: Vec::with_capacity(section_count.min(64)),
            deletions: Vec::new(),
            deletions_at: 0,
        };
        for _ in 0..section_count {
            update.read_section(&mut reader, most_blocks)?;
        }
        update.deletions_at = reader.position();
        update.read_deletions(&mut reader, most_blocks)?;
        if !reader.is_empty() {
            return Err(Refusal::Malformed("bytes follow the update"));
        }
        Ok(update)
    }

    pub fn blocks_of(&self, section: &Section) -> &[Block] {
        &self.blocks[section.first..section.end]
    }

    /// The block that contains `id`.
    pub(crate) fn block_of(&self, id: Id) -> Option<usize> {
        let section = self.sections.binary_search_by(|section| id.client.cmp(&section.client)).ok()?;
        let section = &self.sections[section];
        let index = self.blocks_of(section).partition_point(|block| block.next_clock() <= id.clock);
        (section.first + index < section.end).then_some(section.first + index)
    }

    pub(crate) fn client_of(&self, block: usize) -> u64 {
        let section = self.sections.partition_point(|section| section.end <= block);
        self.sections[section].client
    }

    /// The root that a block names as its parent.
    pub(crate) fn root_of(&self, block: &Block) -> Option<&'a str> {
        let mut reader = Reader::new(&self.bytes[block.start as usize + 1..block.content as usize]);
        match (block.parent, reader.varuint()) {
            (Parent::Root, Ok(1)) => reader.string().ok(),
            _ => None,
        }
    }

    /// The number that Yjs gives to the shared type in a block.
    pub(crate) fn type_of(&self, block: &Block) -> Option<u64> {
        let content = &self.bytes[block.content as usize..block.end as usize];
        (block.kind == Kind::Type).then(|| Reader::new(content).varuint().ok()).flatten()
    }

    /// Refuses content that would make the document unreadable. Content that is already in a log is not checked again.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`], [`Refusal::Malformed`].
    pub(crate) fn refuse_unreadable(&self) -> Result<(), Refusal> {
        for block in &self.blocks {
            let mut reader = Reader::new(&self.bytes[block.content as usize..block.end as usize]);
            match block.kind {
                // yrs neither reads nor writes the name of an XML hook.
                Kind::Type if reader.varuint()? == HOOK => return Err(Refusal::Unsupported("an XML hook")),
                // Yjs reads a key of the options without checking that they are an object.
                Kind::Document => {
                    reader.string()?;
                    if reader.byte()? != OBJECT {
                        return Err(Refusal::Malformed("the options of a sub-document are no object"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The name of an XML element; `None` for other blocks.
    pub(crate) fn element_name(&self, block: &Block) -> Option<&str> {
        let mut reader = Reader::new(&self.bytes[block.content as usize..block.end as usize]);
        let is_element = block.kind == Kind::Type && matches!(reader.varuint(), Ok(3 | 5));
        is_element.then(|| reader.string().ok()).flatten()
    }

    fn read_section(&mut self, reader: &mut Reader<'a>, most_blocks: usize) -> Result<(), Refusal> {
        let block_count = reader.count()?;
        let client = client_id(reader)?;
        let mut clock = self::clock(reader)?;
        // Yjs sorts its sections like this, and so a client cannot appear twice.
        if self.sections.last().is_some_and(|before| before.client <= client) {
            return Err(Refusal::Malformed("client sections are not in descending order"));
        }
        if self.blocks.len() + block_count > most_blocks {
            return Err(Refusal::TooManyBlocks(most_blocks));
        }
        let first = self.blocks.len();
        for _ in 0..block_count {
            let block = read_block(reader, Id { client, clock })?;
            clock = block.next_clock();
            self.blocks.push(block);
        }
        self.sections.push(Section { client, first, end: self.blocks.len() });
        Ok(())
    }

    fn read_deletions(&mut self, reader: &mut Reader<'a>, most_blocks: usize) -> Result<(), Refusal> {
        let client_count = reader.count()?;
        for _ in 0..client_count {
            let client = client_id(reader)?;
            let range_count = reader.count()?;
            if self.deletions.len() + range_count > most_blocks {
                return Err(Refusal::TooManyBlocks(most_blocks));
            }
            let mut after = 0;
            for _ in 0..range_count {
                let start = clock(reader)?;
                let len = clock(reader)?;
                let end = start.checked_add(len).filter(|end| *end < MAX_CLOCK).ok_or(CLOCK_TOO_LARGE)?;
                if len == 0 || start < after {
                    return Err(Refusal::Malformed("deleted ranges are empty or out of order"));
                }
                after = end;
                self.deletions.push(Deletion { client, start, end });
            }
        }
        Ok(())
    }
}

/// Clocks are signed 32-bit numbers inside yrs.
const MAX_CLOCK: u32 = 1 << 31;
const CLOCK_TOO_LARGE: Refusal = Refusal::Malformed("a clock is too large");

pub(crate) fn client_id(reader: &mut Reader<'_>) -> Result<u64, Refusal> {
    let client = reader.varuint()?;
    debug_assert!(client <= MAX_SAFE_INTEGER, "varuint is bounded");
    Ok(client)
}

pub(crate) fn clock(reader: &mut Reader<'_>) -> Result<u32, Refusal> {
    u32::try_from(reader.varuint()?).ok().filter(|clock| *clock < MAX_CLOCK).ok_or(CLOCK_TOO_LARGE)
}

/// Visits the blocks of an update in order, without keeping them.
///
/// # Errors
/// When the blocks cannot be read. Some blocks may have been visited before.
pub(crate) fn each_block(update: &[u8], mut visit: impl FnMut(Id, &Block)) -> Result<(), Refusal> {
    let mut reader = Reader::new(update);
    for _ in 0..reader.count()? {
        let block_count = reader.count()?;
        let mut at = Id { client: client_id(&mut reader)?, clock: clock(&mut reader)? };
        for _ in 0..block_count {
            let block = read_block(&mut reader, at)?;
            visit(at, &block);
            at.clock = block.next_clock();
        }
    }
    Ok(())
}

fn id(reader: &mut Reader<'_>) -> Result<Id, Refusal> {
    Ok(Id { client: client_id(reader)?, clock: clock(reader)? })
}

fn read_block(reader: &mut Reader<'_>, at: Id) -> Result<Block, Refusal> {
    let start = reader.position();
    let info = reader.byte()?;
    let mut block = Block {
        clock: at.clock,
        len: 0,
        kind: kind(info)?,
        info,
        origin: None,
        right_origin: None,
        parent: Parent::Inherited,
        start: start as u32,
        content: 0,
        end: 0,
    };
    if !matches!(block.kind, Kind::Gc | Kind::Skip) {
        read_header(reader, &mut block)?;
    }
    block.content = reader.position() as u32;
    block.len = read_content(reader, block.kind)?;
    block.end = reader.position() as u32;

    if block.len == 0 {
        return Err(Refusal::Malformed("a block is empty"));
    }
    if block.clock.checked_add(block.len).is_none_or(|next| next >= MAX_CLOCK) {
        return Err(CLOCK_TOO_LARGE);
    }
    // Of its own clocks, a client's block can only depend on earlier ones.
    if block.dependencies().any(|on| on.client == at.client && on.clock >= at.clock) {
        return Err(Refusal::Malformed("a block refers to itself or to a later one"));
    }
    Ok(block)
}

fn kind(info: u8) -> Result<Kind, Refusal> {
    match info & KIND_MASK {
        0 if info == 0 => Ok(Kind::Gc),
        10 if info == 10 => Ok(Kind::Skip),
        1 => Ok(Kind::Deleted),
        2 => Err(Refusal::Unsupported("legacy JSON content")),
        3 => Ok(Kind::Binary),
        4 => Ok(Kind::Text),
        5 => Ok(Kind::Embed),
        6 => Ok(Kind::Format),
        7 => Ok(Kind::Type),
        8 => Ok(Kind::Any),
        Kind::DOCUMENT => Ok(Kind::Document),
        11 => Err(Refusal::Unsupported("a move")),
        _ => Err(Refusal::Malformed("this kind of block is unknown")),
    }
}

fn read_header(reader: &mut Reader<'_>, block: &mut Block) -> Result<(), Refusal> {
    if block.info & HAS_ORIGIN != 0 {
        block.origin = Some(id(reader)?);
    }
    if block.info & HAS_RIGHT_ORIGIN != 0 {
        block.right_origin = Some(id(reader)?);
    }
    if block.origin.is_some() || block.right_origin.is_some() {
        return Ok(()); // parent and key are those of the neighbour, whatever the key flag says
    }
    block.parent = match reader.varuint()? {
        1 => {
            reader.string()?;
            Parent::Root
        }
        0 => Parent::Item(id(reader)?),
        _ => return Err(Refusal::Malformed("a parent is neither a name nor an id")),
    };
    if block.info & HAS_PARENT_SUB != 0 {
        reader.string()?;
    }
    Ok(())
}

/// Reads the content and returns how many clocks it covers.
fn read_content(reader: &mut Reader<'_>, kind: Kind) -> Result<u32, Refusal> {
    match kind {
        Kind::Gc | Kind::Skip | Kind::Deleted => clock(reader),
        Kind::Binary => reader.buf().map(|_| 1),
        Kind::Text => Ok(utf16_len(reader.string()?)),
        Kind::Embed => json(reader).map(|()| 1),
        Kind::Format => {
            reader.string()?;
            json(reader).map(|()| 1)
        }
        Kind::Type => {
            match reader.varuint()? {
                3 | HOOK => reader.string().map(drop)?, // an XML element or hook has a name
                0 | 1 | 2 | 4 | 6 => {}
                _ => return Err(Refusal::Unsupported("this shared type")),
            }
            Ok(1)
        }
        Kind::Any => {
            let count = reader.count()?;
            for _ in 0..count {
                skip_any(reader, 0)?;
            }
            Ok(count as u32)
        }
        Kind::Document => {
            reader.string()?;
            skip_any(reader, 0).map(|_| 1)
        }
    }
}

/// The first byte of an object in lib0's encoding of any value.
const OBJECT: u8 = 118;
/// The number of XML hooks among the shared types.
const HOOK: u64 = 5;

/// Length as Yjs counts it: UTF-16 code units.
pub(crate) fn utf16_len(text: &str) -> u32 {
    if text.is_ascii() { text.len() as u32 } else { text.chars().map(|c| c.len_utf16() as u32).sum() }
}

fn json(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    let text = reader.string()?;
    if deepest_bracket(text.as_bytes()) > MAX_ANY_DEPTH {
        return Err(Refusal::TooDeep(MAX_ANY_DEPTH));
    }
    serde_json::from_str::<IgnoredAny>(text).map(drop).map_err(|_| Refusal::Malformed("embedded JSON does not parse"))
}

/// Nesting depth of brackets outside of strings.
fn deepest_bracket(json: &[u8]) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'[' | b'{') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Walks over one lib0 `any` value. Returns whether yrs would write the value in the same way.
pub(crate) fn skip_any(reader: &mut Reader<'_>, depth: usize) -> Result<Returned, Refusal> {
    if depth > MAX_ANY_DEPTH {
        return Err(Refusal::TooDeep(MAX_ANY_DEPTH));
    }
    let mut returned = Returned::AsWritten;
    match reader.byte()? {
        127 | 126 | 121 | 120 => {} // undefined, null, false, true
        125 => {
            let from = reader.position();
            reader.skip_varint()?;
            // Negative zero.
            returned = if reader.since(from) == [0x40] { Returned::Changed } else { returned };
        }
        124 => drop(reader.take(4)?),
        123 => drop(reader.take(8)?),
        122 => {
            reader.take(8)?;
            returned = Returned::Changed;
        }
        119 => drop(reader.string()?),
        118 => {
            let keys = reader.count()?;
            returned = if keys > 1 { Returned::Changed } else { returned };
            for _ in 0..keys {
                reader.string()?;
                returned = returned.and(skip_any(reader, depth + 1)?);
            }
        }
        117 => {
            for _ in 0..reader.count()? {
                returned = returned.and(skip_any(reader, depth + 1)?);
            }
        }
        116 => drop(reader.buf()?),
        _ => return Err(Refusal::Malformed("this kind of value is unknown")),
    }
    Ok(returned)
}

/// The offset in `content` of the n-th Any value of a block.
pub(crate) fn any_offset(content: &[u8], skip: u32) -> Result<usize, Refusal> {
    let mut reader = Reader::new(content);
    reader.varuint()?;
    for _ in 0..skip {
        skip_any(&mut reader, 0)?;
    }
    Ok(reader.position())
}

/// Reads a state vector: `client -> next clock`.
///
/// # Errors
/// [`Refusal::Malformed`] when the bytes are not exactly one state vector.
pub fn read_state_vector(bytes: &[u8]) -> Result<Vec<(u64, u32)>, Refusal> {
    let mut reader = Reader::new(bytes);
    let count = reader.count()?;
    let mut entries = Vec::with_capacity(count.min(4096));
    for _ in 0..count {
        entries.push((client_id(&mut reader)?, clock(&mut reader)?));
    }
    if reader.is_empty() { Ok(entries) } else { Err(Refusal::Malformed("bytes follow the state vector")) }
}

/// Writes a state vector as Yjs does, the highest client first.
pub fn encode_state_vector(clocks: impl IntoIterator<Item = (u64, u32)>) -> Bytes {
    let mut clocks: Vec<_> = clocks.into_iter().collect();
    clocks.sort_unstable_by(|a, b| b.cmp(a));
    let mut out = Vec::with_capacity(2 + clocks.len() * 10);
    write_varuint(&mut out, clocks.len() as u64);
    for (client, clock) in clocks {
        write_varuint(&mut out, client);
        write_varuint(&mut out, u64::from(clock));
    }
    out.into()
}

//! The size of a document and its limits: for the content, and for the marks that Yjs keeps of deleted content.

use crate::causal_gate::Admission;
use crate::refusal::Refusal;
use crate::update::{Kind, MAX_BLOCKS, MAX_STATE_BLOCKS, each_block};

/// Largest encoded size of a document's content. Loaded content takes about 21 times as much memory: 250 MiB.
pub const MAX_DOCUMENT_BYTES: usize = 12 << 20;

/// How large a document may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxSize {
    /// The size of the content.
    pub content: Size,
    /// The size of the content together with the marks that Yjs keeps of deleted content. A mark cannot be removed:
    /// later content refers to it.
    pub total: Size,
}

impl MaxSize {
    /// The default limits. The total is larger than the content because two keys of a map that are overwritten in turn
    /// leave 9 bytes and a block each time, which cannot be merged: two million of these take 18 MiB. A document of the
    /// largest size takes 750 MiB when it is loaded.
    pub const DEFAULT: MaxSize = MaxSize {
        content: Size { bytes: MAX_DOCUMENT_BYTES, blocks: MAX_BLOCKS },
        total: Size { bytes: 3 * MAX_DOCUMENT_BYTES, blocks: MAX_STATE_BLOCKS },
    };
}

/// A part of a document, in encoded bytes and in blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    pub bytes: usize,
    pub blocks: usize,
}

impl Size {
    fn plus(self, other: Size) -> Size {
        Size { bytes: self.bytes + other.bytes, blocks: self.blocks + other.blocks }
    }

    pub(crate) fn fits(self, most: Size) -> bool {
        self.bytes <= most.bytes && self.blocks <= most.blocks
    }
}

/// The size of the document; an upper bound between two exact counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counted {
    pub content: Size,
    pub total: Size,
    /// Whether nothing was added since the exact count.
    pub is_exact: bool,
}

impl Counted {
    pub(crate) fn exactly(state: &[u8]) -> Result<Counted, Refusal> {
        let mut counted = Counted { is_exact: true, ..Counted::default() };
        counted.total.bytes = state.len();
        each_block(state, |_, block| {
            counted.total.blocks += 1;
            if !matches!(block.kind, Kind::Deleted | Kind::Gc) {
                let bytes = (block.end - block.start) as usize;
                counted.content = counted.content.plus(Size { bytes, blocks: 1 });
            }
        })?;
        Ok(counted)
    }

    pub(crate) fn plus(self, Growth { content, total }: Growth) -> Counted {
        Counted { content: self.content.plus(content), total: self.total.plus(total), is_exact: false }
    }

    pub(crate) fn check(self, most: MaxSize) -> Result<(), Refusal> {
        match (self.content.fits(most.content), self.total.fits(most.total)) {
            (true, true) => Ok(()),
            (false, _) => Err(Refusal::TooLarge),
            (true, false) => Err(Refusal::TooMuchDeleted),
        }
    }
}

/// The most by which an update can make a document larger.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Growth {
    pub content: Size,
    pub total: Size,
}

impl Growth {
    pub(crate) fn of(admission: &Admission, bytes: usize) -> Growth {
        let blocks = admission.runs.iter().map(|run| run.end - run.first).sum();
        // A deletion makes room for content, but may divide the blocks at its ends.
        let content = if admission.runs.is_empty() { Size::default() } else { Size { bytes, blocks } };
        Growth { content, total: Size { bytes, blocks: blocks + 2 * admission.deletions.len() } }
    }
}

//! The plain text of a document, and the shared type that each stretch comes from.
//!
//! Offsets are UTF-16 code units in [`Prose::to_text`](crate::prose::Prose::to_text), so that a program without Yjs can
//! count them.

use std::collections::HashMap;

use yrs::branch::{Branch, BranchID, BranchPtr};
use yrs::types::Attrs;
use yrs::types::text::YChange;
use yrs::{Any, Out, ReadTxn, StateVector, Text, TextRef, XmlElementRef};

use crate::media::{self, MediaPlace};
use crate::nesting::MAX_NESTING;
use crate::prose::{MAX_NODES, ROOT, is_line_name};

pub(crate) fn units(text: &str) -> u32 {
    text.encode_utf16().count() as u32
}

/// Replaces U+0000 by U+FFFD, as Markdown does, because Postgres could not store a quote with U+0000.
fn shown(unit: u16) -> u16 {
    if unit == 0 { 0xfffd } else { unit }
}

/// A stretch of a shared type, and its place in the plain text.
pub(crate) struct Piece {
    pub(crate) branch: BranchPtr,
    /// Index in its shared type.
    pub(crate) at: u32,
    pub(crate) start: u32,
    /// The length in UTF-16 units; 0 for the position before a child that is not text.
    pub(crate) len: u32,
    pub(crate) block: u32,
    pub(crate) attributes: Attrs,
}

/// The plain text, and the shared type that each stretch comes from.
pub(crate) struct TextMap {
    pub(crate) text: Vec<u16>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) by_branch: HashMap<BranchID, Vec<usize>>,
    /// The state vector of the document.
    pub(crate) vector: StateVector,
    pub(crate) media: Vec<MediaPlace>,
    has_line: bool,
    block: u32,
    left: usize,
}

impl TextMap {
    pub(crate) fn read<T: ReadTxn>(txn: &T) -> TextMap {
        let mut map = TextMap {
            text: Vec::new(),
            pieces: Vec::new(),
            by_branch: HashMap::new(),
            vector: txn.state_vector(),
            media: Vec::new(),
            has_line: false,
            block: 0,
            left: MAX_NODES,
        };
        if let Some(root) = txn.get_xml_fragment(ROOT) {
            map.walk(txn, root.as_ref(), 0, false);
        }
        map
    }

    fn note(&mut self, branch: BranchPtr, at: u32, len: u32, attributes: Attrs) {
        self.by_branch.entry(branch.id()).or_default().push(self.pieces.len());
        let start = self.text.len() as u32;
        self.pieces.push(Piece { branch, at, start, len, block: self.block, attributes });
    }

    /// Walks in the order of the plain text, with the same line breaks.
    fn walk<T: ReadTxn>(&mut self, txn: &T, parent: &Branch, depth: usize, in_line: bool) {
        if depth >= MAX_NESTING {
            return;
        }
        let branch = BranchPtr::from(parent);
        let mut at = 0;
        for chunk in TextRef::from(branch).diff(txn, YChange::identity) {
            if self.left == 0 {
                break;
            }
            self.left -= 1;
            if let Out::Any(Any::String(run)) = &chunk.insert {
                if !in_line {
                    self.begin_line();
                }
                self.note(branch, at, units(run), chunk.attributes.map(|all| *all).unwrap_or_default());
                self.text.extend(run.encode_utf16().map(shown));
                at += units(run);
                continue;
            }
            match &chunk.insert {
                Out::YXmlElement(element) => {
                    let begins = !in_line && is_line(txn, element);
                    if begins {
                        self.begin_line();
                    }
                    self.note(branch, at, 0, Attrs::new());
                    if let Some((media, label)) = media::shown(txn, element) {
                        let from = self.text.len() as u32;
                        self.media.push(MediaPlace { media, label, from, block: self.block });
                    }
                    if in_line && element.tag().as_ref() == "hardBreak" {
                        self.text.push(u16::from(b'\n'));
                    } else {
                        self.walk(txn, element.as_ref(), depth + 1, in_line || begins);
                    }
                }
                Out::YXmlText(text) => {
                    self.note(branch, at, 0, Attrs::new());
                    self.walk(txn, text.as_ref(), depth + 1, in_line);
                }
                Out::YXmlFragment(fragment) => {
                    self.note(branch, at, 0, Attrs::new());
                    self.walk(txn, fragment.as_ref(), depth + 1, in_line);
                }
                _ => {}
            }
            at += 1;
            if depth == 0 {
                self.block += 1;
            }
        }
        self.note(branch, at, 0, Attrs::new());
    }

    fn begin_line(&mut self) {
        if self.has_line {
            self.text.push(u16::from(b'\n'));
        }
        self.has_line = true;
    }
}

/// Whether a node is a line in the plain text; the same rule as [`crate::prose::Node::is_line`].
fn is_line<T: ReadTxn>(txn: &T, element: &XmlElementRef) -> bool {
    is_line_name(element.tag()) || holds_text(txn, element.as_ref(), 0)
}

fn holds_text<T: ReadTxn>(txn: &T, parent: &Branch, depth: usize) -> bool {
    let text = |chunk: yrs::types::text::Diff<YChange>| match chunk.insert {
        Out::Any(Any::String(run)) => !run.is_empty(),
        Out::YXmlText(text) => depth < MAX_NESTING && holds_text(txn, text.as_ref(), depth + 1),
        Out::YXmlFragment(inner) => depth < MAX_NESTING && holds_text(txn, inner.as_ref(), depth + 1),
        _ => false,
    };
    TextRef::from(BranchPtr::from(parent)).diff(txn, YChange::identity).into_iter().any(text)
}

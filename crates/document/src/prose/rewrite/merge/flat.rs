//! Text as a sequence of characters and breaks, both live and as shown, and the live place of each shown character.

use yrs::branch::{Branch, BranchPtr};
use yrs::types::Attrs;
use yrs::{TransactionMut, XmlElementRef, XmlTextRef};

use crate::prose::differences::{Hunk, differences};
use crate::prose::footnotes::FOOTNOTE;
use crate::prose::rewrite::live::{Run, There, existing};
use crate::prose::tree::{Mark, Node, PAGE_LINK, is_picture};

/// A break between lines or blocks. The number is not a character of Unicode.
const BREAK: u32 = 0x11_0000;

/// Nodes as Markdown shows them.
pub(super) struct Flat<'a> {
    codes: Vec<u32>,
    /// The marks of each character; a break has none.
    pub marks: Vec<&'a [Mark]>,
}

impl<'a> Flat<'a> {
    pub fn of(nodes: &'a [Node]) -> Flat<'a> {
        let mut flat = Flat { codes: Vec::new(), marks: Vec::new() };
        flat.blocks(nodes, &mut false);
        flat
    }

    fn blocks(&mut self, nodes: &'a [Node], started: &mut bool) {
        for node in nodes {
            match node {
                Node::Text { .. } => self.inline(std::slice::from_ref(node)),
                Node::Element { children, .. } if is_leaf(node) => {
                    if *started {
                        self.push_break();
                    }
                    *started = true;
                    self.inline(children);
                }
                Node::Element { children, .. } => self.blocks(children, started),
            }
        }
    }

    fn inline(&mut self, nodes: &'a [Node]) {
        for node in nodes {
            match node {
                Node::Text { text, marks } => {
                    self.codes.extend(text.chars().map(u32::from));
                    self.marks.resize(self.codes.len(), marks);
                }
                Node::Element { name, children, .. } => {
                    (0..breaks_of(name)).for_each(|_| self.push_break());
                    self.inline(children);
                }
            }
        }
    }

    fn push_break(&mut self) {
        self.codes.push(BREAK);
        self.marks.push(&[]);
    }

    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// The places of the lines, without the breaks between them.
    pub fn lines(&self) -> Vec<std::ops::Range<usize>> {
        let breaks = (0..self.len()).filter(|at| self.codes[*at] == BREAK).chain([self.len()]);
        let mut start = 0;
        breaks.map(|at| std::mem::replace(&mut start, at + 1)..at).collect()
    }

    pub fn cut(&self, range: std::ops::Range<usize>) -> Flat<'a> {
        Flat { codes: self.codes[range.clone()].to_vec(), marks: self.marks[range].to_vec() }
    }

    /// The characters of one line.
    pub fn text(&self) -> String {
        self.codes.iter().filter_map(|code| char::from_u32(*code)).collect()
    }
}

/// Whether a node is a line, or takes the place of a line.
fn is_leaf(node: &Node) -> bool {
    match node {
        Node::Element { name, .. } => node.is_line() || is_picture(name) || name == "horizontalRule",
        Node::Text { .. } => true,
    }
}

/// The number of breaks that a node in a line makes. An image is shown as a block, which divides the line.
fn breaks_of(inline: &str) -> usize {
    match inline {
        // A page link and a footnote have no letters of their own; the text before and after them is edited separately.
        "hardBreak" | PAGE_LINK | FOOTNOTE => 1,
        name if is_picture(name) => 2,
        _ => 0,
    }
}

/// The place of a character: the index of its text, its offset and its length, in UTF-16.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    pub leaf: usize,
    pub at: u32,
    pub len: u32,
    run: usize,
}

/// The live text under an element.
pub(super) struct Live {
    pub leaves: Vec<(XmlTextRef, Vec<Run>)>,
    codes: Vec<u32>,
    spots: Vec<Option<Spot>>,
    /// In a cell, the lines of a code block are separated by breaks.
    divides_code: bool,
}

impl Live {
    pub fn of(txn: &TransactionMut<'_>, element: &XmlElementRef, node: &Node) -> Live {
        let is_cell =
            matches!(node, Node::Element { name, .. } if matches!(name.as_str(), "tableCell" | "tableHeader"));
        let mut live = Live { leaves: Vec::new(), codes: Vec::new(), spots: Vec::new(), divides_code: is_cell };
        match is_leaf(node) {
            true => live.inline(txn, element, false),
            false => live.blocks(txn, element, &mut false),
        }
        live
    }

    fn blocks(&mut self, txn: &TransactionMut<'_>, parent: &XmlElementRef, started: &mut bool) {
        for (_, _, there) in existing(txn, BranchPtr::from(AsRef::<Branch>::as_ref(parent))) {
            match there {
                There::Text(text, runs) => self.text(text, runs, false),
                There::Element(element, node) if is_leaf(&node) => {
                    if *started {
                        self.push_break();
                    }
                    *started = true;
                    let is_code = matches!(&node, Node::Element { name, .. } if name == "codeBlock");
                    self.inline(txn, &element, is_code && self.divides_code);
                }
                There::Element(element, _) => self.blocks(txn, &element, started),
                There::Stray | There::Missing => {}
            }
        }
    }

    fn inline(&mut self, txn: &TransactionMut<'_>, parent: &XmlElementRef, divided: bool) {
        for (_, _, there) in existing(txn, BranchPtr::from(AsRef::<Branch>::as_ref(parent))) {
            match there {
                There::Text(text, runs) => self.text(text, runs, divided),
                There::Element(element, Node::Element { name, .. }) => {
                    (0..breaks_of(&name)).for_each(|_| self.push_break());
                    self.inline(txn, &element, divided);
                }
                There::Element(..) | There::Stray | There::Missing => {}
            }
        }
    }

    fn text(&mut self, text: XmlTextRef, runs: Vec<Run>, divided: bool) {
        let (leaf, mut at) = (self.leaves.len(), 0);
        for (run, Run { text, .. }) in runs.iter().enumerate() {
            for c in text.chars() {
                let len = c.len_utf16() as u32;
                match c {
                    '\n' if divided => self.push_break(),
                    c => {
                        self.codes.push(c.into());
                        self.spots.push(Some(Spot { leaf, at, len, run }));
                    }
                }
                at += len;
            }
        }
        self.leaves.push((text, runs));
    }

    fn push_break(&mut self) {
        self.codes.push(BREAK);
        self.spots.push(None);
    }

    pub fn attributes(&self, spot: Spot) -> &Attrs {
        &self.leaves[spot.leaf].1[spot.run].attributes
    }

    /// The live place of each shown character. White space that is shown differently, such as a line feed in code, has
    /// a live place; signs that Markdown adds have none.
    pub fn spots_of(&self, shown: &Flat<'_>) -> Vec<Option<Spot>> {
        if self.codes == shown.codes {
            return self.spots.clone();
        }
        let mut spots = vec![None; shown.len()];
        let (mut live_at, mut shown_at) = (0, 0);
        for Hunk { before: live, after: there } in
            differences(self.codes.iter().copied(), shown.codes.iter().copied(), false)
        {
            spots[shown_at..there.start].clone_from_slice(&self.spots[live_at..live.start]);
            (live_at, shown_at) = (live.end, there.end);
            if live.len() == there.len() {
                for (at, from) in there.zip(live).filter(|(at, _)| shown.codes[*at] != BREAK) {
                    spots[at] = self.spots[from];
                }
            }
        }
        spots[shown_at..].clone_from_slice(&self.spots[live_at..]);
        spots
    }
}

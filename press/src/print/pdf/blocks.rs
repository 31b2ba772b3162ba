//! The blocks of a text as values for the template.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use typst::foundations::{Array, Content, Dict, IntoValue, Str, Value};
use typst::text::{LinebreakElem, TextElem};

use super::text;
use crate::palette::{callout_kind, callout_title, callouts, side};
use crate::print::description::{Chapter, Node, Print};
use crate::print::grid::{Cell, Grid};
use crate::print::tracked::How;

/// The maximum depth of containers. typst lays out 72 levels, of which each container takes some.
const MOST_DEPTH: usize = 12;

pub struct Blocks<'a> {
    pub(super) print: &'a Print,
    pub(super) folder: &'a Path,
    pub headings: usize,
    /// How many runs of each thread are still to come.
    pub(super) runs_left: HashMap<u32, usize>,
    /// The ids of the documents in this file.
    pub(super) inside: HashSet<&'a str>,
    /// Threads that are printed. Others may still be named in the text.
    pub(super) threads: HashSet<u32>,
    /// For each thread, the number that readers see, in the order of the text.
    pub(super) notes: BTreeMap<u32, usize>,
}

pub(super) fn dict<const N: usize>(kind: &str, entries: [(&str, Value); N]) -> Value {
    let mut dict = Dict::new();
    dict.insert(Str::from("kind"), text(kind));
    for (name, value) in entries {
        dict.insert(Str::from(name), value);
    }
    Value::Dict(dict)
}

impl<'a> Blocks<'a> {
    pub fn new(print: &'a Print, folder: &'a Path) -> Blocks<'a> {
        let inside = print.chapters.iter().map(|chapter| chapter.id.as_str()).filter(|id| !id.is_empty()).collect();
        let threads = print.chapters.iter().flat_map(|chapter| &chapter.threads).map(|thread| thread.number).collect();
        Blocks { print, folder, headings: 0, runs_left: HashMap::new(), inside, threads, notes: BTreeMap::new() }
    }

    pub fn chapter(&mut self, chapter: &Chapter) -> Value {
        count_runs(&chapter.doc, &mut self.runs_left);
        self.headings += usize::from(chapter.depth > 0);
        let blocks = self.blocks(&chapter.doc.content, 0, chapter.depth);
        let mut numbered: Vec<_> = chapter.threads.iter().map(|thread| (self.note(thread.number), thread)).collect();
        numbered.sort_by_key(|(number, _)| *number);
        let notes: Array = numbered
            .into_iter()
            .map(|(number, thread)| {
                let remarks: Array = thread
                    .comments
                    .iter()
                    .map(|comment| {
                        let date = comment.at.get(..10).unwrap_or_default();
                        dict(
                            "remark",
                            [("author", text(&comment.author)), ("date", text(date)), ("text", text(&comment.text))],
                        )
                    })
                    .collect();
                let entries = [
                    ("number", (number as i64).into_value()),
                    ("quote", text(&thread.quote)),
                    ("closed", thread.is_closed.into_value()),
                    ("remarks", remarks.into_value()),
                ];
                dict("note", entries)
            })
            .collect();
        let entries = [
            ("title", text(&chapter.title)),
            ("id", text(&chapter.id)),
            ("depth", (chapter.depth as i64).into_value()),
            ("blocks", blocks),
            ("notes", notes.into_value()),
        ];
        dict("chapter", entries)
    }

    pub(super) fn blocks(&mut self, nodes: &[Node], depth: usize, lower: usize) -> Value {
        let mut blocks = Vec::new();
        for node in nodes {
            self.block(node, depth, lower, &mut blocks);
        }
        blocks.into_iter().collect::<Array>().into_value()
    }

    fn block(&mut self, node: &Node, depth: usize, lower: usize, blocks: &mut Vec<Value>) {
        let nests = matches!(
            node.kind.as_str(),
            "blockquote" | "callout" | "details" | "bulletList" | "orderedList" | "taskList" | "table"
        );
        if nests && depth >= MOST_DEPTH {
            return node.content.iter().for_each(|child| self.block(child, depth, lower, blocks));
        }
        if !node.note().is_empty() {
            blocks.push(dict("note", [("body", text(node.note()))]));
        }
        blocks.push(match node.kind.as_str() {
            "heading" => {
                self.headings += 1;
                let level = node.number("level").unwrap_or(1).clamp(1, 6) as i64 + lower as i64;
                let body = self.inline(&node.content);
                dict("heading", [("level", level.into_value()), ("align", text(side(node))), ("body", body)])
            }
            "codeBlock" if node.content.iter().any(|run| run.tracked().is_some()) && node.tracked().is_none() => {
                dict("lines", [("body", self.inline(&node.content))])
            }
            "codeBlock" if node.tracked().is_none() => self.shown(node),
            "blockquote" => dict("quote", [("blocks", self.blocks(&node.content, depth + 1, lower))]),
            "callout" => self.callout(node, depth, lower),
            "details" => {
                let (summary, rest) = match node.content.split_first() {
                    Some((first, rest)) if first.kind == "detailsSummary" => (&first.content[..], rest),
                    _ => (&[][..], &node.content[..]),
                };
                let summary = self.inline(summary);
                dict("details", [("summary", summary), ("blocks", self.blocks(rest, depth + 1, lower))])
            }
            "bulletList" | "orderedList" | "taskList" => self.list(node, depth, lower),
            "table" => self.table(node, depth, lower),
            "horizontalRule" if node.tracked().is_none() => self.shown(node),
            "image" | "file" | "embed" | "horizontalRule" | "codeBlock" if node.tracked().is_some() => {
                self.framed(node)
            }
            "image" | "file" | "embed" => self.shown(node),
            _ if node.is_inline() => {
                dict("paragraph", [("align", text("")), ("body", self.inline(std::slice::from_ref(node)))])
            }
            _ if node.is_line() => {
                dict("paragraph", [("align", text(side(node))), ("body", self.inline(&node.content))])
            }
            _ => return node.content.iter().for_each(|child| self.block(child, depth, lower, blocks)),
        });
    }

    /// A block that cannot have marks in it, in a frame that shows how the block was changed.
    fn framed(&mut self, node: &Node) -> Value {
        let how = node.tracked().map_or(Value::None, |change| how(change.how));
        let block = self.shown(node);
        dict("framed", [("how", how), ("blocks", [block].into_iter().collect::<Array>().into_value())])
    }

    fn shown(&mut self, node: &Node) -> Value {
        match node.kind.as_str() {
            "image" => self.image(node),
            "embed" => dict("embed", [("body", self.card(node).into_value())]),
            "file" => dict("file", [("name", text(node.string("name")))]),
            "codeBlock" => dict("code", [("body", self.code(node))]),
            _ => dict("rule", []),
        }
    }

    /// A card: its title and its address, both as a link.
    fn card(&self, node: &Node) -> Content {
        let (href, title) = (node.string("href"), node.string("title"));
        let words = |words| self.linked(TextElem::packed(super::inline::divisible(words)), href, "");
        match title {
            "" => words(href),
            title => Content::sequence([words(title).strong(), LinebreakElem::shared().clone(), words(href)]),
        }
    }

    fn callout(&mut self, node: &Node, depth: usize, lower: usize) -> Value {
        let wanted = callout_kind(node.string("kind"));
        let (_, ink, ground) = callouts().find(|(kind, ..)| *kind == wanted).unwrap_or((wanted, "000000", "FFFFFF"));
        let entries = [
            ("title", text(callout_title(wanted, &self.print.language))),
            ("ink", text(ink)),
            ("ground", text(ground)),
            ("blocks", self.blocks(&node.content, depth + 1, lower)),
        ];
        dict("callout", entries)
    }

    fn list(&mut self, node: &Node, depth: usize, lower: usize) -> Value {
        let items: Array = node
            .content
            .iter()
            .map(|item| {
                let is_checked = item.attrs.get("checked").is_some_and(|checked| checked == true);
                let blocks = self.blocks(&item.content, depth + 1, lower);
                dict("item", [("checked", is_checked.into_value()), ("blocks", blocks)])
            })
            .collect();
        let is_tight = node.content.iter().all(|item| item.content.iter().filter(|child| child.is_line()).count() < 2);
        let numbering = match node.string("type") {
            "a" => "a.",
            "A" => "A.",
            "i" => "i.",
            "I" => "I.",
            _ => "1.",
        };
        let entries = [
            ("items", items.into_value()),
            ("tight", is_tight.into_value()),
            ("start", i64::from(node.number("start").unwrap_or(1)).into_value()),
            ("numbering", text(numbering)),
        ];
        dict(&node.kind, entries)
    }

    fn table(&mut self, node: &Node, depth: usize, lower: usize) -> Value {
        let grid = Grid::of(node);
        let mut cells = Vec::new();
        for (row, placed) in grid.rows.iter().enumerate() {
            for cell in placed.iter().filter(|cell| !cell.continues) {
                cells.push(self.cell(cell, row, depth, lower));
            }
        }
        let entries = [
            ("columns", grid.shares().into_iter().map(Value::Float).collect::<Array>().into_value()),
            ("header", (grid.header_rows as i64).into_value()),
            ("cells", cells.into_iter().collect::<Array>().into_value()),
        ];
        dict("table", entries)
    }

    fn cell(&mut self, cell: &Cell<'_>, row: usize, depth: usize, lower: usize) -> Value {
        let entries = [
            ("x", (cell.column as i64).into_value()),
            ("y", (row as i64).into_value()),
            ("colspan", (cell.columns as i64).into_value()),
            ("rowspan", (cell.rows as i64).into_value()),
            ("header", cell.is_header().into_value()),
            ("align", text(cell.node.string("align"))),
            ("change", cell.node.tracked().map_or(Value::None, |change| how(change.how))),
            ("blocks", self.blocks(&cell.node.content, depth + 1, lower)),
        ];
        dict("cell", entries)
    }

    /// The number that readers see for a thread.
    pub(super) fn note(&mut self, thread: u32) -> usize {
        let next = self.notes.len() + 1;
        *self.notes.entry(thread).or_insert(next)
    }
}

/// The template's name for a kind of change.
pub(super) fn how(how: How) -> Value {
    text(match how {
        How::Inserted => "inserted",
        How::Deleted => "deleted",
        How::MovedTo => "moved-to",
        How::MovedFrom => "moved-from",
        How::Formatted => "formatted",
        How::Changed => "changed",
    })
}

fn count_runs(node: &Node, runs: &mut HashMap<u32, usize>) {
    for number in node.threads() {
        *runs.entry(number).or_default() += 1;
    }
    node.content.iter().for_each(|child| count_runs(child, runs));
}

//! Passages in the tree: the runs of text that belong to a passage carry a mark with the number of the passage.
//! Printing uses the mark to show comments beside their words. The editor does not have this mark, and no document
//! contains it.

use std::ops::Range;

use serde_json::json;

use super::tree::{Mark, Node, Prose};

/// The name of the mark. Its attribute `threads` is a list of numbers.
const MARK: &str = "comment";

impl Prose {
    /// Marks passages. Their offsets are UTF-16 code units in [`Prose::to_text`], like the offsets of places.
    pub fn annotated(self, passages: &[(u32, Range<u32>)]) -> Prose {
        if passages.is_empty() {
            return self;
        }
        let mut walk = Walk { passages, at: 0, has_line: false };
        Prose(walk.nodes(self.0, false))
    }
}

struct Walk<'a> {
    passages: &'a [(u32, Range<u32>)],
    at: u32,
    has_line: bool,
}

impl Walk<'_> {
    fn begin_line(&mut self) {
        self.at += u32::from(std::mem::replace(&mut self.has_line, true));
    }

    fn nodes(&mut self, nodes: Vec<Node>, in_line: bool) -> Vec<Node> {
        let mut marked = Vec::with_capacity(nodes.len());
        for node in nodes {
            let begins = !in_line && (matches!(node, Node::Text { .. }) || node.is_line());
            if begins {
                self.begin_line();
            }
            match node {
                Node::Text { text, marks } => self.text(&text, &marks, &mut marked),
                Node::Element { name, attributes, children } => {
                    self.at += u32::from(in_line && name == "hardBreak");
                    let children = self.nodes(children, in_line || begins);
                    marked.push(Node::Element { name, attributes, children });
                }
            }
        }
        marked
    }

    /// Divides a text where passages begin and end.
    fn text(&mut self, text: &str, marks: &[Mark], runs: &mut Vec<Node>) {
        let end = self.at + text.encode_utf16().count() as u32;
        let near: Vec<_> = self.passages.iter().filter(|(_, range)| range.start < end && range.end > self.at).collect();
        let mut run = String::new();
        let mut numbers: Vec<u32> = Vec::new();
        for character in text.chars() {
            let here: Vec<u32> =
                near.iter().filter(|(_, range)| range.contains(&self.at)).map(|(number, _)| *number).collect();
            if here != numbers && !run.is_empty() {
                runs.push(marked(std::mem::take(&mut run), marks, &numbers));
            }
            numbers = here;
            run.push(character);
            self.at += character.len_utf16() as u32;
        }
        if !run.is_empty() {
            runs.push(marked(run, marks, &numbers));
        }
    }
}

fn marked(text: String, marks: &[Mark], numbers: &[u32]) -> Node {
    let mut marks = marks.to_vec();
    if !numbers.is_empty() {
        marks.push(Mark { name: MARK.to_owned(), attributes: json!({ "threads": numbers }) });
    }
    Node::Text { text, marks }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// [PDF-4] Passages are at the offsets of the plain text, across marks, breaks, blocks and characters of two units.
    #[test]
    fn passages_are_found_by_their_offsets() {
        let doc = json!({ "type": "doc", "content": [
            { "type": "paragraph", "content": [
                { "type": "text", "text": "a😀b" }, { "type": "hardBreak" },
                { "type": "text", "text": "bold", "marks": [{ "type": "bold" }] }, { "type": "text", "text": "c" },
            ] },
            { "type": "horizontalRule" },
            { "type": "bulletList", "content": [{ "type": "listItem", "content": [
                { "type": "paragraph", "content": [{ "type": "text", "text": "item" }] },
            ] }] },
        ] });
        let prose = Prose::from_json(&doc).expect("valid");
        let text: Vec<u16> = prose.to_text().encode_utf16().collect();
        for from in 0..text.len() {
            for to in from + 1..=text.len() {
                let expected = String::from_utf16_lossy(&text[from..to]).replace('\n', "");
                // No place has an offset within a character of two units.
                if expected.contains('\u{fffd}') {
                    continue;
                }
                let mut found = String::new();
                let annotated = prose.clone().annotated(&[(7, from as u32..to as u32), (8, 0..1)]);
                annotated.0.iter().for_each(|node| collect(node, &mut found));
                assert_eq!(found, expected, "{from}..{to}");
                assert_eq!(annotated.to_text(), prose.to_text());
            }
        }
    }

    fn collect(node: &Node, found: &mut String) {
        match node {
            Node::Text { text, marks } => {
                if marks.iter().any(|mark| mark.name == MARK && mark.attributes["threads"].to_string().contains('7')) {
                    found.push_str(text);
                }
            }
            Node::Element { children, .. } => children.iter().for_each(|child| collect(child, found)),
        }
    }
}

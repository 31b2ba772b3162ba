//! Documents generated from `schema.json`: every node, mark and attribute, with odd text, so that a node that is added
//! to the schema is tested without a change here.

use std::collections::BTreeMap;

use document::prose::{Mark, Node, Prose};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
struct Schema {
    nodes: BTreeMap<String, NodeType>,
    marks: BTreeMap<String, MarkType>,
}

#[derive(Deserialize)]
struct NodeType {
    content: String,
    group: String,
    marks: Option<String>,
    attributes: Map<String, Value>,
}

#[derive(Deserialize)]
struct MarkType {
    excludes: Option<String>,
    attributes: Map<String, Value>,
}

/// Pieces of text that formats and their parsers treat specially.
const ODD: [&str; 78] = [
    "|",
    "||",
    "\\|",
    "`",
    "``",
    "`a`",
    "[",
    "]",
    "[x]",
    "[ ] ",
    "](",
    "!",
    "Look out!",
    "![",
    "(",
    ")",
    "<",
    ">",
    "<b>",
    "</b>",
    "<br>",
    "<!-- a -->",
    "<!--",
    "-->",
    "<u>",
    "<code>",
    "&",
    "&amp;",
    "&#35;",
    "&nbsp;",
    "&lt",
    "*",
    "**",
    "***",
    "_",
    "__",
    "a_b",
    "~",
    "~~",
    "#",
    "# ",
    "1.",
    "1) ",
    "- ",
    "+ ",
    "> ",
    "---",
    "===",
    ":-",
    "|---|",
    "```",
    "~~~",
    "\\",
    "\\\\",
    "^",
    "$x$",
    "http://a.example/b_c",
    "www.a.example",
    "a@b.example",
    "\"",
    "'",
    "—",
    "שלום",
    "مرحبا",
    "\u{202e}abc\u{202c}",
    "e\u{301}",
    "n\u{303}\u{323}",
    "\u{3000}",
    "\u{a0}",
    "\u{200b}",
    "\u{200d}",
    "\u{feff}",
    "👩‍🚀",
    "漢字",
    "🇳🇴",
    "\u{85}",
    "\u{2028}",
    "=",
];

const SPACES: [&str; 8] = [" ", " ", " ", " ", "", "  ", "\u{a0}", "\u{3000}"];

const ADDRESSES: [&str; 12] = [
    "https://example.org/a",
    "https://example.org/a|b",
    "https://example.org/(a",
    "https://example.org/a)b(c)",
    "https://example.org/?a=b&c=d&amp;e=1",
    "https://example.org/a*b_c_[d]`e`",
    "https://example.org/a<b>c",
    "https://example.org/a\\b\"c'd",
    "https://example.org/ü/漢?q=a%20b",
    "https://example.org/a b",
    "/api/v1/files/1",
    "/a!b#c~~d~~",
];

const LANGUAGES: [&str; 15] = [
    "rust",
    "c++",
    "c#",
    "f*",
    "objective-c",
    "x86asm",
    "{.r}",
    "a`b",
    "a&amp;b",
    "a\\b",
    "日本",
    "~",
    "<b>",
    "language-js",
    "two words",
];

const DOCUMENTS: [&str; 2] = ["019b3c52-7d1e-7000-8000-0123456789ab", "019b3c52-7d1e-7000-8000-ba9876543210"];

pub struct Author {
    rng: StdRng,
    words: usize,
    /// The number of nodes that may still be made. Without a limit, nested content would grow exponentially.
    left: usize,
    schema: Schema,
}

impl Author {
    pub fn new(seed: u64) -> Author {
        let schema = serde_json::from_str(include_str!("../../src/prose/schema.json")).expect("the schema");
        Author { rng: StdRng::seed_from_u64(seed), words: 0, left: 60, schema }
    }

    /// A document that the editor accepts. It contains each of its words of the form `word7x` once.
    pub fn document(&mut self) -> Prose {
        let Node::Element { children, .. } = self.node("doc", 0) else { unreachable!("doc is an element") };
        let doc = Prose(children);
        Prose::from_json(&doc.to_json()).unwrap_or_else(|error| panic!("{error}: {}", doc.to_json()))
    }

    /// The number of words of the form `word7x`.
    pub fn words(&self) -> usize {
        self.words
    }

    pub fn rng(&mut self) -> &mut StdRng {
        &mut self.rng
    }

    fn node(&mut self, name: &str, depth: usize) -> Node {
        let kind = &self.schema.nodes[name];
        let (content, defaults) = (kind.content.clone(), kind.attributes.clone());
        let has_marks = kind.marks.as_deref() != Some("");
        let mut attributes: Map<String, Value> =
            defaults.iter().map(|(key, default)| (key.clone(), self.attribute(key, default))).collect();
        // An image shows an attachment, or an address on another site.
        if name == "image" && self.rng.random_bool(0.5) {
            attributes.remove("attachment");
        }
        // A card shows a page on the web.
        if let Some(Value::String(href)) = attributes.get_mut("href")
            && name == "embed"
            && href.starts_with('/')
        {
            href.insert_str(0, "https://example.org");
        }
        let mut children = Vec::new();
        for term in terms(&content) {
            let most = if depth == 0 { 6 } else { 3 };
            let count = match term.chars().last() {
                Some('+') => self.rng.random_range(1..=most),
                Some('*') => self.rng.random_range(0..=most),
                Some('?') => self.rng.random_range(0..=1),
                _ => 1,
            };
            for _ in 0..count {
                let name = self.one_of(&term, depth);
                self.left = self.left.saturating_sub(1);
                children.push(match name.as_str() {
                    "text" => self.text(has_marks),
                    name => self.node(name, depth + 1),
                });
            }
        }
        Node::Element { name: name.to_owned(), attributes, children }
    }

    /// A node that a term of a content expression allows.
    fn one_of(&mut self, term: &str, depth: usize) -> String {
        let wanted: Vec<&str> =
            term.trim_end_matches(['+', '*', '?']).trim_matches(['(', ')']).split('|').map(str::trim).collect();
        let is_a = |(name, kind): &(&String, &NodeType)| {
            wanted.iter().any(|wanted| name == wanted || kind.group.split(' ').any(|group| group == *wanted))
        };
        let mut names: Vec<String> = self.schema.nodes.iter().filter(is_a).map(|(name, _)| name.clone()).collect();
        if depth > 4 || self.left == 0 {
            let flat = |name: &String| !self.schema.nodes[name].content.contains(['+']);
            if names.iter().any(flat) {
                names.retain(flat);
            }
        }
        // Half of all blocks are paragraphs and most inline nodes are text, as in honest documents.
        for usual in ["paragraph", "text"] {
            if names.iter().any(|name| name == usual) && self.rng.random_bool(0.5) {
                return usual.to_owned();
            }
        }
        names.choose(&mut self.rng).expect("a node of the schema").clone()
    }

    fn attribute(&mut self, name: &str, default: &Value) -> Value {
        if name == "attachment" {
            return json!(format!("0198c0de-0000-7000-8000-{:012x}", self.rng.random_range(0..1_u64 << 48)));
        }
        if self.rng.random_ratio(1, 4) && !matches!(name, "src" | "href" | "document") {
            return default.clone();
        }
        let address = |rng: &mut StdRng| json!(ADDRESSES.choose(rng).expect("addresses"));
        match (name, default) {
            ("level", _) => json!(self.rng.random_range(1..=6)),
            ("start", _) => json!([0, 1, 2, 7, 10, 99, 1_000_000_007_u64].choose(&mut self.rng)),
            ("colspan" | "rowspan", _) => json!(self.rng.random_range(1..=3)),
            ("colwidth", _) => json!([self.rng.random_range(25..500)]),
            ("width" | "height", _) => json!(self.rng.random_range(1..2_000)),
            ("align", _) => json!(["left", "center", "right"].choose(&mut self.rng)),
            ("textAlign", _) => json!(["left", "center", "right"].choose(&mut self.rng)),
            ("color", _) => json!(["gray", "red", "yellow", "blue"].choose(&mut self.rng)),
            ("kind", _) => json!(["note", "tip", "important", "warning", "caution"].choose(&mut self.rng)),
            ("type", _) => json!(["a", "A", "i", "I"].choose(&mut self.rng)),
            ("language", _) => json!(LANGUAGES.choose(&mut self.rng)),
            ("src" | "href", _) => address(&mut self.rng),
            ("target", _) => json!(["_self", "_blank", "_top"].choose(&mut self.rng)),
            ("rel", _) => json!(["me", "author nofollow"].choose(&mut self.rng)),
            ("document", _) => json!(DOCUMENTS.choose(&mut self.rng)),
            ("class", _) => json!("button"),
            (_, Value::Bool(_)) => json!(self.rng.random_bool(0.5)),
            (_, Value::Number(_)) => json!(self.rng.random_range(1..10)),
            _ => json!(self.odd(3)),
        }
    }

    fn text(&mut self, has_marks: bool) -> Node {
        let mut text = match self.rng.random_range(0..60) {
            0 => "very".repeat(600) + "long",
            1 => " ".to_owned(),
            2 => "a line\nand another".to_owned(),
            3 => "a return\rand another".to_owned(),
            _ => self.odd(5),
        };
        if text.is_empty() || self.rng.random_bool(0.6) {
            let word = format!("word{}x", self.words);
            self.words += 1;
            let gap = [" ", " ", "", "\u{a0}", "("].choose(&mut self.rng).expect("gaps");
            text = if self.rng.random_bool(0.5) { format!("{text}{gap}{word}") } else { format!("{word}{gap}{text}") };
        }
        let marks = if has_marks && self.rng.random_bool(0.4) { self.marks() } else { Vec::new() };
        Node::Text { text, marks }
    }

    /// A text of odd pieces and gaps, some of which are empty.
    fn odd(&mut self, most: usize) -> String {
        let mut text = String::new();
        for _ in 0..self.rng.random_range(0..=most) {
            let piece = match self.rng.random_bool(0.6) {
                true => ODD.choose(&mut self.rng).expect("pieces"),
                false => ["plan", "we", "growth", "north"].choose(&mut self.rng).expect("words"),
            };
            text.push_str(piece);
            text.push_str(SPACES.choose(&mut self.rng).expect("spaces"));
        }
        text
    }

    fn marks(&mut self) -> Vec<Mark> {
        let names: Vec<String> = self.schema.marks.keys().cloned().collect();
        let mut marks = Vec::new();
        for name in names {
            if !self.rng.random_ratio(1, 4) {
                continue;
            }
            let defaults = self.schema.marks[&name].attributes.clone();
            let attributes =
                defaults.iter().map(|(key, default)| (key.clone(), self.attribute(key, default))).collect();
            let alone = self.schema.marks[&name].excludes.as_deref() == Some("_");
            if alone {
                marks.clear();
            }
            marks.push(Mark { name, attributes: Value::Object(attributes) });
            if alone {
                break;
            }
        }
        marks
    }

    /// Adds nodes, marks and attributes of an app's own kinds, as that app's editor would write them.
    pub fn with_own_kinds(&mut self, nodes: Vec<Node>) -> Vec<Node> {
        nodes.into_iter().map(|node| self.with_own(node)).collect()
    }

    fn with_own(&mut self, node: Node) -> Node {
        let (name, mut attributes, children) = match node {
            Node::Text { text, mut marks } => {
                if self.rng.random_ratio(1, 4) {
                    let attributes = json!({ "thread": self.rng.random_range(0..9) });
                    marks.push(Mark { name: "remark".into(), attributes });
                }
                return Node::Text { text, marks };
            }
            Node::Element { name, attributes, children } => (name, attributes, children),
        };
        if self.rng.random_ratio(1, 8) {
            attributes.insert("ownColor".into(), json!("red"));
        }
        let mut children = self.with_own_kinds(children);
        let is_line = self.schema.nodes[&name].content.starts_with("inline");
        if is_line && self.rng.random_ratio(1, 8) {
            let at = self.rng.random_range(0..=children.len());
            let mention = json!({ "id": "ana" }).as_object().cloned().unwrap_or_default();
            children.insert(at, Node::Element { name: "mention".into(), attributes: mention, children: Vec::new() });
        }
        let is_block = self.schema.nodes[&name].group.contains("block");
        let node = Node::Element { name, attributes, children };
        match is_block && self.rng.random_ratio(1, 10) {
            true => Node::Element { name: "panel".into(), attributes: Map::new(), children: vec![node] },
            false => node,
        }
    }
}

/// The terms of a content expression. Brackets contain alternatives; a term has spaces only inside them.
fn terms(expression: &str) -> Vec<String> {
    let (mut terms, mut depth) = (vec![String::new()], 0);
    for c in expression.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ' ' if depth == 0 => {
                terms.push(String::new());
                continue;
            }
            _ => {}
        }
        terms.last_mut().expect("a term").push(c);
    }
    terms.retain(|term| !term.is_empty());
    terms
}

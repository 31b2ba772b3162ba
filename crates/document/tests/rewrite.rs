//! Content written over REST becomes the smallest edit.

use bytes::Bytes;
use document::prose::{Draft, Mark, Node, Prose, View, editor_roots};
use document::{Author, Document, Level, Outcome, Owners, Ownership, Stored, SyncStep};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

/// A document with this content.
fn written(prose: &Prose) -> Document {
    let nothing: Option<[Stored<'_>; 1]> = None;
    let mut document = Document::load_declared(nothing, Owners::default(), editor_roots()).expect("nothing");
    write(&mut document, prose, View::Exact);
    document
}

/// Writes through the firewall, as the room does, and returns the size of the edit.
fn write(document: &mut Document, prose: &Prose, view: View) -> usize {
    let mut draft = Draft::new(&document.state()).expect("an honest state");
    let Some(update) = draft.write(prose, view) else { return 0 };
    let size = update.len();
    take(document, update);
    size
}

fn take(document: &mut Document, update: Bytes) {
    let author = Author { user: "ana".into(), ownership: Ownership::Enforce };
    let outcome = document.receive(&SyncStep::Update(update), Level::Edit, &author);
    assert!(matches!(&outcome, Outcome::Accepted(accepted) if accepted.left_out.is_empty()), "{outcome:?}");
    document.apply().expect("an honest edit");
}

fn from(json: Value) -> Prose {
    Prose::from_json(&json).expect("content of the editor")
}

/// Every node and mark of the schema, with attributes that are not the default.
fn everything() -> Prose {
    let text = |text: &str| json!({ "type": "text", "text": text });
    let line = |words: &str| json!({ "type": "paragraph", "content": [text(words)] });
    let marked = |name: &str| json!({ "type": "text", "text": format!("some {name}"), "marks": [{ "type": name }] });
    let link = json!({ "type": "link", "attrs": { "href": "https://example.org/a?b=c", "title": "Where" } });
    from(json!({ "type": "doc", "content": [
        { "type": "heading", "attrs": { "level": 4 }, "content": [text("Where we stand")] },
        { "type": "callout", "attrs": { "kind": "warning" }, "content": [line("take care"), line("twice")] },
        { "type": "details", "content": [
            { "type": "detailsSummary", "content": [text("More <of> this & that")] },
            { "type": "detailsContent", "content": [line("inside"), { "type": "details", "content": [
                { "type": "detailsSummary" }, { "type": "detailsContent", "content": [line("within")] } ] }] },
        ] },
        { "type": "paragraph", "content": [
            marked("bold"), text(", "), marked("italic"), text(", "), marked("strike"), text(", "), marked("underline"),
            text(", H"), marked("subscript"), text("O, "), marked("superscript"), text(", "),
            { "type": "text", "text": "blue", "marks": [{ "type": "highlight", "attrs": { "color": "blue" } }, { "type": "bold" }] },
            { "type": "text", "text": "yellow", "marks": [{ "type": "highlight" }] }, text(" "),
            { "type": "text", "text": "red", "marks": [{ "type": "textColor", "attrs": { "color": "red" } }] },
            text(", "), marked("code"), { "type": "pageLink", "attrs": { "document": "019b3c52-7d1e-7000-8000-0123456789ab" } }, { "type": "hardBreak" }, { "type": "text", "text": "a link", "marks": [link] },
            { "type": "footnote", "attrs": { "text": "# Counted *twice* [^1]: https://example.org/a_b" } }, text(": (so"), { "type": "footnote" }, text("(x)"),
        ] },
        { "type": "bulletList", "content": [
            { "type": "listItem", "content": [line("one"), { "type": "bulletList", "content": [
                { "type": "listItem", "content": [line("nested")] }] }] },
            { "type": "listItem", "content": [line("two"), line("still two")] },
        ] },
        { "type": "orderedList", "attrs": { "start": 3 }, "content": [{ "type": "listItem", "content": [line("three")] }] },
        { "type": "taskList", "content": [
            { "type": "taskItem", "attrs": { "checked": true }, "content": [line("done")] },
            { "type": "taskItem", "content": [line("to do")] },
        ] },
        { "type": "blockquote", "content": [line("said somebody"), line("twice")] },
        { "type": "codeBlock", "attrs": { "language": "rust" }, "content": [text("fn main() {\n\n    // `code`\n}")] },
        { "type": "horizontalRule" },
        { "type": "image", "attrs": { "src": "https://example.org/a.png", "alt": "A chart", "title": "Growth" } },
        { "type": "image", "attrs": { "attachment": "0198c0de-0000-7000-8000-000000000001", "alt": "Another", "title": "Costs" } },
        { "type": "file", "attrs": { "attachment": "0198c0de-0000-7000-8000-000000000002", "name": "Budget [2027].xlsx" } },
        { "type": "embed", "attrs": { "href": "https://www.youtube.com/watch?v=a_b&t=1", "title": "A [talk]" } },
        { "type": "embed", "attrs": { "href": "https://example.org/" } },
        { "type": "table", "content": [
            { "type": "tableRow", "content": [
                { "type": "tableHeader", "attrs": { "align": "right" }, "content": [line("Country")] },
                { "type": "tableHeader", "content": [line("Growth")] } ] },
            { "type": "tableRow", "content": [
                { "type": "tableCell", "attrs": { "align": "right" }, "content": [line("Norway")] },
                { "type": "tableCell", "content": [line("11 | 12")] } ] },
        ] },
    ] }))
}

/// [PROSE-1] Every node of the editor's schema is written and read back: as JSON, and as Markdown.
#[test]
fn every_node_of_the_schema_survives_a_round_trip() {
    let wanted = everything();
    let document = written(&wanted);
    assert_eq!(document.prose(), wanted);
    assert_eq!(from(document.prose().to_json()), wanted);
    assert_eq!(Prose::from_markdown(&wanted.to_markdown()).expect("Markdown"), wanted);
    let schema: Value = serde_json::from_str(include_str!("../src/prose/schema.json")).expect("JSON");
    let json = wanted.to_json().to_string();
    for name in schema["nodes"].as_object().into_iter().chain(schema["marks"].as_object()).flat_map(|map| map.keys()) {
        assert!(json.contains(&format!("\"type\":\"{name}\"")), "{name} is not in this test");
    }
}

/// [PROSE-2] Content that the editor would delete is refused, with its place.
#[test]
fn content_that_the_editor_would_not_keep_is_refused() {
    let doc = |content: Value| json!({ "type": "doc", "content": content });
    let cases = [
        (json!({ "type": "paragraph" }), "outermost"),
        (doc(json!([])), "block+"),
        (doc(json!([{ "type": "script" }])), "content[0]: the editor has no script"),
        (
            doc(json!([{ "type": "paragraph" }, { "type": "bulletList", "content": [{ "type": "paragraph" }] }])),
            "content[1]",
        ),
        (doc(json!([{ "type": "paragraph", "content": [{ "type": "text", "text": "" }] }])), "content[0].content[0]"),
        (doc(json!([{ "type": "paragraph", "attrs": { "onclick": "x" } }])), "no attribute onclick"),
        (doc(json!([{ "type": "heading", "attrs": { "level": 7 } }])), "from 1 to 6"),
        (doc(json!([{ "type": "heading", "attrs": { "level": "1" } }])), "level is a value"),
        (doc(json!([{ "type": "image", "attrs": { "src": "javascript:alert(1)" } }])), "address"),
        (doc(json!([{ "type": "paragraph", "attrs": { "textAlign": "justify" } }])), "textAlign is one of left"),
        (
            doc(json!([{ "type": "callout", "attrs": { "kind": "x" }, "content": [{ "type": "paragraph" }] }])),
            "kind is one of",
        ),
        (
            doc(json!([{ "type": "details", "content": [{ "type": "detailsSummary" }] }])),
            "detailsSummary detailsContent",
        ),
        (
            doc(json!([{ "type": "paragraph", "content": [
                { "type": "text", "text": "x", "marks": [{ "type": "textColor", "attrs": { "color": "#f00" } }] }] }])),
            "color is one of gray",
        ),
        (doc(json!([{ "type": "image", "attrs": { "attachment": "../secret" } }])), "id of a file"),
        (doc(json!([{ "type": "file", "attrs": { "name": "a.pdf" } }])), "id of an attachment"),
        (doc(json!([{ "type": "embed", "attrs": { "title": "x" } }])), "https: or http:"),
        (doc(json!([{ "type": "embed", "attrs": { "href": "javascript:alert(1)" } }])), "https: or http:"),
        (doc(json!([{ "type": "embed", "attrs": { "href": "/documents/x" } }])), "https: or http:"),
        (doc(json!([{ "type": "listItem", "content": [{ "type": "paragraph" }] }])), "block+"),
        (doc(json!([{ "type": "listItem", "content": 3 }])), "content is a list"),
        (
            doc(
                json!([{ "type": "codeBlock", "content": [{ "type": "text", "text": "x", "marks": [{ "type": "bold" }] }] }]),
            ),
            "no marks",
        ),
        (
            doc(json!([{ "type": "paragraph", "content": [
                { "type": "text", "text": "x", "marks": [{ "type": "link", "attrs": { "href": "javascript:x" } }] }] }])),
            "a link goes to",
        ),
    ];
    for (json, reason) in cases {
        let error = Prose::from_json(&json).expect_err(reason).to_string();
        assert!(error.contains(reason), "{error} is not about {reason}");
    }
    let mut deep = json!({ "type": "paragraph" });
    for _ in 0..200 {
        deep = json!({ "type": "blockquote", "content": [deep] });
    }
    assert!(Prose::from_json(&doc(json!([deep]))).is_err());
    assert!(Prose::from_markdown(&format!("{} deep", ">".repeat(500))).is_err());
}

/// [E4] [PROSE-18] JSON that was read from a document with an app's own nodes, marks and attributes can be written back
/// with one word changed, and only that word changes. Kinds that the document does not have are refused as before.
#[test]
fn an_apps_own_kinds_are_written_back() {
    let mut document = written(&Prose::default());
    let mut draft = Draft::empty();
    let own = |text: &str| {
        let remark = |thread: i64| Mark { name: "remark".into(), attributes: json!({ "thread": thread }) };
        let bold = Mark { name: "bold".into(), attributes: json!({ "weight": 700 }) };
        let node = |name: &str, attributes: Value, children: Vec<Node>| Node::Element {
            name: name.into(),
            attributes: attributes.as_object().cloned().unwrap_or_default(),
            children,
        };
        let plain = |text: &str| Node::Text { text: text.into(), marks: vec![] };
        Prose(vec![
            node(
                "paragraph",
                json!({ "ownColor": "red" }),
                vec![
                    Node::Text { text: text.into(), marks: vec![bold, remark(7), remark(9)] },
                    node("ownMention", json!({ "id": 4 }), vec![]),
                    plain(" said so."),
                ],
            ),
            node("ownBox", json!({ "tone": "calm" }), vec![node("paragraph", json!({}), vec![plain("inside")])]),
            node("blockquote", json!({}), vec![node("ownBox", json!({}), vec![])]),
        ])
    };
    let update = draft.write(&own("we grow"), View::Exact).expect("an edit");
    take(&mut document, update);
    let read = document.prose();
    let json = read.to_json().to_string();
    assert!(Prose::from_json(&read.to_json()).is_err());
    let same = Prose::from_json_beside(&read.to_json(), &read).expect("its own kinds");
    assert_eq!(write(&mut document, &same, View::Exact), 0, "writing back what was read changes nothing: {json}");
    let changed: Value =
        serde_json::from_str(&json.replace("we grow", "we shrink").replace("inside", "outside")).expect("JSON");
    let size = write(&mut document, &Prose::from_json_beside(&changed, &read).expect("its own kinds"), View::Exact);
    assert_eq!(document.prose().to_json(), changed);
    assert!((1..200).contains(&size), "{size} bytes are more than two words");
    for (from, to) in [("ownBox", "script"), ("ownColor", "onclick"), ("remark", "comment")] {
        let other: Value = serde_json::from_str(&json.replace(from, to)).expect("JSON");
        let error = Prose::from_json_beside(&other, &read).expect_err("an unknown kind").to_string();
        assert!(error.contains(to), "{error} is not about {to}");
    }
    // Nodes that our editor knows must still fit its schema.
    let wrong = json.replace("\"type\":\"paragraph\"", "\"type\":\"bulletList\"");
    assert!(Prose::from_json_beside(&serde_json::from_str(&wrong).expect("JSON"), &read).is_err());
}

/// [PROSE-3] Changing one word edits only that word: other blocks, and the rest of its line, are not touched.
#[test]
fn a_small_change_is_a_small_edit() {
    let paragraphs: Vec<String> =
        (0..500).map(|n| format!("Paragraph {n} says what we do about market {n}.")).collect();
    let mut document = written(&Prose::from_markdown(&paragraphs.join("\n\n")).expect("Markdown"));
    let changed = document.prose().to_markdown().replace("market 250.", "country 250.");
    let size = write(&mut document, &Prose::from_markdown(&changed).expect("Markdown"), View::Markdown);
    assert_eq!(document.prose().to_markdown(), changed);
    assert!((1..60).contains(&size), "{size} bytes for one word");
    // An inserted paragraph does not touch others.
    let inserted = changed.replace("\n\nParagraph 100 ", "\n\nSomething new.\n\nParagraph 100 ");
    let size = write(&mut document, &Prose::from_markdown(&inserted).expect("Markdown"), View::Markdown);
    assert_eq!(document.prose().to_markdown(), inserted);
    assert!((1..90).contains(&size), "{size} bytes for one paragraph");
    // Writing the same text again makes no edit.
    assert_eq!(write(&mut document, &Prose::from_markdown(&inserted).expect("Markdown"), View::Markdown), 0);
    let same = document.prose();
    assert_eq!(write(&mut document, &same, View::Exact), 0);
}

/// [PROSE-4] Text that others typed in the same paragraph meanwhile stays.
#[test]
fn a_rewrite_merges_with_concurrent_typing() {
    let mut document = written(&Prose::from_markdown("We grow in the north and in the south.").expect("Markdown"));
    let mut mine = Draft::new(&document.state()).expect("a state");
    let mut theirs = Draft::new(&document.state()).expect("a state");
    let edit = |draft: &mut Draft, text: &str| {
        draft.write(&Prose::from_markdown(text).expect("Markdown"), View::Markdown).expect("a change")
    };
    let first = edit(&mut mine, "We shrink in the north and in the south.");
    let second = edit(&mut theirs, "We grow in the north and in the deep south.");
    take(&mut document, first);
    take(&mut document, second);
    assert_eq!(document.prose().to_markdown(), "We shrink in the north and in the deep south.\n");
}

/// [PROSE-5] Markdown leaves content unchanged that it cannot express: spans, targets of links, blank lines.
#[test]
fn markdown_changes_only_what_it_can_express() {
    let line = |words: &str| json!({ "type": "paragraph", "content": [{ "type": "text", "text": words }] });
    let link = json!({ "type": "link", "attrs": { "href": "https://example.org/", "target": null, "rel": "me" } });
    let prose = from(json!({ "type": "doc", "content": [
        line("Before"),
        { "type": "paragraph" },
        { "type": "paragraph", "content": [{ "type": "text", "text": "linked words", "marks": [link] }, { "type": "text", "text": " after" }] },
        { "type": "table", "content": [{ "type": "tableRow", "content": [
            { "type": "tableCell", "attrs": { "colspan": 2, "colwidth": [100, 200] }, "content": [line("wide"), line("cell")] }] }] },
    ] }));
    let mut document = written(&prose);
    let markdown = document.prose().to_markdown();
    assert_eq!(write(&mut document, &Prose::from_markdown(&markdown).expect("Markdown"), View::Markdown), 0);
    let changed = markdown.replace("Before", "Before that").replace(" after", " afterwards");
    write(&mut document, &Prose::from_markdown(&changed).expect("Markdown"), View::Markdown);
    let json = document.prose().to_json().to_string();
    for kept in [
        "\"colspan\":2",
        "\"colwidth\":[100,200]",
        "\"rel\":\"me\"",
        "{\"type\":\"paragraph\"}",
        "Before that",
        "afterwards",
    ] {
        assert!(json.contains(kept), "{kept} is not in {json}");
    }
}

/// Writes random documents of the editor's schema.
struct Somebody<'a>(&'a mut StdRng);

const WORDS: [&str; 16] = [
    "plan",
    "market",
    "we",
    "1.",
    "#",
    "*star*",
    "a_b",
    "[x]",
    "<b>",
    "naïve",
    "👩‍🚀",
    "100%",
    "a & b",
    "`tick`",
    "~~",
    "growth-",
];

impl Somebody<'_> {
    fn words(&mut self) -> String {
        let count = self.0.random_range(1..6);
        (0..count).map(|_| *WORDS.choose(self.0).expect("words")).collect::<Vec<_>>().join(" ")
    }

    fn texts(&mut self) -> Vec<Value> {
        let count = self.0.random_range(0..4);
        (0..count)
            .map(|_| match self.0.random_range(0..8) {
                0 => json!({ "type": "hardBreak" }),
                1..=4 => json!({ "type": "text", "text": self.words() }),
                _ => json!({ "type": "text", "text": self.words(), "marks": self.marks() }),
            })
            .collect()
    }

    fn marks(&mut self) -> Value {
        if self.0.random_ratio(1, 5) {
            return json!([{ "type": "code" }]);
        }
        let mut marks: Vec<Value> = Vec::new();
        for name in ["bold", "italic", "strike", "underline"] {
            if self.0.random_ratio(1, 3) {
                marks.push(json!({ "type": name }));
            }
        }
        if self.0.random_ratio(1, 4) {
            marks.push(json!({ "type": "link", "attrs": { "href": format!("https://example.org/{}", self.0.random_range(0..3)) } }));
        }
        json!(marks)
    }

    fn block(&mut self, depth: usize) -> Value {
        let nested = |author: &mut Self, name: &str, item: &str| {
            let items: Vec<Value> = (0..author.0.random_range(1..4))
                .map(|_| {
                    let mut content = vec![json!({ "type": "paragraph", "content": author.texts() })];
                    content.extend((0..author.0.random_range(0..2)).map(|_| author.block(depth + 1)));
                    json!({ "type": item, "content": content })
                })
                .collect();
            json!({ "type": name, "content": items })
        };
        match self.0.random_range(0..if depth < 2 { 11 } else { 5 }) {
            0..=2 => json!({ "type": "paragraph", "content": self.texts() }),
            3 => json!({ "type": "heading", "attrs": { "level": self.0.random_range(1..7) }, "content": self.texts() }),
            4 => json!({ "type": "codeBlock", "content": [{ "type": "text", "text": self.words() }] }),
            5 => json!({ "type": "horizontalRule" }),
            6 => nested(self, "bulletList", "listItem"),
            7 => nested(self, "orderedList", "listItem"),
            8 => nested(self, "taskList", "taskItem"),
            9 => json!({ "type": "blockquote", "content": self.blocks(depth + 1) }),
            _ => {
                let columns = self.0.random_range(1..4);
                let rows: Vec<Value> = (0..self.0.random_range(1..4))
                    .map(|row| {
                        let name = if row == 0 { "tableHeader" } else { "tableCell" };
                        let cell = |author: &mut Self| {
                            json!({ "type": name, "content": [{ "type": "paragraph", "content": author.texts() }] })
                        };
                        json!({ "type": "tableRow", "content": (0..columns).map(|_| cell(self)).collect::<Vec<_>>() })
                    })
                    .collect();
                json!({ "type": "table", "content": rows })
            }
        }
    }

    fn blocks(&mut self, depth: usize) -> Vec<Value> {
        (0..self.0.random_range(1..5)).map(|_| self.block(depth)).collect()
    }

    fn document(&mut self) -> Prose {
        from(json!({ "type": "doc", "content": self.blocks(0) }))
    }
}

fn rounds(default: u64) -> u64 {
    std::env::var("FUZZ_PROSE").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

/// [PROSE-6] Any document can be changed into any other exactly, and Yjs clients that get the edit agree (it passes the
/// firewall).
#[test]
fn any_document_can_be_changed_into_any_other() {
    for seed in 0..rounds(400) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut document = written(&Somebody(&mut rng).document());
        for _ in 0..3 {
            let mut wanted = Somebody(&mut rng).document();
            if rng.random_bool(0.5) {
                // Mostly the same text, as in a typical write.
                let mut blocks = document.prose().0;
                blocks.extend(wanted.0);
                let gone = rng.random_range(0..blocks.len());
                blocks.remove(gone);
                wanted = Prose(blocks);
            }
            write(&mut document, &wanted, View::Exact);
            assert_eq!(document.prose(), wanted, "seed {seed}");
        }
    }
}

/// [PROSE-7] Writing the Markdown that was read changes nothing; writing other Markdown gives that Markdown.
#[test]
fn markdown_survives_a_round_trip_through_any_document() {
    for seed in 0..rounds(400) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut document = written(&Somebody(&mut rng).document());
        let markdown = document.prose().to_markdown();
        let read = Prose::from_markdown(&markdown).expect("Markdown");
        assert_eq!(read.to_markdown(), markdown, "seed {seed}: what is read is written the same");
        assert_eq!(write(&mut document, &read, View::Markdown), 0, "seed {seed}");
        let wanted = Somebody(&mut rng).document().to_markdown();
        write(&mut document, &Prose::from_markdown(&wanted).expect("Markdown"), View::Markdown);
        assert_eq!(document.prose().to_markdown(), wanted, "seed {seed}");
    }
}

/// [PROSE-6] A line that differs in thousands of places is replaced, and a new book is written in one go.
#[test]
fn large_changes_end_in_time() {
    let line = |odd: &str| (0..10_000).map(|n| if n % 2 == 1 { odd } else { "same" }).collect::<Vec<_>>().join(" ");
    let mut document = written(&Prose::from_markdown(&line("old")).expect("Markdown"));
    write(&mut document, &Prose::from_markdown(&line("new")).expect("Markdown"), View::Markdown);
    assert_eq!(document.prose().to_markdown(), line("new") + "\n");
    let book = |word: &str| {
        let paragraph = |n| format!("Paragraph {n} has **{word}** words.");
        Prose::from_markdown(&(0..10_000).map(paragraph).collect::<Vec<_>>().join("\n\n")).expect("Markdown")
    };
    let (first, second) = (book("a few"), book("some"));
    assert_eq!(first.nodes(), 40_000);
    write(&mut document, &first, View::Exact);
    assert_eq!(document.prose(), first);
    write(&mut document, &second, View::Exact);
    assert_eq!(document.prose(), second);
}

/// D2: text with thousands of marks that are open at once, and a document of thousands of blocks, are read and written
/// in linear time. (Formerly, each text walked over all open marks, and each block was searched from the start.)
#[test]
fn many_open_marks_and_many_blocks_take_linear_time() {
    let marks = Prose::from_markdown(&"<u>a ".repeat(40_000)).expect("Markdown");
    assert!(marks.to_markdown().starts_with("<u>a a a"));
    let nested = Prose::from_markdown(&format!("{}b{}", "*a ".repeat(20_000), " c*".repeat(20_000))).expect("Markdown");
    assert_eq!(nested.to_text().split_whitespace().filter(|word| *word == "b").count(), 1);
    let blocks = Prose::from_markdown(&"a **b**\n\n".repeat(20_000)).expect("Markdown");
    let mut draft = Draft::empty();
    draft.write(&blocks, View::Exact).expect("an edit");
    assert_eq!(draft.prose(), blocks);
}

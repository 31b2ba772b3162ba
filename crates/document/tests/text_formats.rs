//! Generated documents are written as Markdown and read back, and single words are edited in the Markdown.

#[path = "support/generated.rs"]
mod generated;
#[path = "support/limits.rs"]
mod limits;

use std::collections::HashSet;

use document::prose::{Draft, Node, Prose, View};
use generated::Author;
use limits::{LIMITS, comparable, expressible};
use rand::Rng;

/// The seeds of the generated documents: 1,000, which take seconds; `make fuzz` uses 20,000. `FUZZ_TEXTS_FROM` sets the
/// first seed.
fn seeds() -> std::ops::Range<u64> {
    let number = |name| std::env::var(name).ok().and_then(|count| count.parse().ok());
    let first = number("FUZZ_TEXTS_FROM").unwrap_or(0);
    first..first + number("FUZZ_TEXTS").unwrap_or(1_000)
}

fn write(prose: &Prose) -> Draft {
    let mut draft = Draft::empty();
    draft.write(prose, View::Exact);
    draft
}

fn markdown(text: &str) -> Prose {
    Prose::from_markdown(text).expect("Markdown")
}

fn replaced(nodes: &[Node], from: &str, to: &str) -> Vec<Node> {
    let replace = |node: &Node| match node {
        Node::Text { text, marks } => Node::Text { text: text.replace(from, to), marks: marks.clone() },
        Node::Element { name, attributes, children } => {
            Node::Element { name: name.clone(), attributes: attributes.clone(), children: replaced(children, from, to) }
        }
    };
    nodes.iter().map(replace).collect()
}

/// Whether a word is in the text of the document, and not only in an attribute.
fn has_word(nodes: &[Node], word: &str) -> bool {
    nodes.iter().any(|node| match node {
        Node::Text { text, .. } => text.contains(word),
        Node::Element { children, .. } => has_word(children, word),
    })
}

/// The smallest part in which two trees differ.
fn difference(wanted: &[Node], got: &[Node]) -> String {
    let name = |node: &Node| match node {
        Node::Element { name, attributes, .. } => format!("{name}{attributes:?}"),
        Node::Text { text, marks } => format!("{text:?}{marks:?}"),
    };
    if wanted.len() == got.len() && wanted.iter().zip(got).all(|(wanted, got)| name(wanted) == name(got)) {
        for (wanted, got) in wanted.iter().zip(got).filter(|(wanted, got)| wanted != got) {
            if let (Node::Element { children: wanted, .. }, Node::Element { children: got, .. }) = (wanted, got) {
                return difference(wanted, got);
            }
        }
    }
    let json = |nodes: &[Node]| Prose(nodes.to_vec()).to_json()["content"].to_string();
    format!("wanted {}\n   got {}", json(wanted), json(got))
}

/// [E1] [E2] [PROSE-1] A document that is written as Markdown and read stays the same, except for the limits that the
/// docs list. The documents reach every line of that list, and every kind of node and mark of the schema.
#[test]
fn markdown_expresses_all_but_what_the_docs_list() {
    let (mut wrong, mut needed, mut names) = (Vec::new(), [false; LIMITS.len()], HashSet::new());
    for seed in seeds() {
        let document = Author::new(seed).document();
        collect(&document.0, &mut names);
        let text = document.to_markdown();
        let (read, wanted) = (markdown(&text).0, expressible(document.0.clone()));
        let same = comparable(&wanted, read);
        if same != wanted {
            wrong.push(format!("seed {seed}:\n{text}\n{}", difference(&wanted, &same)));
        }
        for (index, (_, limit)) in LIMITS.iter().enumerate() {
            needed[index] |= limit(document.0.clone()) != document.0;
        }
    }
    let shortest = wrong.iter().min_by_key(|text| text.len());
    assert!(wrong.is_empty(), "{} documents are read differently; one is {}", wrong.len(), shortest.expect("one"));
    let docs = include_str!("../../../docs/text.md").to_lowercase();
    for ((limit, _), needed) in LIMITS.iter().zip(needed) {
        assert!(needed, "no document shows this limit: {limit}");
        assert!(docs.contains(&limit.to_lowercase()), "docs/text.md does not list {limit}");
    }
    let schema: serde_json::Value = serde_json::from_str(include_str!("../src/prose/schema.json")).expect("JSON");
    let kinds = ["nodes", "marks"].map(|kind| schema[kind].as_object().expect("kinds").keys()).into_iter().flatten();
    let missing: Vec<_> =
        kinds.filter(|name| !["doc", "text"].contains(&name.as_str()) && !names.contains(*name)).collect();
    assert!(missing.is_empty(), "no document has {missing:?}");
}

fn collect(nodes: &[Node], names: &mut HashSet<String>) {
    for node in nodes {
        match node {
            Node::Text { marks, .. } => names.extend(marks.iter().map(|mark| mark.name.clone())),
            Node::Element { name, children, .. } => {
                names.insert(name.clone());
                collect(children, names);
            }
        }
    }
}

/// [E1] [PROSE-3] A word that is replaced in the Markdown of a document is replaced in the document, and nothing else.
#[test]
fn a_one_word_edit_changes_one_word() {
    let (mut edits, mut wrong) = (0, Vec::new());
    for seed in seeds() {
        let mut author = Author::new(seed);
        let document = author.document();
        let document = match seed % 2 {
            0 => document,
            _ => Prose(author.with_own_kinds(document.0)),
        };
        let mut draft = write(&document);
        let before = draft.prose();
        let text = before.to_markdown();
        if let Some(update) = draft.write(&markdown(&text), View::Markdown) {
            let difference = difference(&before.0, &draft.prose().0);
            wrong.push(format!("seed {seed}: {} bytes for\n{text}\n{difference}", update.len()));
            continue;
        }
        if author.words() == 0 {
            continue;
        }
        let chosen = author.words();
        let word = format!("word{}x", author.rng().random_range(0..chosen));
        if !has_word(&before.0, &word) || text.matches(&word).count() != 1 {
            continue;
        }
        edits += 1;
        let update = draft.write(&markdown(&text.replace(&word, "changed")), View::Markdown).expect("an edit");
        assert!(update.len() < 500 || text.contains("veryvery"), "seed {seed}: {} bytes for one word", update.len());
        let wanted = Prose(replaced(&before.0, &word, "changed"));
        if draft.prose() != wanted {
            wrong.push(format!("seed {seed}: {word}\n{text}\n{}", difference(&wanted.0, &draft.prose().0)));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {edits} edits changed more than a word; one is\n{}",
        wrong.len(),
        wrong.iter().min_by_key(|text| text.len()).expect("one")
    );
    assert!(edits > seeds().count() * 8 / 10, "{edits} edits");
}

//! [F8] Documents that the bindings of other editors wrote are read as our editor's text. tests/bindings makes the
//! documents.

use std::path::Path;

use bytes::Bytes;
use document::prose::{Draft, Form, NoText, Prose, RootText, View};
use document::{Document, Owners, Roots, Stored};
use yrs::{Array, Doc, Map, ReadTxn, StateVector, Text, Transact, WriteTxn};

fn document(name: &str) -> Document {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bindings").join(format!("{name}.yjs"));
    loaded(&std::fs::read(path).expect("tests/bindings has made it").into(), &[])
}

fn loaded(state: &Bytes, roots: &[&str]) -> Document {
    let roots = Roots::xml(roots.iter().map(|root| (*root).to_owned()));
    Document::load_declared([[Stored::from(state)]], Owners::default(), roots).expect("it loads")
}

fn read(name: &str, root: &str, form: Form) -> RootText {
    let document = document(name);
    let text = document.root_text(None).expect("a text");
    assert_eq!((text.root.as_str(), text.form, text.is_writable), (root, form, false));
    assert_eq!(document.root_text(Some(root)), Ok(text.clone()));
    text
}

const BEGIN: &str =
    "## Plan for 2027\n\nWe **visit** *ten* customers, see [the list](<https://example.org/>) and `code`.";
const CODE: &str = "```rust\nlet x = 1\nlet y = 2\n```";
const IMAGE: &str = "![A map](<https://example.org/map.png>)";
const TASKS: &str = "- [x] done\n- [ ] open";

/// [F8] [PROSE-16]
#[test]
fn blocknote_is_read() {
    let text = read("blocknote", "document-store", Form::BlockNote);
    let table = "| City | Visits |\n| --- | --- |\n| Rome | **4** |";
    let expected = format!(
        "{BEGIN}\n\n- Berlin\n  - Mitte\n- Paris\n\n3. first\n4. second\n\n{TASKS}\n\n> Said before.\n\n{CODE}\n\nOuter\n\ninner\n\n{table}\n\n{IMAGE}\n\n---\n\n[a.pdf](<https://example.org/a.pdf>)\n"
    );
    // BlockNote's colours are also ours.
    let expected = expected.replace("*ten*", "<span data-color=\"gray\">*ten*</span>");
    assert_eq!(text.prose.to_markdown(), expected);
    assert!(text.prose.to_html().contains("<th>"), "the header of the table stays one");
}

/// [F8] [PROSE-16]
#[test]
fn both_formats_of_lexical_are_read() {
    let begin = BEGIN.replace("*ten*", "<u>*ten*</u>");
    let table = "| City | Visits |\n| --- | --- |\n| Rome | 4 |";
    let expected = format!(
        "{begin}\\\nNext\tline by Ana\n\n- Berlin\n  - Mitte\n- Paris\n\n3. first\n4. second\n\n{TASKS}\n\n> Said before.\n\n{CODE}\n\n{table}\n\n{IMAGE}\n"
    );
    let first = read("lexical", "root", Form::Lexical).prose;
    let second = read("lexical-v2", "root-v2", Form::Lexical).prose;
    assert_eq!(first.to_markdown(), expected);
    assert_eq!(second.to_markdown(), expected);
}

/// [F8] [PROSE-16]
#[test]
fn slate_is_read() {
    let text = read("slate", "content", Form::Slate);
    let table = "| City | Visits |\n| --- | --- |\n| Rome | **4** |";
    let expected = format!(
        "{BEGIN}\n\n- Berlin\n- Paris\n\n1. first\n2. second\n\n{TASKS}\n\n> Said before.\n\n{CODE}\n\n{table}\n\n{IMAGE}\n\n> [!NOTE]\n> A kind of its own, by Ana. today\n"
    );
    assert_eq!(text.prose.to_markdown(), expected);
    let json = text.prose.to_json().to_string();
    assert!(
        json.contains(r#""type":"callout""#) && json.contains(r#""character":"Ana""#),
        "its callout is ours, and kinds of its own stay: {json}"
    );
}

/// [F8] [PROSE-16]
#[test]
fn quill_is_read() {
    let text = read("quill", "quill", Form::Quill);
    let table = "| City | Visits |\n| --- | --- |\n| Rome | 4 |";
    let expected = format!(
        "{BEGIN}\n\n- Berlin\n  - Mitte\n- Paris\n\n1. first\n2. second\n\n{TASKS}\n\n> Said before.\n\n{CODE}\n\n{table}\n\n{IMAGE}\n\n[https://example.org/v.mp4](<https://example.org/v.mp4>)in the middle\n"
    );
    assert_eq!(text.prose.to_markdown(), expected);
}

/// [F8] [PROSE-16]
#[test]
fn plain_prosemirror_is_read() {
    let text = read("prosemirror", "prosemirror", Form::ProseMirror);
    let expected = format!(
        "{BEGIN}\\\nNext line\n\n- Berlin\n  - Mitte\n- Paris\n\n3. first\n4. second\n\n> Said before.\n\n```\nlet x = 1\nlet y = 2\n```\n\n---\n\n{IMAGE}\n"
    );
    assert_eq!(text.prose.to_markdown(), expected);
}

/// [F8] [PROSE-16] Every word of a sample is in every format, and the JSON is what our editor accepts, but for nodes of
/// an app's own kinds.
#[test]
fn no_word_is_lost() {
    for name in ["blocknote", "lexical", "lexical-v2", "slate", "quill", "prosemirror"] {
        let text = document(name).root_text(None).expect("a text").prose;
        for word in
            ["Plan for 2027", "visit", "ten", "the list", "code", "Berlin", "second", "Said before.", "let y = 2"]
        {
            for format in [text.to_text(), text.to_html(), text.to_markdown(), text.to_json().to_string()] {
                assert!(format.contains(word), "{name}: {word} in {format}");
            }
        }
    }
    let text = document("prosemirror").root_text(None).expect("a text").prose;
    let Err(error) = Prose::from_json(&text.to_json()) else { return };
    panic!("our editor would keep all of it: {error}");
}

fn made(write: impl FnOnce(&mut yrs::TransactionMut<'_>)) -> Bytes {
    let doc = Doc::with_client_id(1);
    let mut txn = doc.transact_mut();
    write(&mut txn);
    txn.encode_diff_v1(&StateVector::default()).into()
}

/// [F8] [PROSE-15] The root that is read is a declared one, `default`, or the only one with a text. Otherwise the
/// answer names the roots.
#[test]
fn the_root_of_the_text_is_found_or_named() {
    let two = made(|txn| {
        txn.get_or_insert_text("title").insert(txn, 0, "A title");
        txn.get_or_insert_text("body").insert(txn, 0, "one\ntwo");
        txn.get_or_insert_map("settings").insert(txn, "key", 1);
    });
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let document = loaded(&two, &[]);
    assert_eq!(document.root_text(None), Err(NoText::Several(names(&["body", "title"]))));
    let body = document.root_text(Some("body")).expect("a text");
    assert_eq!((body.form, body.prose.to_text().as_str()), (Form::Plain, "one\ntwo"));
    assert_eq!(document.root_text(Some("settings")), Err(NoText::NotText(names(&["settings"]))));
    assert_eq!(document.root_text(Some("bodi")), Err(NoText::NotText(names(&["body", "settings", "title"]))));
    // A declared root is read even while it is empty.
    assert_eq!(loaded(&two, &["body"]).root_text(None).expect("a text").root, "body");
    let empty = loaded(&two, &["prosemirror"]).root_text(None).expect("an empty text");
    assert_eq!((empty.root.as_str(), empty.is_writable, empty.prose.0.len()), ("prosemirror", true, 0));
    let data = made(|txn| {
        txn.get_or_insert_array("list").push_back(txn, 1);
    });
    assert_eq!(loaded(&data, &[]).root_text(None), Err(NoText::NotText(names(&["list"]))));
    assert_eq!(Document::empty().root_text(None).expect("nothing").root, "default");
}

/// [F8] [PROSE-16] A text with the names of our nodes is written under its own root, and nowhere else.
#[test]
fn a_text_with_our_nodes_is_written_under_its_root() {
    let mut draft = Draft::empty().under("prosemirror");
    let wanted = Prose::from_markdown("# Plan\n\n- one\n- two\n").expect("Markdown");
    let update = draft.write(&wanted, View::Markdown).expect("an edit");
    for roots in [&[][..], &["prosemirror"]] {
        let text = loaded(&update, roots).root_text(None).expect("a text");
        assert_eq!((text.root.as_str(), text.form, text.is_writable), ("prosemirror", Form::Editor, true));
        assert_eq!(text.prose.to_markdown(), "# Plan\n\n- one\n- two\n");
    }
    let mut draft = Draft::new(&update).expect("a sound state").under("prosemirror");
    let wanted = Prose::from_markdown("# Plan\n\n- one\n- three\n").expect("Markdown");
    let edit = draft.write(&wanted, View::Markdown).expect("an edit");
    assert!(edit.len() < 60, "only the word changes: {} bytes", edit.len());
    assert_eq!(draft.prose().to_markdown(), "# Plan\n\n- one\n- three\n");

    // Names that every schema has do not identify the schema. The text can be written once the root is declared.
    let mut draft = Draft::empty().under("prosemirror");
    let update = draft.write(&Prose::from_markdown("only words").expect("Markdown"), View::Markdown).expect("an edit");
    assert!(!loaded(&update, &[]).root_text(None).expect("a text").is_writable);
    assert!(loaded(&update, &["prosemirror"]).root_text(None).expect("a text").is_writable);
}

/// [F8] Reading ends even for hostile depths and numbers, because it is bounded.
#[test]
fn a_text_that_was_built_to_be_slow_is_read_within_limits() {
    let indents = made(|txn| {
        let text = txn.get_or_insert_text("quill");
        for line in 0..2_000u32 {
            let end = text.len(txn);
            text.insert(txn, end, "x");
            let attributes = [("list".into(), "bullet".into()), ("indent".into(), f64::from(line).into())];
            text.insert_with_attributes(txn, end + 1, "\n", attributes.into());
        }
    });
    let text = loaded(&indents, &[]).root_text(None).expect("a text").prose;
    assert_eq!(text.to_text().lines().count(), 2_000);
    assert!(text.to_markdown().len() < 2_000 * 60);
}

//! The exports of a document, and content that they must never contain.

use bytes::Bytes;
use document::{Author, Document, Level, Outcome, Ownership, SyncStep};
use yrs::types::Attrs;
use yrs::{Any, Doc, ReadTxn, StateVector, Text, Transact, Xml, XmlElementPrelim, XmlFragment, XmlTextPrelim};

fn read(write: impl FnOnce(&Doc)) -> Document {
    let doc = Doc::with_client_id(1);
    write(&doc);
    let update = doc.transact().encode_state_as_update_v1(&StateVector::default());
    let mut document = Document::empty();
    let author = Author { user: "ana".into(), ownership: Ownership::Record };
    let outcome = document.receive(&SyncStep::Update(Bytes::from(update)), Level::Edit, &author);
    assert!(matches!(outcome, Outcome::Accepted(_)), "{outcome:?}");
    document.apply().expect("an honest update");
    document
}

fn marked(name: &str, value: Any) -> Attrs {
    Attrs::from([(name.into(), value)])
}

fn link(href: &str) -> Attrs {
    marked("link", Any::from_json(&format!("{{\"href\":{href:?}}}")).expect("JSON"))
}

fn plan() -> Document {
    read(|doc| {
        let root = doc.get_or_insert_xml_fragment("default");
        let mut txn = doc.transact_mut();
        let heading = root.push_back(&mut txn, XmlElementPrelim::empty("heading"));
        heading.insert_attribute(&mut txn, "level", 2);
        heading.push_back(&mut txn, XmlTextPrelim::new("Where we stand"));
        let paragraph = root.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
        let text = paragraph.push_back(&mut txn, XmlTextPrelim::new("Growth is fast, see notes."));
        text.format(&mut txn, 10, 4, marked("bold", Any::from_json("{}").expect("JSON")));
        text.format(&mut txn, 20, 5, link("https://example.org/a"));
        let tasks = root.push_back(&mut txn, XmlElementPrelim::empty("taskList"));
        for (words, checked) in [("Hire", true), ("Open", false)] {
            let task = tasks.push_back(&mut txn, XmlElementPrelim::empty("taskItem"));
            task.insert_attribute(&mut txn, "checked", checked);
            let line = task.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            line.push_back(&mut txn, XmlTextPrelim::new(words));
        }
        let table = root.push_back(&mut txn, XmlElementPrelim::empty("table"));
        for (cell, words) in [("tableHeader", ["Country", "Growth"]), ("tableCell", ["Norway", "11 | 12"])] {
            let row = table.push_back(&mut txn, XmlElementPrelim::empty("tableRow"));
            for word in words {
                let cell = row.push_back(&mut txn, XmlElementPrelim::empty(cell));
                let line = cell.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
                line.push_back(&mut txn, XmlTextPrelim::new(word));
            }
        }
    })
}

#[test]
fn a_plan_reads_as_markdown_html_text_and_json() {
    let prose = plan().prose();
    assert_eq!(
        prose.to_markdown(),
        "## Where we stand\n\nGrowth is **fast**, see [notes](<https://example.org/a>).\n\n- [x] Hire\n- [ ] Open\n\n\
         | Country | Growth |\n| --- | --- |\n| Norway | 11 \\| 12 |\n"
    );
    assert_eq!(
        prose.to_html(),
        "<h2>Where we stand</h2><p>Growth is <strong>fast</strong>, see \
         <a rel=\"noopener nofollow\" href=\"https://example.org/a\">notes</a>.</p>\
         <ul class=\"tasks\" data-type=\"taskList\">\
         <li data-type=\"taskItem\" data-checked=\"true\"><label><input type=\"checkbox\" aria-label=\"Task\" disabled checked></label>\
         <div><p>Hire</p></div></li>\
         <li data-type=\"taskItem\" data-checked=\"false\"><label><input type=\"checkbox\" aria-label=\"Task\" disabled></label>\
         <div><p>Open</p></div></li></ul>\
         <table><tr><th><p>Country</p></th><th><p>Growth</p></th></tr><tr><td><p>Norway</p></td><td><p>11 | 12</p></td></tr></table>"
    );
    assert_eq!(
        prose.to_text(),
        "Where we stand\nGrowth is fast, see notes.\nHire\nOpen\nCountry\nGrowth\nNorway\n11 | 12"
    );
    assert_eq!(prose.words(), 15);
    let json = prose.to_json();
    assert_eq!(json["content"][0]["attrs"]["level"], 2);
    assert_eq!(json["content"][1]["content"][1]["marks"][0]["type"], "bold");
    assert_eq!(json["content"][1]["content"][3]["marks"][0]["attrs"]["href"], "https://example.org/a");
}

/// [PERM-5] No node or address written by a raw client leads to executable output.
#[test]
fn exports_contain_nothing_executable() {
    let document = read(|doc| {
        let root = doc.get_or_insert_xml_fragment("default");
        let mut txn = doc.transact_mut();
        let script = root.push_back(&mut txn, XmlElementPrelim::empty("script"));
        script.push_back(&mut txn, XmlTextPrelim::new("alert(1)"));
        let image = root.push_back(&mut txn, XmlElementPrelim::empty("image"));
        image.insert_attribute(&mut txn, "src", "javascript:alert(2)");
        let image = root.push_back(&mut txn, XmlElementPrelim::empty("image"));
        image.insert_attribute(&mut txn, "src", "https://x/\" onerror=\"alert(3)");
        let line = root.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
        line.insert_attribute(&mut txn, "onclick", "alert(4)");
        let text = line.push_back(&mut txn, XmlTextPrelim::new("<b>bold</b>"));
        text.format(&mut txn, 0, 4, link(" JavaScript:alert(5)"));
    });
    let html = document.prose().to_html();
    assert_eq!(
        html,
        "alert(1)<img src=\"https://x/&quot; onerror=&quot;alert(3)\" alt=\"\"><p>&lt;b&gt;bold&lt;/b&gt;</p>"
    );
    assert!(!document.prose().to_markdown().to_lowercase().contains("javascript"));
}

/// [PROSE-12] The deepest admitted documents are written and read quickly. If any work were done twice on each level,
/// it would never end.
#[test]
fn deep_documents_are_written_and_read_in_time() {
    use document::prose::{Draft, Prose, View};
    for names in [
        ["bulletList", "listItem"],
        ["taskList", "taskItem"],
        ["orderedList", "listItem"],
        ["blockquote", "blockquote"],
        ["table", "tableCell"],
    ] {
        let document = read(|doc| {
            let root = doc.get_or_insert_xml_fragment("default");
            let mut txn = doc.transact_mut();
            let mut parent = root.push_back(&mut txn, XmlElementPrelim::empty(names[0]));
            for level in 1..100 {
                parent = parent.push_back(&mut txn, XmlElementPrelim::empty(names[level % 2]));
            }
            let paragraph = parent.push_back(&mut txn, XmlElementPrelim::empty("paragraph"));
            paragraph.push_back(&mut txn, XmlTextPrelim::new("deep"));
        });
        let prose = document.prose();
        for text in [prose.to_markdown(), prose.to_html(), prose.to_text(), prose.to_json().to_string()] {
            assert!(text.contains("deep"), "{names:?}");
        }
        let mut draft = Draft::new(&document.state()).expect("readable");
        if let Ok(again) = Prose::from_markdown(&prose.to_markdown()) {
            draft.write(&again, View::Markdown);
        }
    }
    let quotes = format!("{}deep", "> ".repeat(5_000));
    Prose::from_markdown(&quotes).expect_err("deeper than documents go");
}

/// [PROSE-17] A link to a page is stored by its id alone; formats for people show the title that they are given, and
/// are read back as the same link.
#[test]
fn a_page_link_has_an_id_and_shows_a_title() {
    use std::collections::HashMap;

    use document::prose::Prose;
    use serde_json::json;

    let (plan, other) = ("019b3c52-7d1e-7000-8000-0123456789ab", "019b3c52-7d1e-7000-8000-ba9876543210");
    let link = |id: &str| json!({ "type": "pageLink", "attrs": { "document": id } });
    let text = |text: &str| json!({ "type": "text", "text": text });
    let line = json!({ "type": "paragraph", "content": [text("See "), link(plan), text(" and "), link(other), text("!"), link(plan)] });
    let prose = Prose::from_json(&json!({ "type": "doc", "content": [line] })).expect("the editor's");
    assert_eq!(prose.page_links(), [plan, other]);
    assert_eq!(prose.to_text(), "See  and !");

    let titles = HashMap::from([(plan.to_owned(), "Plan <2027> [v|2]".to_owned())]);
    let shown = prose.clone().with_titles(&titles);
    let page = |words: &str, id: &str| format!("[{words}](</documents/{id}> \"Page\")");
    let named = page("Plan \\<2027> \\[v\\|2\\]", plan);
    assert_eq!(shown.to_markdown(), format!("See {named} and {}\\!{named}\n", page("Page", other)));
    let html = shown.to_html();
    assert!(
        html.contains(&format!("<a href=\"/documents/{plan}\" data-page=\"{plan}\">Plan &lt;2027&gt; [v|2]</a>")),
        "{html}"
    );
    assert_eq!(Prose::from_markdown(&shown.to_markdown()).expect("Markdown"), prose);
    // Titles that were stored by a raw client are not shown.
    assert_eq!(shown.with_titles(&HashMap::new()).to_markdown(), prose.to_markdown());

    for bad in [
        json!({}),
        json!({ "document": "plan" }),
        json!({ "document": plan.to_uppercase() }),
        json!({ "document": plan, "title": "x" }),
    ] {
        let node = json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [{ "type": "pageLink", "attrs": bad }] }] });
        assert!(Prose::from_json(&node).is_err(), "{node}");
    }
    // A person's own words on a link to the same address stay.
    let own = Prose::from_markdown(&format!("[our plan](/documents/{plan})")).expect("Markdown");
    assert!(own.to_markdown().starts_with("[our plan]"), "{}", own.to_markdown());
}

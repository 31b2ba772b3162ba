//! A comparison contains both texts completely, and the change of each block, cell and word.

#[path = "support/generated.rs"]
#[allow(dead_code)]
mod generated;

use std::collections::HashMap;
use std::sync::Arc;

use document::prose::{Change, Comparison, Credit, Credited, Letters, Node, People, Prose};
use generated::Author;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

fn prose(markdown: &str) -> Prose {
    Prose::from_markdown(markdown).expect("Markdown")
}

fn of_json(content: Value) -> Prose {
    Prose::from_json(&json!({ "type": "doc", "content": content })).expect("a document")
}

fn with_names<T>(show: impl FnOnce(&People<'_>) -> T) -> T {
    let names = HashMap::from([(Arc::from("a"), "Ana".to_owned()), (Arc::from("b"), "Ben & Co".to_owned())]);
    show(&People { names: &names, time: |at| format!("T{at}") })
}

fn html(comparison: &Comparison) -> String {
    with_names(|people| comparison.to_html(people))
}

fn as_json(comparison: &Comparison) -> Value {
    with_names(|people| comparison.to_json(people))
}

fn check(before: &Prose, after: &Prose) -> Comparison {
    let comparison = before.compare(after);
    assert_eq!(comparison.before(), *before, "{}", as_json(&comparison));
    assert_eq!(comparison.after(), *after, "{}", as_json(&comparison));
    assert_eq!(comparison.is_empty(), before == after);
    comparison
}

/// [REV-2] A changed word is reported as one word and an added block as one block, also in HTML.
#[test]
fn changed_words_and_added_blocks_are_reported() {
    let before = prose("# Plan\n\nGrowth is slow in the north.\n\n- one\n- two\n\nWe hire.\n");
    let after = prose("# Plan\n\nGrowth is steady in the north.\n\nA new line.\n\n- one\n- two\n- three & more\n");
    let comparison = check(&before, &after);
    assert_eq!((comparison.words_added, comparison.words_removed), (6, 3));
    assert_eq!(
        html(&comparison),
        "<h1>Plan</h1><p>Growth is <del>slow</del><ins>steady</ins> in the north.</p><p><ins>A new line.</ins></p>\
         <ul><li><p>one</p></li><li><p>two</p></li><li><p><ins>three &amp; more</ins></p></li></ul>\
         <p><del>We hire.</del></p>"
    );
    assert!(before.compare(&before).is_empty());
    assert_eq!(as_json(&comparison)["changes"][1]["words"][1]["kind"], "removed");
    assert_eq!(comparison.sections(), ["Plan"]);
}

/// [E7] [REV-2] Changed lines keep bold, links, code and breaks of both texts, and tasks their boxes.
#[test]
fn changed_lines_keep_their_marks() {
    let before = prose(
        "Growth is **quite slow** in [the north](https://example.org/), says `cargo run`.\\\nOnce.\n\n- [x] hire\n- [ ] open\n",
    );
    let after = prose(
        "Growth is **quite steady** in [the south](https://example.org/), says `cargo test`.\\\nTwice.\n\n- [x] hire two\n- [ ] open\n",
    );
    let comparison = check(&before, &after);
    let link = "<a rel=\"noopener noreferrer nofollow\" href=\"https://example.org/\" target=\"_blank\">";
    let task = |checked: bool, input: &str, words: &str| {
        format!(
            "<li data-type=\"taskItem\" data-checked=\"{checked}\"><label><input type=\"checkbox\" aria-label=\"Task\" {input}></label><div><p>{words}</p></div></li>"
        )
    };
    assert_eq!(
        html(&comparison),
        format!(
            "<p>Growth is <strong>quite </strong><del><strong>slow</strong></del><ins><strong>steady</strong></ins> in \
             {link}the </a><del>{link}north</a></del><ins>{link}south</a></ins>, says <code>cargo </code>\
             <del><code>run</code></del><ins><code>test</code></ins>.<br><del>Once</del><ins>Twice</ins>.</p>\
             <ul class=\"tasks\" data-type=\"taskList\">{}{}</ul>",
            task(true, "disabled checked", "hire<ins> two</ins>"),
            task(false, "disabled", "open"),
        )
    );
    let words = &as_json(&comparison)["changes"][0]["words"];
    assert_eq!(words[1], json!({ "kind": "same", "text": "quite ", "marks": [{ "type": "bold" }] }));
    assert_eq!(words[0], json!({ "kind": "same", "text": "Growth is " }));
    assert_eq!((comparison.words_added, comparison.words_removed), (5, 4));
}

/// [E7] [REV-2] A box that was checked is a change, with both states.
#[test]
fn a_checked_box_is_a_change() {
    let comparison = check(&prose("- [ ] hire\n- [ ] open\n"), &prose("- [x] hire\n- [ ] open\n"));
    assert!(
        html(&comparison)
            .contains("<label><ins><input type=\"checkbox\" aria-label=\"Task\" disabled checked></ins></label>")
    );
    let change = &as_json(&comparison)["changes"][0]["changes"][0];
    assert_eq!((&change["attrs"]["checked"], &change["attrs_before"]["checked"]), (&true.into(), &false.into()));
    assert_eq!((comparison.words_added, comparison.words_removed), (0, 0));
}

/// [REV-8] One changed cell is reported as one cell, whatever else is in the table.
#[test]
fn a_changed_cell_is_one_cell() {
    let before = prose("| Item | Cost |\n|---|---|\n| Rent | 1000 |\n| Pay | 5000 |\n");
    let comparison = check(&before, &prose("| Item | Cost |\n|---|---|\n| Rent | 1200 |\n| Pay | 5000 |\n"));
    assert_eq!(
        html(&comparison),
        "<table><tr><th><p>Item</p></th><th><p>Cost</p></th></tr>\
         <tr><td><p>Rent</p></td><td><p><del>1000</del><ins>1200</ins></p></td></tr>\
         <tr><td><p>Pay</p></td><td><p>5000</p></td></tr></table>"
    );
    assert_eq!((comparison.words_added, comparison.words_removed), (1, 1));
    assert_eq!(as_json(&comparison)["changes"][0]["columns"], json!(["same", "same"]));
}

/// [REV-8] Rows and columns are reported as added and removed. Other cells stay, and rows of one version have empty
/// cells in columns of the other.
#[test]
fn rows_and_columns_are_added_and_removed() {
    let before = prose("| Item | Old | Cost |\n|---|---|---|\n| Rent | x | 1000 |\n| Pay | y | 5000 |\n");
    let after = prose(
        "| Item | Cost | Note |\n|---|---|---|\n| Rent | 1000 | fixed |\n| Pay | 5500 | rises |\n| Tax | 90 | new |\n",
    );
    let comparison = check(&before, &after);
    assert_eq!(as_json(&comparison)["changes"][0]["columns"], json!(["same", "removed", "same", "added"]));
    assert_eq!(
        html(&comparison),
        "<table>\
         <tr><th><p>Item</p></th><th><p><del>Old</del></p></th><th><p>Cost</p></th><th><p><ins>Note</ins></p></th></tr>\
         <tr><td><p>Rent</p></td><td><p><del>x</del></p></td><td><p>1000</p></td><td><p><ins>fixed</ins></p></td></tr>\
         <tr><td><p>Pay</p></td><td><p><del>y</del></p></td><td><p><del>5000</del><ins>5500</ins></p></td><td><p><ins>rises</ins></p></td></tr>\
         <tr><td><p><ins>Tax</ins></p></td><td></td><td><p><ins>90</ins></p></td><td><p><ins>new</ins></p></td></tr></table>"
    );
    // A removed row.
    let comparison =
        check(&after, &prose("| Item | Cost | Note |\n|---|---|---|\n| Pay | 5500 | rises |\n| Tax | 90 | new |\n"));
    assert_eq!(html(&comparison).matches("<del>").count(), 3);
    assert!(html(&comparison).contains(
        "<tr><td><p><del>Rent</del></p></td><td><p><del>1000</del></p></td><td><p><del>fixed</del></p></td></tr>"
    ));
}

/// [REV-8] A table with merged cells is compared row by row and cell by cell.
#[test]
fn merged_cells_are_compared() {
    let cell = |words: &str, span: u64| json!({ "type": "tableCell", "attrs": { "colspan": span }, "content": [{ "type": "paragraph", "content": [{ "type": "text", "text": words }] }] });
    let table = |last: &str| {
        of_json(json!([{ "type": "table", "content": [
            { "type": "tableRow", "content": [cell("Costs of the year", 2)] },
            { "type": "tableRow", "content": [cell("Rent of the office", 1), cell(last, 1)] },
        ] }]))
    };
    let comparison = check(&table("1000"), &table("1200"));
    assert!(html(&comparison).contains("<td colspan=\"2\"><p>Costs of the year</p></td>"));
    assert_eq!(html(&comparison).matches("<del>").count(), 1, "{}", html(&comparison));
}

/// [REV-8] Formatting is a change of its own: text that became bold, the target of a link, and the level of a heading.
#[test]
fn formatting_is_shown() {
    let comparison = check(
        &prose("## Costs\n\nThe [budget](https://a.example/) is fixed.\n\nNext\n"),
        &prose("### Costs\n\nThe [budget](https://b.example/) is **fixed**.\n\n> Next\n"),
    );
    assert_eq!((comparison.words_added, comparison.words_removed), (1, 1));
    let json = as_json(&comparison);
    assert_eq!(
        (&json["changes"][0]["attrs_before"]["level"], &json["changes"][0]["attrs"]["level"]),
        (&json!(2), &json!(3))
    );
    let words = json["changes"][1]["words"].as_array().expect("words");
    let formatted: Vec<&Value> = words.iter().filter(|word| word["kind"] == "formatted").collect();
    assert_eq!(formatted.len(), 2);
    assert_eq!(formatted[0]["marks_before"][0]["attrs"]["href"], "https://a.example/");
    assert_eq!(formatted[0]["marks"][0]["attrs"]["href"], "https://b.example/");
    assert_eq!((&formatted[1]["text"], &formatted[1]["marks_before"]), (&json!("fixed"), &json!([])));
    let html = html(&comparison);
    assert!(html.starts_with(
        "<h3><small class=\"change\" data-changed=\"[{&quot;after&quot;:&quot;heading 3&quot;,&quot;before&quot;:&quot;heading 2&quot;,&quot;what&quot;:&quot;type&quot;}]\">heading 2 → heading 3</small>Costs</h3>"
    ), "{html}");
    assert!(html.contains("title=\"Link: https://a.example/ → https://b.example/\""), "{html}");
    assert!(html.contains("title=\"Bold: on\"><strong>fixed</strong></span>"), "{html}");
}

/// [REV-8] A list of another kind is the same list, and a line of another kind the same line.
#[test]
fn kinds_change() {
    let comparison = check(&prose("- one\n- two\n\nCosts of rent\n"), &prose("1. one\n2. two\n\n# Costs of rent\n"));
    assert_eq!((comparison.words_added, comparison.words_removed), (0, 0));
    let json = as_json(&comparison);
    assert_eq!(
        (&json["changes"][0]["type_before"], &json["changes"][0]["type"]),
        (&json!("bulletList"), &json!("orderedList"))
    );
    assert_eq!(
        (&json["changes"][1]["type_before"], &json["changes"][1]["type"]),
        (&json!("paragraph"), &json!("heading"))
    );
    assert!(html(&comparison).contains("bulletList → orderedList</small><ol>"), "{}", html(&comparison));
}

/// [REV-8] Images and files: added, removed, replaced, and with another description or caption.
#[test]
fn pictures_are_compared() {
    let id = |n: u64| format!("0198c0de-0000-7000-8000-{n:012x}");
    let image = |n: u64, alt: &str| json!({ "type": "image", "attrs": { "attachment": id(n), "alt": alt } });
    let comparison = check(&of_json(json!([image(1, "Chart")])), &of_json(json!([image(1, "Chart of costs")])));
    assert_eq!(as_json(&comparison)["changes"][0]["kind"], "replaced");
    assert!(
        html(&comparison).contains("Description: Chart → Chart of costs</small><img data-attachment"),
        "{}",
        html(&comparison)
    );
    let comparison = check(&of_json(json!([image(1, "Chart")])), &of_json(json!([image(2, "Chart")])));
    let html = html(&comparison);
    assert!(html.contains(&format!("<del><img data-attachment=\"{}\" alt=\"Chart\"></del>", id(1))), "{html}");
    assert!(
        html.contains(&format!("Replaced</small><ins><img data-attachment=\"{}\" alt=\"Chart\"></ins>", id(2))),
        "{html}"
    );
    let file = json!({ "type": "file", "attrs": { "attachment": id(3), "name": "costs.xlsx" } });
    let comparison = check(&of_json(json!([image(1, "Chart")])), &of_json(json!([image(1, "Chart"), file])));
    assert!(matches!(&comparison.changes[..], [Change::Same(_), Change::Added(_)]));
}

/// [REV-9] A block in another place is reported as moved, with its changes, and its words are not counted as changes.
#[test]
fn moved_blocks_are_moved() {
    let parts =
        ["# Plan", "The first part of it.", "A second part that says much more than that.", "And a third part."];
    let text = |order: [usize; 4]| prose(&order.map(|index| parts[index]).join("\n\n"));
    let comparison = check(&text([0, 1, 2, 3]), &text([0, 2, 3, 1]));
    assert_eq!((comparison.words_added, comparison.words_removed), (0, 0));
    let json = as_json(&comparison);
    let kinds: Vec<&Value> =
        json["changes"].as_array().expect("changes").iter().map(|change| &change["kind"]).collect();
    assert_eq!(kinds, ["same", "moved_from", "same", "same", "moved_to"]);
    assert_eq!((&json["changes"][1]["move"], &json["changes"][4]["move"]), (&json!(1), &json!(1)));
    let shown = html(&comparison);
    assert!(!shown.contains("<ins") && !shown.contains("<del"), "{shown}");
    assert!(shown.contains("<p><span class=\"moved-from\" data-move=\"1\""), "{shown}");
    assert!(shown.ends_with(">The first part of it.</span></p>"), "{shown}");

    // Moved and changed.
    let after =
        prose("# Plan\n\nAnd a third part.\n\nThe first part of it.\n\nA second part that says far more than that.");
    let comparison = check(
        &prose("# Plan\n\nA second part that says much more than that.\n\nAnd a third part.\n\nThe first part of it."),
        &after,
    );
    assert_eq!((comparison.words_added, comparison.words_removed), (1, 1), "{}", as_json(&comparison));
    assert!(html(&comparison).contains("<del>much</del><ins>far</ins>"), "{}", html(&comparison));
    // An item of a list, and a row of a table.
    let comparison = check(
        &prose("- we hire three people\n- we open in Oslo\n- we close in Bergen\n"),
        &prose("- we open in Oslo\n- we close in Bergen\n- we hire three people\n"),
    );
    assert_eq!((comparison.words_added, comparison.words_removed), (0, 0));
}

/// [REV-9] If a short block changes places with a changed table, the short block is reported as moved, and the table is
/// not divided.
#[test]
fn a_table_stays_when_a_line_moves_over_it() {
    let comparison = check(
        &prose(
            "# Plan\n\nThe office moves in June.\n\n| Item | Cost |\n|---|---|\n| Rent | 1000 |\n| Pay | 5000 |\n\nGrowth is slow in the north.\n",
        ),
        &prose(
            "# Plan\n\n| Item | Cost |\n|---|---|\n| Rent | 1200 |\n| Pay | 5000 |\n\nGrowth is steady in the north.\n\nThe office moves in June.\n",
        ),
    );
    let json = as_json(&comparison);
    let kinds: Vec<&Value> =
        json["changes"].as_array().expect("changes").iter().map(|change| &change["kind"]).collect();
    assert_eq!(kinds, ["same", "moved_from", "within", "words", "moved_to"]);
    assert_eq!((comparison.words_added, comparison.words_removed), (2, 2));
}

/// [REV-2] Side by side, each block is beside its other version.
#[test]
fn blocks_stand_side_by_side() {
    let comparison = check(&prose("Growth is slow.\n\nWe hire.\n"), &prose("Growth is steady.\n\nWe hire.\n\nEnd.\n"));
    assert_eq!(
        with_names(|people| comparison.to_html_side_by_side(people)),
        "<div class=\"pair changed\" data-block=\"0\"><div class=\"side before\"><p>Growth is <del>slow</del>.</p></div>\
         <div class=\"side after\"><p>Growth is <ins>steady</ins>.</p></div></div>\
         <div class=\"pair\" data-block=\"1\"><div class=\"side before\"><p>We hire.</p></div><div class=\"side after\"><p>We hire.</p></div></div>\
         <div class=\"pair changed\"><div class=\"side before\"></div><div class=\"side after\"><p><ins>End.</ins></p></div></div>"
    );
}

fn by(from: u32, to: u32, who: &str, at: i64) -> Credited {
    Credited { from, to, credit: Credit { by: who.into(), suggested_by: None, times: Some((at, at)) } }
}

/// [REV-10] Each change names its author and time. A change without a known author names nobody.
#[test]
fn changes_name_their_authors() {
    let units = |prose: &Prose| prose.to_text().encode_utf16().collect::<Vec<u16>>();
    let (before, after) = (
        prose("Growth is slow 🚀 in the north.\n"),
        prose("Growth is very steady 🚀 in the north.\n\nWe hire three.\n"),
    );
    let mut comparison = check(&before, &after);
    let (then, now) = (units(&before), units(&after));
    let at = |text: &[u16], words: &str| {
        let text = String::from_utf16(text).expect("text");
        text[..text.find(words).expect("words")].encode_utf16().count() as u32
    };
    let (slow, very, hire, three) = (at(&then, "slow"), at(&now, "very"), at(&now, "We"), at(&now, "three"));
    let removed = [by(slow, slow + 4, "b", 5)];
    let written = [
        by(very, very + 5, "a", 1),
        by(very + 5, very + 11, "b", 2),
        by(hire, hire + 8, "a", 3),
        by(three, three + 6, "b", 4),
    ];
    comparison.credit(&Letters { text: &then, letters: &removed }, &Letters { text: &now, letters: &written });
    assert_eq!(
        html(&comparison),
        "<p>Growth is <del data-by=\"b\" data-by-name=\"Ben &amp; Co\" data-first=\"T5\" data-last=\"T5\">slow</del>\
         <ins data-by=\"a\" data-by-name=\"Ana\" data-first=\"T1\" data-last=\"T1\">very </ins>\
         <ins data-by=\"b\" data-by-name=\"Ben &amp; Co\" data-first=\"T2\" data-last=\"T2\">steady</ins> 🚀 in the north.</p>\
         <p><ins data-by=\"a\" data-by-name=\"Ana\" data-first=\"T3\" data-last=\"T3\">We hire </ins>\
         <ins data-by=\"b\" data-by-name=\"Ben &amp; Co\" data-first=\"T4\" data-last=\"T4\">three.</ins></p>"
    );
    let json = as_json(&comparison);
    assert_eq!(
        json["changes"][1]["credits"][1],
        json!({ "from": 8, "to": 14, "by": { "id": "b", "name": "Ben & Co" }, "first_at": "T4", "last_at": "T4" })
    );
    assert_eq!(json["changes"][0]["words"][1]["by"]["name"], "Ben & Co");
    assert_eq!(comparison.before(), before);
    assert_eq!(comparison.after(), after);
    assert_eq!(comparison.people(), [Arc::from("a"), Arc::from("b")]);
    // Offsets in another text are ignored.
    let mut comparison = check(&before, &after);
    comparison.credit(&Letters { text: &now, letters: &removed }, &Letters { text: &then, letters: &written });
    assert!(comparison.people().is_empty());
    // If only one person wrote, this person is the author of every change.
    comparison.only = Some(Credit { by: "a".into(), suggested_by: None, times: Some((1, 9)) });
    assert!(
        html(&comparison)
            .contains("<del data-by=\"a\" data-by-name=\"Ana\" data-first=\"T1\" data-last=\"T9\">slow</del>")
    );
}

/// [REV-10] A block that was moved and changed names the authors of its words.
#[test]
fn moved_blocks_name_their_authors() {
    let before = prose("One two three four five six seven.\n\nThe end of all.\n\nAnd one more line.");
    let after = prose("The end of all.\n\nAnd one more line.\n\nOne two three four six seven.");
    let units = |prose: &Prose| prose.to_text().encode_utf16().collect::<Vec<u16>>();
    let mut comparison = check(&before, &after);
    let (then, now) = (units(&before), units(&after));
    let removed = [by(19, 24, "b", 5)];
    let end = now.len() as u32;
    comparison.credit(
        &Letters { text: &then, letters: &removed },
        &Letters { text: &now, letters: &[by(end - 29, end, "a", 7)] },
    );
    let shown = html(&comparison);
    assert!(
        shown.contains(
            "<del data-by=\"b\" data-by-name=\"Ben &amp; Co\" data-first=\"T5\" data-last=\"T5\">five </del>"
        ),
        "{shown}"
    );
    assert_eq!(as_json(&comparison)["changes"][3]["by"]["name"], "Ana", "{shown}");
}

/// [REV-2] For any two texts, both can be reconstructed from the comparison.
#[test]
fn both_sides_can_be_read() {
    let mut random = StdRng::seed_from_u64(11);
    let words = ["plan", "growth", "north", "hire", "three", "naïve", "漢字", "<b>", "&", "costs"];
    let text = |random: &mut StdRng| {
        let line = |random: &mut StdRng| {
            let count = random.random_range(1..8);
            (0..count).map(|_| *words.choose(random).expect("some")).collect::<Vec<_>>().join(" ")
        };
        let mut blocks = Vec::new();
        for _ in 0..random.random_range(0..8) {
            let first = line(random);
            blocks.push(match random.random_range(0..5) {
                0 => format!("## {first}"),
                1 => format!("- {first}\n- {}\n- {}", line(random), line(random)),
                2 => format!("| a | b |\n|---|---|\n| {first} | {} |", line(random)),
                _ => first,
            });
        }
        prose(&blocks.join("\n\n"))
    };
    for _ in 0..2_000 {
        let (before, after) = (text(&mut random), text(&mut random));
        check(&before, &after);
    }
}

/// Changes nodes at any depth: removes, moves and doubles nodes, and gives texts other words or marks.
fn disturbed(nodes: Vec<Node>, random: &mut StdRng) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    for node in nodes {
        let node = match node {
            Node::Text { text, marks } => match random.random_range(0..6) {
                0 => Node::Text { text: format!("{text} more"), marks },
                1 => Node::Text { text, marks: Vec::new() },
                _ => Node::Text { text, marks },
            },
            Node::Element { name, attributes, children } => {
                Node::Element { name, attributes, children: disturbed(children, random) }
            }
        };
        match random.random_range(0..12) {
            0 => {}
            1 => out.extend([node.clone(), node]),
            _ => out.push(node),
        }
    }
    if random.random_ratio(1, 5) {
        out.shuffle(random);
    }
    joined(out)
}

/// Joins neighbouring texts with the same marks, as in texts that are read.
fn joined(nodes: Vec<Node>) -> Vec<Node> {
    let mut out: Vec<Node> = Vec::new();
    for node in nodes {
        match (out.last_mut(), node) {
            (Some(Node::Text { text, marks }), Node::Text { text: more, marks: same }) if *marks == same => {
                text.push_str(&more);
            }
            (_, node) => out.push(node),
        }
    }
    out
}

/// [REV-2] [REV-8] [REV-9] Both texts can be reconstructed for every node, mark and attribute of the editor, between
/// unrelated texts and between versions of one text. HTML and JSON can be written for all of them.
#[test]
fn both_sides_of_generated_documents_can_be_read() {
    for seed in 0..400 {
        let mut author = Author::new(seed);
        let (one, other) = (author.document(), author.document());
        check(&one, &other);
        let mut random = StdRng::seed_from_u64(seed);
        // Shuffled nodes need not fit the schema: raw clients write such texts.
        let changed = Prose(disturbed(one.0.clone(), &mut random));
        let comparison = check(&one, &changed);
        let side_by_side = with_names(|people| comparison.to_html_side_by_side(people));
        assert_eq!(side_by_side.matches("class=\"pair").count(), comparison.changes.len());
        with_names(|people| comparison.to_printed(people));
    }
}

/// One paragraph of words that repeat, which has no words to align by.
fn repeating(words: usize, distinct: usize, seed: u64) -> Prose {
    let mut random = StdRng::seed_from_u64(seed);
    let text: Vec<String> = (0..words).map(|_| format!("w{}", random.random_range(0..distinct))).collect();
    prose(&text.join(" "))
}

/// [REV-2] D2: long paragraphs of repeating words are compared in linear time (formerly 25 s), and both texts can still
/// be read from the comparison. `differences` counts the steps.
#[test]
fn long_paragraphs_of_repeating_words_are_compared() {
    for distinct in [2, 700] {
        let (before, after) = (repeating(40_000, distinct, 1), repeating(40_000, distinct, 2));
        check(&before, &after);
    }
}

/// [REV-12] A block that was changed, removed or moved is put back in its old place, and nothing else changes.
#[test]
fn one_block_is_put_back() {
    let parts =
        ["# Plan", "Growth is slow in the north.", "We hire three people.", "The office moves in June.", "End."];
    let before = prose(&parts.join("\n\n"));
    let after =
        prose("# Plan\n\nThe office moves in June.\n\nGrowth is steady in the north.\n\nMore of it here.\n\nEnd.");
    let comparison = check(&before, &after);
    let with = |block: usize| comparison.with_block(block).map(|text| text.to_text());
    assert_eq!(with(0), None);
    assert_eq!((with(3), with(4)), (None, None));
    assert_eq!(with(9), None);
    let lines =
        |block: usize| with(block).map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).expect("a change");
    // The block is after the office now, and has other words.
    assert_eq!(
        lines(1),
        ["Plan", "Growth is slow in the north.", "The office moves in June.", "More of it here.", "End."]
    );
    let hired = ["Plan", "We hire three people.", "The office moves in June.", "Growth is steady in the north."];
    assert_eq!(lines(2), [&hired[..], &["More of it here.", "End."]].concat());
    // A changed block is replaced where it is.
    let comparison = check(
        &before,
        &prose(&[parts[0], "Growth is steady in the north.", parts[2], parts[3], parts[4]].join("\n\n")),
    );
    assert_eq!(comparison.with_block(1), Some(before));
}

/// [REV-12] If an item moved between two lists and one of them is put back, the item is only in the list that it came
/// from.
#[test]
fn a_list_is_put_back_with_the_items_that_left_it() {
    let list = |items: &[&str]| items.iter().map(|item| format!("- {item}\n")).collect::<String>();
    let (first, second) =
        (["Hire three people", "Visit ten customers"], ["Sell the old office", "Write the yearly report"]);
    let moved = "Move the team to Oslo in June";
    let text = |first: &[&str], second: &[&str]| prose(&format!("{}\nThen:\n\n{}", list(first), list(second)));
    let before = text(&[&first[..], &[moved]].concat(), &second);
    let after = text(&first, &[&[moved], &second[..]].concat());
    let comparison = check(&before, &after);
    assert_eq!(comparison.with_block(0), Some(before.clone()));
    assert_eq!(comparison.with_block(2), Some(before));
}

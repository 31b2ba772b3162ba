//! A comparison contains both texts completely.

use document::prose::{Change, Comparison, Kind, Node, Prose, Word};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

fn prose(markdown: &str) -> Prose {
    Prose::from_markdown(markdown).expect("Markdown")
}

/// The text of one side.
fn side(changes: &[Change], hidden: Kind) -> Vec<String> {
    let mut lines = Vec::new();
    let whole = |node: &Node| Prose(vec![node.clone()]).to_text();
    for change in changes {
        match change {
            Change::Same(node) => lines.push(whole(node)),
            Change::Added(node) if hidden != Kind::Added => lines.push(whole(node)),
            Change::Removed(node) if hidden != Kind::Removed => lines.push(whole(node)),
            Change::Added(_) | Change::Removed(_) => {}
            Change::Words { words, .. } => {
                let seen = words.iter().filter(|word| word.kind != hidden).map(|Word { text, .. }| text.as_str());
                lines.push(seen.collect());
            }
            Change::Within { changes, .. } => lines.extend(side(changes, hidden)),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn lines(prose: &Prose) -> Vec<String> {
    prose.to_text().lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

fn check(before: &Prose, after: &Prose) -> Comparison {
    let comparison = before.compare(after);
    assert_eq!(side(&comparison.changes, Kind::Added).join("\n").lines().collect::<Vec<_>>(), lines(before));
    assert_eq!(side(&comparison.changes, Kind::Removed).join("\n").lines().collect::<Vec<_>>(), lines(after));
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
        comparison.to_html(),
        "<h1>Plan</h1><p>Growth is <del>slow</del><ins>steady</ins> in the north.</p><p><ins>A new line.</ins></p>\
         <ul><li><p>one</p></li><li><p>two</p></li><li><p><ins>three &amp; more</ins></p></li></ul>\
         <p><del>We hire.</del></p>"
    );
    assert!(before.compare(&before).is_empty());
    assert_eq!(comparison.to_json()["changes"][1]["words"][1]["kind"], "removed");
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
        comparison.to_html(),
        format!(
            "<p>Growth is <strong>quite </strong><del><strong>slow</strong></del><ins><strong>steady</strong></ins> in \
             {link}the </a><del>{link}north</a></del><ins>{link}south</a></ins>, says <code>cargo </code>\
             <del><code>run</code></del><ins><code>test</code></ins>.<br><del>Once</del><ins>Twice</ins>.</p>\
             <ul class=\"tasks\" data-type=\"taskList\">{}{}</ul>",
            task(true, "disabled checked", "hire<ins> two</ins>"),
            task(false, "disabled", "open"),
        )
    );
    let words = &comparison.to_json()["changes"][0]["words"];
    assert_eq!(words[1], serde_json::json!({ "kind": "same", "text": "quite ", "marks": [{ "type": "bold" }] }));
    assert_eq!(words[0], serde_json::json!({ "kind": "same", "text": "Growth is " }));
    assert_eq!((comparison.words_added, comparison.words_removed), (5, 4));
}

/// [E7] [REV-2] A box that was checked is a change, with both states.
#[test]
fn a_checked_box_is_a_change() {
    let comparison = check(&prose("- [ ] hire\n- [ ] open\n"), &prose("- [x] hire\n- [ ] open\n"));
    assert!(
        comparison
            .to_html()
            .contains("<label><ins><input type=\"checkbox\" aria-label=\"Task\" disabled checked></ins></label>")
    );
    let change = &comparison.to_json()["changes"][0]["changes"][0];
    assert_eq!((&change["attrs"]["checked"], &change["attrs_before"]["checked"]), (&true.into(), &false.into()));
    assert_eq!((comparison.words_added, comparison.words_removed), (0, 0));
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

/// One paragraph of words that repeat, which has no words to align by.
fn repeating(words: usize, distinct: usize, seed: u64) -> Prose {
    let mut random = StdRng::seed_from_u64(seed);
    let text: Vec<String> = (0..words).map(|_| format!("w{}", random.random_range(0..distinct))).collect();
    prose(&text.join(" "))
}

/// [REV-2] D2: long paragraphs of repeating words are compared in linear time (25 s before), and both can still be read
/// from the comparison. `differences` counts the steps.
#[test]
fn long_paragraphs_of_repeating_words_are_compared() {
    for distinct in [2, 700] {
        let (before, after) = (repeating(40_000, distinct, 1), repeating(40_000, distinct, 2));
        check(&before, &after);
    }
}

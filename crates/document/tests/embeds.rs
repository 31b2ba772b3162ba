//! Cards of pages on other sites, as Markdown, HTML and text, and the changes of a card.

use document::prose::{Draft, LinkTarget, Prose, View};
use serde_json::json;

fn read(text: &str) -> Prose {
    Prose::from_markdown(text).expect("Markdown")
}

/// [PROSE-20] A card is a block of its own in every format; a link alone in a line stays a link.
#[test]
fn a_card_is_read_as_it_is_written() {
    let text = "Look:\n\n![A \\[talk\\]](<embed:https://www.youtube.com/watch?v=a_b>)\n\n![](<embed:https://example.org/>)\n\n\
                [link](<https://example.org/>)\n";
    let prose = read(text);
    assert_eq!(prose.to_markdown(), text);
    let names: Vec<_> =
        prose.to_json()["content"].as_array().into_iter().flatten().map(|node| node["type"].clone()).collect();
    assert_eq!(names, ["paragraph", "embed", "embed", "paragraph"]);
    let html = prose.to_html();
    assert!(
        html.contains(
            "<figure data-embed=\"https://www.youtube.com/watch?v=a_b\" data-title=\"A [talk]\"><a rel=\"noopener nofollow\" \
             href=\"https://www.youtube.com/watch?v=a_b\" target=\"_blank\">A [talk]</a></figure>"
        ),
        "{html}"
    );
    assert!(html.contains("target=\"_blank\">https://example.org/</a></figure>"), "{html}");
    assert_eq!(prose.searchable_lines(), ["Look:", "link", "A [talk]", "https://example.org/"]);
    let card = LinkTarget::Address("https://www.youtube.com/watch?v=a_b");
    assert_eq!(prose.link_targets().first(), Some(&card));
    // An address that is not on the web is not shown as a card.
    assert_eq!(read("![x](<embed:javascript:alert(1)>)").to_markdown(), "x\n");
    let cell = read("| ![talk](<embed:https://example.org/>) |\n| --- |\n");
    assert_eq!(cell.to_markdown(), "| ![talk](<embed:https://example.org/>) |\n| --- |\n");
}

/// [PROSE-3] [PROSE-20] Another title or address is a change of the card.
#[test]
fn an_edit_of_a_card_changes_the_card() {
    let before = "Words.\n\n![talk](<embed:https://example.org/a>)\n";
    let mut draft = Draft::empty();
    draft.write(&read(before), View::Markdown);
    let after = before.replace("talk", "lecture");
    let update = draft.write(&read(&after), View::Markdown).expect("an edit");
    assert!(update.len() < 50, "{} bytes", update.len());
    assert_eq!(draft.prose().to_markdown(), after);
    let html = read(before)
        .compare(&read(&after))
        .to_html(&document::prose::People { names: &Default::default(), time: |_| String::new() });
    assert!(html.contains("talk → lecture"), "{html}");
}

/// [PROSE-11] A card that a raw client stored with an address that is not on the web is shown as words.
#[test]
fn a_card_leads_to_the_web_only() {
    let node = json!({ "type": "doc", "content": [{ "type": "embed", "attrs": { "href": "https://x.example", "title": "a" } }] });
    let mut prose = Prose::from_json(&node).expect("valid");
    if let document::prose::Node::Element { attributes, .. } = &mut prose.0[0] {
        attributes.insert("href".into(), json!("javascript:alert(1)"));
    }
    assert!(!prose.to_html().contains("javascript"), "{}", prose.to_html());
    assert_eq!(prose.to_markdown(), "a\n");
}

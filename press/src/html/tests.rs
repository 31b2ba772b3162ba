use super::*;

fn read(html: &str) -> Document {
    let folder = tempfile::tempdir().expect("a folder");
    let document = read_text(html, folder.path()).expect("it is read");
    let mut shown = document.doc.clone();
    attach(&mut shown);
    ::document::prose::Prose::from_json(&shown).unwrap_or_else(|error| panic!("{error}: {shown}"));
    document
}

/// Replaces the paths of attachments by ids, as the server does.
fn attach(node: &mut Value) {
    if let Some(attachment) = node.pointer_mut("/attrs/attachment") {
        *attachment = json!("01990000-0000-7000-8000-000000000000");
    }
    for mark in node["marks"].as_array_mut().into_iter().flatten() {
        if let Some(href) = mark.pointer_mut("/attrs/href") {
            *href = json!("/x");
        }
    }
    node["content"].as_array_mut().into_iter().flatten().for_each(attach);
    if node["content"].is_null() {
        node.as_object_mut().map(|node| node.remove("content"));
    }
    if node["marks"].is_null() {
        node.as_object_mut().map(|node| node.remove("marks"));
    }
}

fn names(node: &Value) -> String {
    let inner: Vec<String> = node["content"].as_array().into_iter().flatten().map(names).collect();
    let name = node["text"]
        .as_str()
        .map_or_else(|| node["type"].as_str().unwrap_or_default().to_owned(), |text| format!("{text:?}"));
    if inner.is_empty() { name } else { format!("{name}({})", inner.join(" ")) }
}

/// [IN-3] Pages become blocks; scripts and decoration are left out.
#[test]
fn a_page_is_read() {
    let html = "<!doctype html><head><title> Plan  2027 </title><meta name=author content='ann@x.example'><style>p{}</style></head>
        <body><h2>Gro<b>wth</b></h2>\n<p>one  <a href='javascript:x'>two</a> <a href=\"b.html#c\">three</a><br>four</p>
        <ul><li>a<ul><li>b</ul><li>c</ul><pre><code class=\"language-Rust\">\nlet x;\n</code></pre>
        <table><tr><th>h<td colspan=2 style='text-align: right'>d</table><script>alert(1)</script><img src=\"f/a%20b.png\" width=20>after";
    let page = read(html);
    assert_eq!(page.title.as_deref(), Some("Plan 2027"));
    assert_eq!(page.authors, ["ann@x.example"]);
    assert_eq!(
        names(&page.doc),
        "doc(heading(\"Gro\" \"wth\") paragraph(\"one two \" \"three\" hardBreak \"four\") \
         bulletList(listItem(paragraph(\"a\") bulletList(listItem(paragraph(\"b\")))) listItem(paragraph(\"c\"))) \
         codeBlock(\"let x;\") table(tableRow(tableHeader(paragraph(\"h\")) tableCell(paragraph(\"d\")))) image \
         paragraph(\"after\"))"
    );
    assert_eq!(page.doc["content"][3]["attrs"]["language"], "rust");
    assert_eq!(page.doc["content"][5]["attrs"], json!({ "attachment": "f/a b.png", "width": 20 }));
}

/// [IN-3] Sub- and superscript, highlights, colours, alignment, callouts and toggles are read as such.
#[test]
fn looks_that_the_editor_has_are_kept() {
    let html = "<p align=right>H<sub>2</sub>O, x<sup>2</sup>, <mark>m</mark><mark data-color=blue>n</mark>
        <span style='color: rgb(200, 0, 0)'>red <span>still</span> red</span><font color=green>g</font></p>
        <h2 style='text-align:center'>T</h2><div class='markdown-alert markdown-alert-tip'><p class=markdown-alert-title>Tip</p><p>t</p></div>
        <div data-callout=caution><ul><li>c</ul></div><details><summary>S</summary>in<details><summary>T</summary></details></details>after";
    let page = read(html);
    let doc = ::document::prose::Prose::from_json(&page.doc).expect("valid");
    assert_eq!(
        doc.to_html(),
        "<p align=\"right\">H<sub>2</sub>O, x<sup>2</sup>, <mark>m</mark><mark data-color=\"blue\">n</mark> \
         <span data-color=\"red\">red still red</span><span data-color=\"green\">g</span></p><h2 align=\"center\">T</h2>\
         <div role=\"note\" data-callout=\"tip\"><p>t</p></div><div role=\"note\" data-callout=\"caution\"><ul><li><p>c</p></li></ul></div>\
         <details><summary>S</summary><div data-type=\"detailsContent\"><p>in</p><details><summary>T</summary>\
         <div data-type=\"detailsContent\"><p></p></div></details></div></details><p>after</p>"
    );
}

/// [IN-6] A page of Notion: properties, tasks, callouts, formulas.
#[test]
fn a_page_of_notion_is_read() {
    let html = "<html><head><title>Plan</title></head><body><article class=\"page sans\"><header>
        <h1 class=\"page-title\">Plan</h1><table class=\"properties\"><tbody>
        <tr class=\"property-row property-row-multi_select\"><th><span class=\"icon property-icon\"><svg></svg></span>Tags</th>
        <td><span class=\"selected-value\">a</span><span class=\"selected-value\">b</span></td></tr>
        <tr class=\"property-row property-row-created_time\"><th>Created</th><td><time>@March 1, 2026 10:05 AM</time></td></tr>
        <tr class=\"property-row property-row-number\"><th>Budget</th><td>12</td></tr></tbody></table></header>
        <div class=\"page-body\"><ul class=\"to-do-list\"><li><div class=\"checkbox checkbox-on\"></div><span>done</span></li></ul>
        <figure class=\"block-color-gray callout\"><div><span class=\"icon\">!</span></div><div>Mind</div></figure>
        <ul class=\"toggle\"><li><details open=\"\"><summary>Tog<b>gle</b></summary><p>In<mark class=\"highlight-teal_background\">side</mark></p></details></li></ul>
        <figure class=\"equation\"><span class=\"katex\"><annotation encoding=\"application/x-tex\">E=mc^2</annotation>
        <span class=\"katex-html\">E<span>x</span></span></span></figure></div></article></body></html>";
    let page = read(html);
    assert_eq!(page.tags, ["a", "b"]);
    assert_eq!(page.created.as_deref(), Some("@March 1, 2026 10:05 AM"));
    assert_eq!(
        names(&page.doc),
        "doc(table(tableRow(tableHeader(paragraph(\"Budget\")) tableCell(paragraph(\"12\")))) \
         taskList(taskItem(paragraph(\"done\"))) callout(paragraph(\"!\") paragraph(\"Mind\")) \
         details(detailsSummary(\"Toggle\") detailsContent(paragraph(\"In\" \"side\"))) paragraph(\"E=mc^2\"))"
    );
    assert_eq!(page.doc["content"][1]["content"][0]["attrs"]["checked"], true);
    let marked = &page.doc["content"][3]["content"][1]["content"][0]["content"][1]["marks"];
    assert_eq!(*marked, json!([{ "type": "highlight", "attrs": { "color": "green" } }]));
    assert_eq!(page.losses.len(), 1);
}

/// [IN-7] A page of Confluence: its text, authors, attachments and comments.
#[test]
fn a_page_of_confluence_is_read() {
    let html = "<html><head><title>Team : Plan</title></head><body><div id=\"page\"><div id=\"breadcrumb-section\">
        <ol id=\"breadcrumbs\"><li>Team</li></ol></div><h1 id=\"title-heading\"><span id=\"title-text\"> Team : Plan </span></h1>
        <div class=\"page-metadata\"> Created by <span class='author'> Ann Lee</span>, last modified on Mar 10, 2026 </div>
        <div id=\"main-content\" class=\"wiki-content group\"><p>Text <img class=\"emoticon\" data-emoji-fallback=\"🙂\"></p>
        <div class=\"confluence-information-macro confluence-information-macro-note\"><p class=\"title\">Mind</p><div><p>this</p></div></div>
        <div class=\"code panel\"><div class=\"codeContent panelContent\"><pre class=\"syntaxhighlighter-pre\" data-syntaxhighlighter-params=\"brush: java; gutter: false\">int x;</pre></div></div>
        <ul class=\"inline-task-list\"><li data-inline-task-id=\"1\" class=\"checked\"><span>did</span></li></ul></div>
        <div class=\"pageSection group\"><h2 id=\"attachments\" class=\"pageSectionTitle\">Attachments:</h2>
        <a href=\"attachments/1/2.pdf\">Report.pdf</a> (application/pdf)</div>
        <div class=\"pageSection\"><h2 id=\"comments\">Comments:</h2><table><tr><td><font class=\"smallfont\"><p>Looks good</p></font>
        <div class=\"smallfont\">&#8194;Posted by bo at Mar 11, 2026 14:05</div></td></tr></table></div></div></body></html>";
    let page = read(html);
    assert_eq!((page.title.as_deref(), page.modified.as_deref()), (Some("Plan"), Some("Mar 10, 2026")));
    assert_eq!(page.authors, ["Ann Lee"]);
    assert_eq!(
        names(&page.doc),
        "doc(paragraph(\"Text 🙂\") callout(paragraph(\"Mind\") paragraph(\"this\")) codeBlock(\"int x;\") \
         taskList(taskItem(paragraph(\"did\"))) file)"
    );
    assert_eq!(page.doc["content"][4]["attrs"], json!({ "attachment": "attachments/1/2.pdf", "name": "Report.pdf" }));
    assert_eq!(page.comments.len(), 1);
    let comment = &page.comments[0];
    assert_eq!((comment.author.as_str(), comment.text.as_str()), ("bo", "Looks good"));
    assert_eq!(comment.created.as_deref(), Some("Mar 11, 2026 14:05"));
}

/// [IN-3] No page breaks the reader, and a deep file costs no more than a long one.
#[test]
fn broken_and_deep_pages_are_read() {
    for broken in [
        "",
        "<",
        "<p",
        "a<!--",
        "<table><td><table></td></table>",
        "</p></div></table>",
        "<a href=x><a href=y>z",
        "<pre>",
        "<ul><table><li>x",
        "<li><li>",
        "<td>x</td>y",
        "\u{0}<p>\u{0}x",
        "<script>",
        "<annotation encoding='application/x-tex'>",
        "<blockquote><ul></blockquote>x</ul>",
        "<img src='data:image/png;base64,AAAA'>",
        "<h1><p><h2>x",
    ] {
        read(broken);
    }
    let depth = 60_000;
    let deep = format!("{}x{}after", "<div><ul><li>".repeat(depth), "</li></ul></div>".repeat(depth));
    let page = read(&deep);
    assert_eq!(page.doc["content"].as_array().map(Vec::len), Some(2), "what comes after is not within");
}

/// [IN-3] Footnotes are read with their notes: ours, and those of GitHub, Pandoc, Google Docs and Word.
#[test]
fn footnotes_are_read() {
    let cases = [
        "<p>a<sup data-footnote=\"In real terms.\"><a href=\"#fn-1\" id=\"fnref-1\" role=\"doc-noteref\">1</a></sup> b</p>\
         <section role=\"doc-endnotes\"><ol><li id=\"fn-1\">In real terms. <a href=\"#fnref-1\" role=\"doc-backlink\">↩</a></li></ol></section>",
        "<p>a<sup><a href=\"#user-content-fn-1\" id=\"user-content-fnref-1\" data-footnote-ref>1</a></sup> b</p>\
         <section data-footnotes class=\"footnotes\"><h2 id=\"footnote-label\">Footnotes</h2><ol><li id=\"user-content-fn-1\">\
         <p>In <b>real</b> terms. <a href=\"#user-content-fnref-1\" data-footnote-backref>↩</a></p></li></ol></section>",
        "<p>a<a href=\"#fn1\" class=\"footnote-ref\" id=\"fnref1\"><sup>1</sup></a> b</p><aside class=\"footnotes\"><ol>\
         <li id=\"fn1\"><p>In real terms.<a href=\"#fnref1\" class=\"footnote-back\">↩︎</a></p></li></ol></aside>",
        "<p>a<sup><a href=\"#ftnt1\" id=\"ftnt_ref1\">[1]</a></sup> b</p><div><p><a href=\"#ftnt_ref1\" id=\"ftnt1\">[1]</a>\
         <span>&nbsp;In real terms.</span></p></div>",
        "<p class=MsoNormal>a<a href=\"#_ftn1\" name=\"_ftnref1\"><span class=MsoFootnoteReference>[1]</span></a> b</p><div>\
         <div id=ftn1><p><a href=\"#_ftnref1\" name=\"_ftn1\"><span>[1]</span></a> In real terms.</p></div></div>",
    ];
    for html in cases {
        let page = read(html);
        assert_eq!(names(&page.doc), "doc(paragraph(\"a\" footnote \" b\"))", "{html}");
        assert_eq!(page.doc["content"][0]["content"][1]["attrs"]["text"], "In real terms.", "{html}");
    }
    // Links back and forth in the same block, to a table of contents, or from a note alone are not footnotes.
    let page = read(
        "<ul><li id=x><a href='#y' id=z>one</a></li></ul><h2 id=y><a href='#x'>One</a></h2><p id=p><a href='#p' id=p>p</a></p>",
    );
    assert!(!page.doc.to_string().contains("footnote"), "{}", page.doc);
    // A page with nothing but nested blocks, and links back and forth.
    let deep = format!("{}<a href='#x' id=x>x</a>", "<div id=x><p id=y><a href='#y' name=x>".repeat(30_000));
    read(&deep);
}

/// [IN-3] Links back from headings do not turn chapters into notes, and what a note cannot hold is not lost.
#[test]
fn what_is_more_than_a_note_stays_in_the_page() {
    for words in ["Intro", "1"] {
        let page = read(&format!(
            "<ul><li><a href='#intro' id='id1'>{words}</a></li></ul><div class=section id=intro>\
             <h1><a class=toc-backref href='#id1'>Intro</a></h1><p>text</p><table><tr><td>x</td></tr></table></div>"
        ));
        assert_eq!(
            names(&page.doc),
            format!(
                "doc(bulletList(listItem(paragraph({words:?}))) heading(\"Intro\") paragraph(\"text\") \
                 table(tableRow(tableCell(paragraph(\"x\")))))"
            )
        );
    }
    for rich in [
        "<h2>x</h2>",
        "<table><tr><td>x</td></tr></table>",
        "<pre>x</pre>",
        "<img src='x.png'>",
        "<p><img src='x.png'>",
    ] {
        let page = read(&format!("<p>a<a href='#n' id=r>1</a></p><div id=n><a href='#r'>1</a> b {rich}</div>"));
        assert!(!names(&page.doc).contains("footnote"), "{rich}");
    }
    let marked = |words: &str| {
        let page = read(&format!("<p>a<a href='#n' id=r>{words}</a></p><div id=n><a href='#r'>1</a> b</div>"));
        names(&page.doc).contains("footnote")
    };
    for words in ["1", "[12]", " (iv) ", "a", "[b]", "*", "**", "†", "‡", "§", "^", "¹", "XLIX", "<sup>3</sup>"] {
        assert!(marked(words), "{words}");
    }
    for words in ["", "Intro", "top", "mix", "civil", "1234567", "lxxxviii", "note 1", "<img src='x.png'>"] {
        assert!(!marked(words), "{words}");
    }
    // One of two notes has code: the other is left out of the list, and the list stays.
    let page = read(
        "<p>a<a href='#f1' id=r1>1</a><a href='#f2' id=r2>2</a></p><section class=footnotes><ol><li id=f1>b <a href='#r1'>^</a></li>\
         <li id=f2><pre>c</pre><a href='#r2'>^</a></li></ol></section>",
    );
    assert!(names(&page.doc).starts_with("doc(paragraph(\"a\" footnote \"2\") orderedList("), "{}", names(&page.doc));
    assert!(names(&page.doc).contains("codeBlock(\"c\")"), "{}", names(&page.doc));
}

/// [IN-3] The cost of links and names grows only with their length, and a note that many links share does not grow the
/// document.
#[test]
fn many_links_and_names_are_read() {
    // A paragraph of anchors with links to it, and blocks of one name.
    let pages = |many: usize| {
        let anchors: String = (0..many).map(|n| format!("<a id=a{n} href='#a{}'>1</a>", n + 1)).collect();
        let links = |to: &str| format!("<a href='#{to}' id=y>1</a>").repeat(many);
        [
            format!("{}<p id=x>{anchors}</p>", links("x")),
            format!("{}{}", links("x"), "<p id=x><a href='#q'></a></p>".repeat(many)),
        ]
    };
    let begun = std::time::Instant::now();
    pages(50_000).iter().for_each(|page| assert!(Footnotes::of(page).note(0).is_none()));
    assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{:?}", begun.elapsed());
    pages(10_000).iter().for_each(|page| assert!(!read(page).doc.to_string().contains("footnote")));
    let (links, note) = ("<a href='#n' id=r>1</a>".repeat(1_000), "word ".repeat(2_000));
    let html = format!("<p>{links}</p><p id=n><a href='#r'>1</a>{note}</p>");
    let shown = read(&html).doc.to_string();
    assert!(shown.contains("footnote") && shown.len() < 4 * html.len() + 200_000, "{}", shown.len());
}

/// [IN-3] A frame whose address the server would refuse for a card does not become one.
#[test]
fn frames_without_a_web_address_are_no_cards() {
    for src in ["http-demo/index.html", "https:/maps.example", "httpx/a"] {
        let page = read(&format!("<iframe src=\"{src}\"></iframe>"));
        assert_eq!(names(&page.doc), format!("doc(paragraph({src:?}))"));
    }
    assert_eq!(names(&read("<iframe src=\"HTTPS://x.example/\"></iframe>").doc), "doc(embed)");
}

/// An image beside the page is attached to it, whatever its name begins with.
#[test]
fn images_beside_a_page_are_told_from_those_on_the_web() {
    let page =
        read("<a href=\"http-demo/big.png\"><img src=\"http-demo/a.png\"></a><img src=\"HTTPS://x.example/b.png\">");
    let images: Vec<_> =
        page.doc["content"].as_array().into_iter().flatten().map(|node| node["attrs"].clone()).collect();
    assert_eq!(images, [json!({ "attachment": "http-demo/a.png" }), json!({ "src": "HTTPS://x.example/b.png" })]);
}

/// [IN-3] Frames, and bookmarks of Notion and Confluence, become cards.
#[test]
fn pages_within_a_page_become_cards() {
    let html = "<p>a</p><iframe width=560 src=\"https://www.youtube-nocookie.com/embed/dQw4?start=1\" title=\"A talk\">x</iframe>\
                <iframe src=\"//player.vimeo.com/video/76\"></iframe><iframe src=\"javascript:x\"></iframe>\
                <figure id=x><a href=\"https://x.example/\" class=\"bookmark source\"><div class=bookmark-info><div class=bookmark-title>X</div></div></a></figure>\
                <figure data-embed=\"https://y.example/\" data-title=\"Y\"><a href=\"https://y.example/\">Y</a></figure>\
                <p><a href=\"https://z.example/\" data-card-appearance=\"embed\">https://z.example/</a> after</p>";
    let page = read(html);
    let cards: Vec<_> = page.doc["content"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|node| node["type"] == "embed")
        .map(|node| node["attrs"].clone())
        .collect();
    assert_eq!(
        cards,
        [
            json!({ "href": "https://www.youtube.com/watch?v=dQw4", "title": "A talk" }),
            json!({ "href": "https://vimeo.com/76" }),
            json!({ "href": "https://x.example/" }),
            json!({ "href": "https://y.example/", "title": "Y" }),
            json!({ "href": "https://z.example/" }),
        ]
    );
    assert!(names(&page.doc).ends_with("paragraph(\"after\"))"), "{}", names(&page.doc));
}

//! The parts of the package that are not text: types, relations, properties, styles, the footer.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::body::{Body, LEVEL_TWIPS, MOST_LEVELS, callout_style, code_style, text_width};
use super::xml::{HEADER, NAMESPACES, escaped};
use crate::palette::callouts;
use crate::print::description::Print;

pub const PACKAGE: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
<Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/extended-properties\" Target=\"docProps/app.xml\"/>\
</Relationships>";

pub const APP: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n\
<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties\"><Application>Consilium</Application></Properties>";

/// The settings. `compatibilityMode` turns off the mode for older versions, in which Word offers less. Word also
/// expects the separator lines above notes to be listed here.
pub fn settings(body: &Body<'_>) -> String {
    let notes = "<w:footnotePr><w:footnote w:id=\"-1\"/><w:footnote w:id=\"0\"/></w:footnotePr>";
    let notes = if body.notes.is_empty() { "" } else { notes };
    format!(
        "{HEADER}<w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:zoom w:percent=\"100\"/>\
         <w:defaultTabStop w:val=\"720\"/>{notes}<w:compat><w:compatSetting w:name=\"compatibilityMode\" \
         w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat></w:settings>"
    )
}

const WORD_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml";
const RELATION: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

pub fn content_types(body: &Body<'_>) -> String {
    let mut xml = format!(
        "{HEADER}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" \
         ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" \
         ContentType=\"application/xml\"/>"
    );
    let endings: BTreeSet<&str> = body.pictures.iter().filter_map(|picture| picture.name.rsplit('.').next()).collect();
    for ending in endings {
        let kind = if ending == "jpg" { "jpeg" } else { ending };
        let _ = write!(xml, "<Default Extension=\"{ending}\" ContentType=\"image/{kind}\"/>");
    }
    let parts =
        [("document", "document.main"), ("styles", "styles"), ("numbering", "numbering"), ("settings", "settings")];
    let parts = parts.into_iter().chain([
        ("footer1", "footer"),
        ("comments", "comments"),
        ("commentsExtended", "commentsExtended"),
    ]);
    let parts = parts.chain((!body.notes.is_empty()).then_some(("footnotes", "footnotes")));
    for (part, kind) in parts {
        let _ = write!(xml, "<Override PartName=\"/word/{part}.xml\" ContentType=\"{WORD_TYPE}.{kind}+xml\"/>");
    }
    xml.push_str(
        "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
         <Override PartName=\"/docProps/app.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.extended-properties+xml\"/></Types>",
    );
    xml
}

pub fn relations(body: &Body<'_>) -> String {
    let mut xml =
        format!("{HEADER}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
    let mut relation = |id: &str, kind: &str, target: &str, mode: &str| {
        let _ = write!(xml, "<Relationship Id=\"{id}\" Type=\"{kind}\" Target=\"{}\"{mode}/>", escaped(target));
    };
    for (id, file) in [
        ("styles", "styles"),
        ("numbering", "numbering"),
        ("settings", "settings"),
        ("footer", "footer1"),
        ("comments", "comments"),
    ] {
        relation(id, &format!("{RELATION}/{id}"), &format!("{file}.xml"), "");
    }
    relation(
        "commentsExtended",
        "http://schemas.microsoft.com/office/2011/relationships/commentsExtended",
        "commentsExtended.xml",
        "",
    );
    if !body.notes.is_empty() {
        relation("footnotes", &format!("{RELATION}/footnotes"), "footnotes.xml", "");
    }
    for (index, address) in body.links.iter().enumerate() {
        relation(&format!("link{}", index + 1), &format!("{RELATION}/hyperlink"), address, " TargetMode=\"External\"");
    }
    for (index, picture) in body.pictures.iter().enumerate() {
        relation(&format!("image{}", index + 1), &format!("{RELATION}/image"), &format!("media/{}", picture.name), "");
    }
    xml.push_str("</Relationships>");
    xml
}

pub fn core(print: &Print) -> String {
    let date = escaped(&print.date);
    let date = |name: &str| format!("<dcterms:{name} xsi:type=\"dcterms:W3CDTF\">{date}</dcterms:{name}>");
    format!(
        "{HEADER}<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><dc:title>{}</dc:title><dc:creator>{}</dc:creator>\
         <dc:language>{}</dc:language>{}{}</cp:coreProperties>",
        escaped(&print.title),
        escaped(&print.creator),
        escaped(&print.language),
        date("created"),
        date("modified"),
    )
}

/// The footer: the title, and the number of the page.
pub fn footer(print: &Print) -> String {
    let field = |name: &str| {
        format!(
            "<w:r><w:fldChar w:fldCharType=\"begin\"/></w:r><w:r><w:instrText xml:space=\"preserve\"> {name} </w:instrText></w:r>\
             <w:r><w:fldChar w:fldCharType=\"separate\"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r>"
        )
    };
    format!(
        "{HEADER}<w:ftr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val=\"Footer\"/><w:tabs><w:tab w:val=\"right\" w:pos=\"{}\"/></w:tabs>\
         </w:pPr><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r><w:r><w:tab/></w:r>{}<w:r><w:t xml:space=\"preserve\"> / </w:t></w:r>{}</w:p></w:ftr>",
        text_width(print.paper),
        escaped(&print.title),
        field("PAGE"),
        field("NUMPAGES"),
    )
}

/// A style of a paragraph: its id, its name in Word, the one that it is based on, and its properties.
fn paragraph(id: &str, name: &str, based: &str, next: &str, paragraph: &str, run: &str) -> String {
    let next = if next.is_empty() { String::new() } else { format!("<w:next w:val=\"{next}\"/>") };
    format!(
        "<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/><w:basedOn w:val=\"{based}\"/>{next}<w:qFormat/>\
         <w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )
}

fn characters(id: &str, name: &str, run: &str) -> String {
    format!("<w:style w:type=\"character\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/><w:rPr>{run}</w:rPr></w:style>")
}

const CODE: &str = "<w:rFonts w:ascii=\"Consolas\" w:hAnsi=\"Consolas\" w:cs=\"Consolas\"/>";
const RULE: &str = "<w:pBdr><w:bottom w:val=\"single\" w:sz=\"6\" w:space=\"1\" w:color=\"A6A6A0\"/></w:pBdr>";

/// Half-points of the headings.
const HEADINGS: [u32; MOST_LEVELS] = [36, 30, 26, 24, 22, 22, 22, 22, 22];

pub fn styles(print: &Print, languages: &BTreeSet<String>) -> String {
    let language = if print.language.is_empty() { "en" } else { &print.language };
    let mut xml = format!(
        "{HEADER}<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Calibri\" w:hAnsi=\"Calibri\" \
         w:eastAsia=\"Calibri\" w:cs=\"Calibri\"/><w:sz w:val=\"22\"/><w:szCs w:val=\"22\"/><w:lang w:val=\"{}\"/></w:rPr></w:rPrDefault>\
         <w:pPrDefault><w:pPr><w:spacing w:after=\"140\" w:line=\"276\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>\
         <w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/></w:style>\
         <w:style w:type=\"character\" w:default=\"1\" w:styleId=\"DefaultParagraphFont\"><w:name w:val=\"Default Paragraph Font\"/></w:style>\
         <w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal Table\"/><w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/>\
         <w:tblCellMar><w:left w:w=\"115\" w:type=\"dxa\"/><w:right w:w=\"115\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>",
        escaped(language)
    );
    xml += &paragraph(
        "Title",
        "Title",
        "Normal",
        "Normal",
        "<w:keepNext/><w:spacing w:before=\"0\" w:after=\"280\"/>",
        "<w:b/><w:sz w:val=\"52\"/>",
    );
    xml +=
        &paragraph("Subtitle", "Subtitle", "Normal", "Normal", "<w:spacing w:before=\"0\" w:after=\"280\"/>", "<w:b/>");
    for (index, size) in HEADINGS.iter().enumerate() {
        let level = index + 1;
        let shape = format!(
            "<w:keepNext/><w:keepLines/><w:spacing w:before=\"{}\" w:after=\"100\"/><w:outlineLvl w:val=\"{index}\"/>",
            400 - 30 * index
        );
        xml += &paragraph(
            &format!("Heading{level}"),
            &format!("heading {level}"),
            "Normal",
            "Normal",
            &shape,
            &format!("<w:b/><w:sz w:val=\"{size}\"/>"),
        );
    }
    let close = "<w:spacing w:after=\"60\"/>";
    xml += &paragraph("ListBullet", "List Bullet", "Normal", "", close, "");
    xml += &paragraph("ListNumber", "List Number", "Normal", "", close, "");
    xml += &paragraph("ListTask", "List Task", "Normal", "", close, "");
    for level in 1..=MOST_LEVELS {
        let name = if level == 1 { "List Continue".to_owned() } else { format!("List Continue {level}") };
        let shape = format!("<w:spacing w:after=\"60\"/><w:ind w:left=\"{}\"/>", LEVEL_TWIPS * level);
        xml += &paragraph(&format!("ListContinue{level}"), &name, "Normal", "", &shape, "");
    }
    let quote = "<w:pBdr><w:left w:val=\"single\" w:sz=\"18\" w:space=\"10\" w:color=\"C9C9C4\"/></w:pBdr><w:ind w:left=\"360\"/>";
    xml += &paragraph("Quote", "Quote", "Normal", "", quote, "<w:color w:val=\"4A4A46\"/>");
    for (kind, ink, ground) in callouts() {
        let shape = format!(
            "<w:pBdr><w:left w:val=\"single\" w:sz=\"18\" w:space=\"10\" w:color=\"{ink}\"/></w:pBdr><w:shd w:val=\"clear\" \
             w:color=\"auto\" w:fill=\"{ground}\"/><w:spacing w:before=\"0\" w:after=\"0\"/><w:ind w:left=\"360\"/>"
        );
        let style = callout_style(kind, false);
        xml += &paragraph(&style, &format!("Callout ({kind})"), "Normal", "", &shape, "");
        let title = format!("<w:b/><w:color w:val=\"{ink}\"/><w:sz w:val=\"19\"/>");
        xml += &paragraph(
            &callout_style(kind, true),
            &format!("Callout Title ({kind})"),
            &style,
            &style,
            "<w:keepNext/>",
            &title,
        );
    }
    xml += &paragraph("Summary", "Summary", "Normal", "Normal", "<w:keepNext/>", "<w:b/>");
    let code = "<w:pBdr><w:top w:val=\"single\" w:sz=\"4\" w:space=\"6\" w:color=\"E3E3DF\"/><w:left w:val=\"single\" w:sz=\"4\" w:space=\"6\" w:color=\"E3E3DF\"/><w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"6\" w:color=\"E3E3DF\"/><w:right w:val=\"single\" w:sz=\"4\" w:space=\"6\" w:color=\"E3E3DF\"/></w:pBdr><w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F7F7F5\"/><w:spacing w:line=\"240\" w:lineRule=\"auto\"/>";
    xml += &paragraph("Code", "Code", "Normal", "", code, &format!("{CODE}<w:sz w:val=\"19\"/>"));
    for language in languages {
        xml += &paragraph(&code_style(language), &format!("Code ({})", escaped(language)), "Code", "", "", "");
    }
    xml += &paragraph("HorizontalLine", "Horizontal Line", "Normal", "Normal", RULE, "");
    let card = "<w:pBdr><w:left w:val=\"single\" w:sz=\"18\" w:space=\"10\" w:color=\"C9C9C4\"/></w:pBdr><w:ind w:left=\"240\"/>";
    xml += &paragraph("Card", "Link Card", "Normal", "Normal", card, "");
    xml += &paragraph("Image", "Image", "Normal", "", "<w:keepNext w:val=\"0\"/>", "");
    xml += &paragraph("Caption", "caption", "Normal", "Normal", "", "<w:color w:val=\"6B6B66\"/><w:sz w:val=\"19\"/>");
    xml += &paragraph("TableHeading", "Table Heading", "Normal", "", "<w:keepNext/>", "<w:b/>");
    xml += &paragraph(
        "Gap",
        "Gap",
        "Normal",
        "",
        "<w:spacing w:before=\"0\" w:after=\"0\" w:line=\"120\" w:lineRule=\"exact\"/>",
        "<w:sz w:val=\"4\"/>",
    );
    xml += &paragraph(
        "Footer",
        "footer",
        "Normal",
        "",
        "<w:spacing w:after=\"0\"/>",
        "<w:color w:val=\"6B6B66\"/><w:sz w:val=\"18\"/>",
    );
    xml += &paragraph(
        "CommentText",
        "annotation text",
        "Normal",
        "",
        "<w:spacing w:after=\"0\"/>",
        "<w:sz w:val=\"20\"/>",
    );
    let note = "<w:spacing w:after=\"40\" w:line=\"240\" w:lineRule=\"auto\"/>";
    xml += &paragraph("FootnoteText", "footnote text", "Normal", "", note, "<w:sz w:val=\"18\"/>");
    xml += &characters("FootnoteReference", "footnote reference", "<w:vertAlign w:val=\"superscript\"/>");
    xml += &characters("CommentReference", "annotation reference", "<w:sz w:val=\"16\"/>");
    xml += &characters("Hyperlink", "Hyperlink", "<w:color w:val=\"1F4FA3\"/><w:u w:val=\"single\"/>");
    xml += &characters("CodeCharacters", "Code Characters", CODE);
    let border = |side: &str| format!("<w:{side} w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"BDBDB7\"/>");
    let borders: String = ["top", "left", "bottom", "right", "insideH", "insideV"].into_iter().map(border).collect();
    let _ = write!(
        xml,
        "<w:style w:type=\"table\" w:styleId=\"TableGrid\"><w:name w:val=\"Table Grid\"/><w:basedOn w:val=\"TableNormal\"/><w:pPr>\
         <w:spacing w:before=\"40\" w:after=\"40\"/></w:pPr><w:tblPr><w:tblBorders>{borders}</w:tblBorders></w:tblPr></w:style></w:styles>"
    );
    xml
}

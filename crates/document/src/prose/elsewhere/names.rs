//! The names that other editors use for our nodes and marks.

use serde_json::{Map, Value, json};

use crate::prose::tree::{Mark, attribute, is_safe_url, number};

/// The kind of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Paragraph,
    Heading(u64),
    Quote,
    Code,
    CodeLine,
    List(List),
    /// An item, with the kind of its list if the item names it.
    Item(Option<List>),
    Table,
    Row,
    Cell {
        is_header: bool,
    },
    Rule,
    Image,
    Break,
    Link,
    /// A node that only groups its content.
    Group,
    /// BlockNote's container: a block, followed by the blocks that are nested under it.
    Container,
    Unknown,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Bullet,
    Ordered,
    Task,
}

/// `bullet_list`, `bulletList` and `bulleted-list` differ only in how they are written.
fn bare(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

pub(super) fn kind(name: &str, attributes: &Map<String, Value>) -> Kind {
    match bare(name).as_str() {
        // Plate's lists are paragraphs.
        "paragraph" | "p" if !attribute(attributes, "listStyleType").is_empty() => {
            Kind::Item(Some(match attribute(attributes, "listStyleType") {
                "decimal" => List::Ordered,
                "todo" => List::Task,
                _ => List::Bullet,
            }))
        }
        "paragraph" | "p" | "tableparagraph" | "listitemtext" | "lic" | "line" => Kind::Paragraph,
        "heading" | "header" => Kind::Heading(level(attributes)),
        "h1" | "heading1" | "headingone" => Kind::Heading(1),
        "h2" | "heading2" | "headingtwo" => Kind::Heading(2),
        "h3" | "heading3" | "headingthree" => Kind::Heading(3),
        "h4" | "heading4" | "headingfour" => Kind::Heading(4),
        "h5" | "heading5" | "headingfive" => Kind::Heading(5),
        "h6" | "heading6" | "headingsix" => Kind::Heading(6),
        "blockquote" | "quote" => Kind::Quote,
        "codeblock" | "code" | "pre" => Kind::Code,
        "codeline" => Kind::CodeLine,
        "bulletlist" | "bulletedlist" | "unorderedlist" | "ul" => Kind::List(List::Bullet),
        "orderedlist" | "numberedlist" | "numberlist" | "ol" => Kind::List(List::Ordered),
        "tasklist" | "todolist" | "checklist" => Kind::List(List::Task),
        // In its second format, Lexical leaves out the list type `number`, because it is the default.
        "list" => Kind::List(match (attribute(attributes, "listType"), attribute(attributes, "tag")) {
            ("check", _) => List::Task,
            ("bullet", _) | ("", "ul") => List::Bullet,
            _ => List::Ordered,
        }),
        "listitem" | "li" => Kind::Item(None),
        "taskitem" | "todoitem" | "todo" | "checklistitem" | "todolistitem" | "actionitem" => {
            Kind::Item(Some(List::Task))
        }
        "bulletlistitem" | "togglelistitem" => Kind::Item(Some(List::Bullet)),
        "numberedlistitem" | "orderedlistitem" => Kind::Item(Some(List::Ordered)),
        "table" => Kind::Table,
        "tablerow" | "tr" => Kind::Row,
        "tablecell" | "td" => Kind::Cell { is_header: number(attributes, "headerState", 0) > 0 },
        "tableheader" | "tableheadercell" | "tablecellheader" | "th" => Kind::Cell { is_header: true },
        "horizontalrule" | "hr" | "divider" | "thematicbreak" => Kind::Rule,
        "image" | "img" | "imageblock" => Kind::Image,
        "hardbreak" | "br" | "linebreak" => Kind::Break,
        "link" | "a" | "autolink" => Kind::Link,
        "blockgroup" | "columnlist" | "column" | "tablehead" | "tablebody" | "thead" | "tbody" => Kind::Group,
        "blockcontainer" => Kind::Container,
        _ => Kind::Unknown,
    }
}

fn level(attributes: &Map<String, Value>) -> u64 {
    let of_tag = attribute(attributes, "tag").strip_prefix('h').and_then(|level| level.parse().ok());
    of_tag.unwrap_or_else(|| number(attributes, "level", 1)).clamp(1, 6)
}

/// Whether our editor has this node under another name.
pub(super) fn is_foreign(name: &str) -> bool {
    !crate::prose::schema::has_node(name) && !matches!(kind(name, &Map::new()), Kind::Unknown)
}

/// Whether our editor has this mark under another name.
pub(super) fn is_foreign_mark(mark: &Mark) -> bool {
    self::mark(mark).is_some_and(|ours| ours.name != mark.name && crate::prose::schema::has_mark(&ours.name))
}

/// The mark in our editor; `None` if the mark only states that a format is off, or only describes how runs are stored.
pub(super) fn mark(mark: &Mark) -> Option<Mark> {
    let name = match (bare(&mark.name).as_str(), &mark.attributes) {
        (_, Value::Bool(false)) => return None,
        // Lexical's second format: the number and the kind of a run.
        ("i", Value::Number(_)) | ("t", Value::String(_)) => return None,
        ("bold" | "strong" | "b", _) => "bold",
        ("italic" | "em" | "emphasis" | "i", _) => "italic",
        ("strike" | "strikethrough" | "s" | "del", _) => "strike",
        ("underline" | "u", _) => "underline",
        ("code" | "inlinecode", _) => "code",
        ("subscript" | "sub", _) => "subscript",
        ("superscript" | "sup", _) => "superscript",
        // The colour is dropped, because other editors have other names for colours.
        ("highlight" | "mark", _) => "highlight",
        ("textColor", _) => return Some(mark.clone()),
        ("textcolor", Value::String(color)) => {
            return Some(Mark { name: "textColor".into(), attributes: json!({ "color": color }) });
        }
        ("link" | "a", address) => return Some(link(address.as_str().unwrap_or(url(address)))),
        _ => return Some(mark.clone()),
    };
    Some(Mark { name: name.to_owned(), attributes: json!({}) })
}

/// The marks of a run of text.
pub(super) fn marks(marks: &[Mark], inherited: &[Mark]) -> Vec<Mark> {
    let mut ours: Vec<Mark> = inherited.to_vec();
    for own in marks {
        match own.attributes.get("__format").and_then(Value::as_u64) {
            Some(format) if own.name == "p" => ours.extend(lexical_marks(format)),
            _ if own.name == "p" => {}
            _ => ours.extend(mark(own)),
        }
    }
    ours.sort_by(|a, b| a.name.cmp(&b.name));
    ours.dedup_by(|a, b| a.name == b.name);
    ours
}

/// The marks for Lexical's formats, which have a bit each.
pub(super) fn lexical_marks(format: u64) -> Vec<Mark> {
    let bits = [
        (1, "bold"),
        (2, "italic"),
        (4, "strike"),
        (8, "underline"),
        (16, "code"),
        (32, "subscript"),
        (64, "superscript"),
        (128, "highlight"),
    ];
    let set = bits.iter().filter(|(bit, _)| format & bit != 0);
    set.map(|(_, name)| Mark { name: (*name).to_owned(), attributes: json!({}) }).collect()
}

pub(super) fn link(href: &str) -> Mark {
    Mark { name: "link".into(), attributes: json!({ "href": href }) }
}

/// The address that an object names.
fn url(value: &Value) -> &str {
    ["href", "url", "src"].iter().find_map(|key| value.get(key)?.as_str()).unwrap_or_default()
}

pub(super) fn url_of(attributes: &Map<String, Value>) -> &str {
    ["href", "url", "src"].iter().map(|key| attribute(attributes, key)).find(|url| !url.is_empty()).unwrap_or_default()
}

/// The text for an atom of an app's own kind, such as a mention or a file: its name, and a link to its address.
pub(super) fn label(attributes: &Map<String, Value>) -> (String, Option<Mark>) {
    const SAYING: [&str; 9] = ["label", "text", "name", "title", "caption", "altText", "alt", "value", "latex"];
    // Attributes that people do not see as text: ids, and attributes for the appearance.
    let is_inner = |key: &str| {
        let key = key.to_lowercase();
        ["id", "key", "type", "dir", "style", "class"].iter().any(|end| key.ends_with(end))
            || ["color", "align", "width", "height", "format"].iter().any(|part| key.contains(part))
    };
    let url = url_of(attributes);
    let said = SAYING.iter().map(|key| attribute(attributes, key)).find(|text| !text.is_empty());
    let other = || {
        let says =
            |(key, value): (&String, &'_ Value)| !is_inner(key) && value.as_str().is_some_and(|it| !it.is_empty());
        attributes.iter().find(|(key, value)| says((key, value))).and_then(|(_, value)| value.as_str())
    };
    let said = said.or((!url.is_empty()).then_some(url)).or_else(other).unwrap_or_default();
    (said.to_owned(), is_safe_url(url).then(|| link(url)))
}

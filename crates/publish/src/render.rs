//! The HTML around a published text. It has no scripts, no cookies, and nothing from other servers except images in the
//! text.

use std::collections::HashMap;
use std::fmt::Write;

use vocabulary::DocumentId;

use crate::texts::PublicText;

/// The content of a page around its text.
pub struct Page<'a> {
    pub language: &'a str,
    pub title: &'a str,
    /// The title for search engines, if it differs.
    pub meta_title: &'a str,
    pub description: &'a str,
    pub keywords: &'a str,
    /// The full address of the page.
    pub canonical: &'a str,
    pub is_indexed: bool,
    pub image: Option<&'a str>,
    /// The name of the site, and the path of the site if it has several pages.
    pub site: &'a str,
    pub site_path: Option<&'a str>,
    /// The HTML before the text.
    pub navigation: &'a str,
    /// The HTML of the text.
    pub body: &'a str,
    /// The path to which the answer to "Was this helpful?" is sent; `None` if the page does not ask.
    pub helpful_path: Option<&'a str>,
    pub is_thanked: bool,
}

pub const STYLE_PATH: &str = "/p/style.css";
pub const STYLE: &str = include_str!("style.css");

pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Changes page links to lead to public pages, of which `public` has the path and the title. A link to any other page
/// becomes plain text that reveals nothing about that page.
///
/// Images and files are under the path of the page itself.
pub fn linked(text: &PublicText, path: &str, public: &HashMap<DocumentId, (String, String)>) -> String {
    let mut html = text.html.clone();
    for attachment in &text.attachments {
        let address = format!("{}/files/{attachment}", escape(path));
        html = html.replace(&format!(" data-attachment=\"{attachment}\""), &format!(" src=\"{address}\""));
        let card = format!("<figure data-file=\"{attachment}\">");
        while let Some((before, after)) = html.split_once(&card) {
            let Some((name, rest)) = after.split_once("</figure>") else { break };
            html = format!("{before}<p class=\"file\"><a href=\"{address}\">{name}</a></p>{rest}");
        }
    }
    for document in &text.links {
        // The link as `document/prose/html.rs` writes it.
        let written = format!("<a href=\"/documents/{document}\" data-page=\"{document}\">Page</a>");
        let shown = match public.get(document) {
            Some((path, title)) => format!("<a href=\"{}\">{}</a>", escape(path), escape(title)),
            None => "<span class=\"unseen\">a page that is not public</span>".to_owned(),
        };
        html = html.replace(&written, &shown);
    }
    html
}

impl Page<'_> {
    pub fn to_html(&self) -> String {
        let title = if self.meta_title.is_empty() { self.title } else { self.meta_title };
        let mut out = format!(
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
             content=\"width=device-width, initial-scale=1\">\n<title>{}</title>\n",
            escape(self.language),
            escape(title)
        );
        let mut meta = |kind: &str, name: &str, value: &str| {
            if !value.is_empty() {
                let _ = writeln!(out, "<meta {kind}=\"{name}\" content=\"{}\">", escape(value));
            }
        };
        meta("name", "description", self.description);
        meta("name", "keywords", self.keywords);
        meta("name", "robots", if self.is_indexed { "index, follow" } else { "noindex, nofollow" });
        meta("property", "og:type", "article");
        meta("property", "og:title", title);
        meta("property", "og:description", self.description);
        meta("property", "og:url", self.canonical);
        meta("property", "og:site_name", self.site);
        meta("property", "og:image", self.image.unwrap_or_default());
        meta("name", "twitter:card", if self.image.is_some() { "summary_large_image" } else { "summary" });
        let _ = write!(
            out,
            "<link rel=\"canonical\" href=\"{}\">\n<link rel=\"icon\" href=\"/icon.svg\">\n<link rel=\"stylesheet\" \
             href=\"{STYLE_PATH}\">\n</head>\n<body>\n<a class=\"skip\" href=\"#text\">Skip to the text</a>\n<header>",
            escape(self.canonical)
        );
        match self.site_path {
            Some(path) => {
                let _ = write!(
                    out,
                    "<a class=\"site\" href=\"{path}\">{site}</a><form role=\"search\" action=\"{path}\">\
                     <label class=\"hidden\" for=\"q\">Search {site}</label><input id=\"q\" type=\"search\" name=\"q\" \
                     placeholder=\"Search\" maxlength=\"200\"></form>",
                    path = escape(path),
                    site = escape(self.site)
                );
            }
            None => out.push_str(&format!("<span class=\"site\">{}</span>", escape(self.site))),
        }
        out.push_str("</header>\n<div class=\"columns\">\n");
        out.push_str(self.navigation);
        let _ = write!(out, "<main id=\"text\">\n<h1>{}</h1>\n{}\n", escape(self.title), self.body);
        if let Some(path) = self.helpful_path {
            out.push_str(&helpful(path, self.is_thanked));
        }
        out.push_str("</main>\n</div>\n<footer>Published with Consilium</footer>\n</body>\n</html>\n");
        out
    }
}

fn helpful(path: &str, is_thanked: bool) -> String {
    if is_thanked {
        return "<p class=\"helpful\" role=\"status\">Thank you for your answer.</p>\n".to_owned();
    }
    format!(
        "<form class=\"helpful\" method=\"post\" action=\"{}\"><p id=\"helpful\">Was this helpful?</p>\
         <button name=\"answer\" value=\"yes\" aria-describedby=\"helpful\">Yes</button>\
         <button name=\"answer\" value=\"no\" aria-describedby=\"helpful\">No</button></form>\n",
        escape(path)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::prose::Prose;

    fn page() -> Page<'static> {
        Page {
            language: "en",
            title: "Plan <2027>",
            meta_title: "",
            description: "\"Growth\" & more",
            keywords: "",
            canonical: "https://example.org/p/plan-k",
            is_indexed: false,
            image: None,
            site: "Acme",
            site_path: None,
            navigation: "",
            body: "<p>Text</p>",
            helpful_path: Some("/p/plan-k/helpful"),
            is_thanked: false,
        }
    }

    /// [PUB-3] Titles and descriptions are text, whatever is in them.
    #[test]
    fn fields_are_escaped() {
        let html = page().to_html();
        assert!(html.contains("<title>Plan &lt;2027&gt;</title>") && html.contains("<h1>Plan &lt;2027&gt;</h1>"));
        assert!(html.contains("content=\"&quot;Growth&quot; &amp; more\"") && html.contains("noindex, nofollow"));
        assert!(!html.contains("<script") && !html.contains("name=\"keywords\""));
    }

    /// [PUB-5] A link to a page that is not public reveals nothing about it.
    #[test]
    fn links_lead_to_public_pages_only() {
        let (one, two) = (DocumentId::new(), DocumentId::new());
        let link = |id: DocumentId| serde_json::json!({ "type": "pageLink", "attrs": { "document": id } });
        let json = serde_json::json!({ "type": "doc", "content": [{ "type": "paragraph", "content": [link(one), link(two)] }] });
        let prose = Prose::from_json(&json).expect("the editor's");
        let text = PublicText {
            html: prose.to_html(),
            text: String::new(),
            links: vec![one, two],
            attachments: Vec::new(),
            image: None,
        };
        let html = linked(&text, "/p/x", &HashMap::from([(one, ("/p/budget-x".into(), "Budget".into()))]));
        assert_eq!(
            html,
            "<p><a href=\"/p/budget-x\">Budget</a><span class=\"unseen\">a page that is not public</span></p>"
        );
    }
}

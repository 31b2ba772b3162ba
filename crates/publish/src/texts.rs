//! The texts of published revisions, written as HTML once and cached.

use std::collections::HashMap;
use std::sync::Arc;

use access::App;
use database::Actor;
use document::prose::{Node, Prose};
use endpoint::{Error, Result};
use hashlink::LruCache;
use parking_lot::Mutex;
use review::revisions::{kept, rows as revisions};
use vocabulary::{AttachmentId, DocumentId, RevisionId};

use crate::publications::rows::PublicPage;

/// The size of the cache, enough for some hundred pages. Other texts are read from the journal again.
const MOST_BYTES: usize = 16 << 20;
/// The length of the beginning of a text that serves as a description for search engines, if there is no other.
const DESCRIPTION: usize = 160;

/// A published text.
pub struct PublicText {
    /// The text as HTML. Page links in it lead to `/documents/…`; see [`crate::render::linked`].
    pub html: String,
    /// The plain text: paragraphs and headings as lines, followed by the notes.
    pub text: String,
    /// The documents to which the text links.
    pub links: Vec<DocumentId>,
    /// The attachments that the text shows.
    pub attachments: Vec<AttachmentId>,
    /// The address of the first image that other servers can load.
    pub image: Option<String>,
}

impl PublicText {
    fn of(prose: Prose) -> PublicText {
        // Titles that a client may have stored in links are removed, because nobody has checked them.
        let prose = prose.with_titles(&HashMap::new());
        PublicText {
            html: prose.to_html(),
            text: prose.searchable_lines().join("\n"),
            links: prose.page_links().into_iter().filter_map(|id| id.parse().ok()).collect(),
            attachments: prose.attachments().into_iter().filter_map(|id| id.parse().ok()).collect(),
            image: prose.0.iter().find_map(image),
        }
    }

    fn bytes(&self) -> usize {
        self.html.len() + self.text.len()
    }

    /// The beginning of the text, in whole words.
    pub fn beginning(&self) -> String {
        let mut beginning = String::new();
        for word in self.text.split_whitespace() {
            if beginning.chars().count() + word.chars().count() > DESCRIPTION {
                beginning.push('…');
                break;
            }
            if !beginning.is_empty() {
                beginning.push(' ');
            }
            beginning.push_str(word);
        }
        beginning
    }
}

fn image(node: &Node) -> Option<String> {
    match node {
        Node::Element { name, attributes, .. } if name == "image" => {
            let source = attributes.get("src").and_then(serde_json::Value::as_str)?;
            source.starts_with("https://").then(|| source.to_owned())
        }
        Node::Element { children, .. } => children.iter().find_map(image),
        Node::Text { .. } => None,
    }
}

pub struct Texts {
    kept: Mutex<Kept>,
}

struct Kept {
    texts: LruCache<RevisionId, Arc<PublicText>>,
    bytes: usize,
}

impl Texts {
    pub fn new() -> Texts {
        Texts { kept: Mutex::new(Kept { texts: LruCache::new_unbounded(), bytes: 0 }) }
    }

    /// Returns the published text of a page.
    ///
    /// # Errors
    /// When a store does not answer, or too many texts are being read.
    pub async fn of(&self, app: &App, page: &PublicPage) -> Result<Arc<PublicText>> {
        if let Some(text) = self.kept.lock().texts.get(&page.revision_id) {
            return Ok(text.clone());
        }
        let (document, workspace) = (page.document_id, page.workspace_id);
        let found = revisions::list(&app.db, workspace, document, Some(page.revision_id), None, 1).await?.pop();
        let revision = kept(app, document, &found.ok_or(Error::NotFound("page"))?);
        let by = Actor::system(workspace);
        let text = app
            .work_out(&by, revision.encoded_bytes(), move || Ok(Arc::new(PublicText::of(revision.prose()?))))
            .await?;
        self.keep(page.revision_id, &text);
        Ok(text)
    }

    fn keep(&self, revision: RevisionId, text: &Arc<PublicText>) {
        if text.bytes() > MOST_BYTES {
            return;
        }
        let mut kept = self.kept.lock();
        kept.bytes += text.bytes();
        if let Some(before) = kept.texts.insert(revision, text.clone()) {
            kept.bytes -= before.bytes();
        }
        while kept.bytes > MOST_BYTES {
            let Some((_, oldest)) = kept.texts.remove_lru() else { break };
            kept.bytes -= oldest.bytes();
        }
    }
}

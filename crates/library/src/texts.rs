//! The plain text of each document as a row, beside its log, for search, snippets and backlinks. The node that holds a
//! document writes the row within a second of an edit, outside the path of edits and for all busy documents together.
//! At start and every minute, rows that are behind their logs are built again, because a node may have been killed
//! before it wrote them.

pub mod rows;

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use document::prose::{LinkTarget, Prose, editor_roots};
use tracing::{info, warn};
use vocabulary::{DocumentId, WorkspaceId};

use access::App;
use database::Actor;

use self::rows::Text;

/// How often texts are stored. With the steps that follow, search finds an edit within two seconds.
const EVERY: Duration = Duration::from_millis(500);
/// How often rows that are behind their logs are looked for.
const BEHIND_EVERY: Duration = Duration::from_secs(60);
/// The number of documents whose heads are read from the journal at once.
const AT_ONCE: i64 = 1_000;
/// A document is not read again for this many times as long as reading it took. Reading a large document in which
/// people type all the time thus takes at most a twentieth of the time.
const SHARE: u32 = 20;
/// The most text that is kept of a document: a book of 300,000 words. Search does not find the rest.
const MOST_BYTES: usize = 2 << 20;
/// The most links that are kept of a document.
const MOST_LINKS: usize = 1_000;

/// What this node knows of an open document.
struct Known {
    /// The last row of the log whose text is stored; `None` if it is not stored at all: headless or purged.
    seq: Option<u64>,
    /// When the document may be read again.
    rests_until: Instant,
}

/// Stores the text of edited documents until the server stops.
pub async fn keep(app: App) {
    let mut known: HashMap<DocumentId, Known> = HashMap::new();
    while !app.is_stopping() {
        app.rest(EVERY).await;
        if let Err(error) = pass(&app, &mut known).await {
            warn!(%error, "the text of documents cannot be stored yet");
        }
        known.retain(|document, _| app.hub.peek(*document).is_some());
    }
}

async fn pass(app: &App, known: &mut HashMap<DocumentId, Known>) -> sqlx::Result<()> {
    let new: Vec<DocumentId> =
        app.hub.rooms().iter().map(|room| room.id).filter(|id| !known.contains_key(id)).collect();
    if !new.is_empty() {
        let now = Instant::now();
        // An import writes texts before the rows of its documents, and shows the rows last. Until then, such documents
        // are looked up again in each pass.
        let stored = rows::stored(&app.db, &new).await?;
        known.extend(stored.into_iter().map(|(id, seq)| (id, Known { seq, rests_until: now })));
    }
    let due: Vec<_> = app
        .hub
        .rooms()
        .into_iter()
        .filter(|room| {
            known.get(&room.id).is_some_and(|known| {
                known.seq.is_some_and(|seq| seq < room.figures().seq) && known.rests_until <= Instant::now()
            })
        })
        .collect();
    if due.is_empty() {
        return Ok(());
    }
    let origin = app.origin().to_owned();
    // As for word counts, `block_in_place` is not used: it needs a further thread, which would keep allocator memory.
    let reading = tokio::task::spawn_blocking(move || {
        let mut read = Vec::new();
        for room in due {
            let begun = Instant::now();
            // A document is read only between appends; if it is busy, the next pass reads it.
            let Some((seq, prose)) = room.read(|document, seq| (seq, document.prose())) else { continue };
            read.push((text_of(room.id, seq, &prose, &origin), begun.elapsed()));
        }
        read
    });
    // After a panic, which is in the log, the documents are read again.
    let mut read = reading.await.unwrap_or_default();
    read.sort_by_key(|(text, _)| text.document);
    let (texts, took): (Vec<Text>, Vec<Duration>) = read.into_iter().unzip();
    rows::store(&app.db, &texts).await?;
    for (text, took) in texts.iter().zip(took) {
        let rests_until = Instant::now() + took * SHARE;
        known.insert(text.document, Known { seq: Some(text.seq), rests_until });
    }
    Ok(())
}

/// Builds the rows that are behind their logs, at start and every minute, until the server stops.
pub async fn catch_up(app: App) {
    if let Err(error) = rows::forget_purged(&app.db).await {
        warn!(%error, "the text of purged documents may be left");
    }
    while !app.is_stopping() {
        if let Err(error) = catch_up_once(&app).await {
            warn!(%error, "texts behind their logs cannot be built yet");
        }
        app.rest(BEHIND_EVERY).await;
    }
}

async fn catch_up_once(app: &App) -> sqlx::Result<()> {
    let (mut after, mut built) = (None, 0);
    while !app.is_stopping() {
        let some = rows::seqs_after(&app.db, after, AT_ONCE).await?;
        let Some((last, ..)) = some.last() else { break };
        after = Some(*last);
        let workspaces: HashMap<DocumentId, WorkspaceId> = some.iter().map(|(id, home, _)| (*id, *home)).collect();
        let known: Vec<(DocumentId, u64)> = some.into_iter().map(|(id, _, seq)| (id, seq as u64)).collect();
        let journal = app.hub.journal().clone();
        let heads = tokio::task::spawn_blocking(move || journal.heads(&known)).await;
        // The journal may not answer, which is reported elsewhere.
        let Ok(Ok(behind)) = heads else { return Ok(()) };
        for (document, _) in behind {
            // If the document is open on this node, `keep` reads it in a moment.
            if app.hub.peek(document).is_none() && !app.is_stopping() {
                let Some(workspace) = workspaces.get(&document) else { continue };
                built += usize::from(build(app, *workspace, document).await?);
            }
        }
    }
    if built > 0 {
        info!(documents = built, "texts that were behind their logs were built");
    }
    Ok(())
}

/// Builds the text of one document from its log.
async fn build(app: &App, workspace: WorkspaceId, document: DocumentId) -> sqlx::Result<bool> {
    let (journal, origin) = (app.hub.journal().clone(), app.origin().to_owned());
    let bytes = tokio::task::spawn_blocking({
        let journal = journal.clone();
        move || journal.snapshot(document).ok().flatten().map_or(0, |snapshot| snapshot.state.len())
    });
    let bytes = bytes.await.unwrap_or_default();
    let by = Actor::system(workspace);
    let building = app.work_out(&by, bytes, move || {
        let read = hub::read_log(&journal, document, &editor_roots(), document::Document::prose);
        Ok(read.map(|(prose, seq)| text_of(document, seq, &prose, &origin)))
    });
    match building.await {
        Ok(Ok(text)) => rows::store(&app.db, &[text]).await.map(|()| true),
        Ok(Err(reason)) => {
            warn!(%document, reason, "the text of a document cannot be built");
            Ok(false)
        }
        Err(error) => {
            warn!(%document, %error, "the text of a document cannot be built now");
            Ok(false)
        }
    }
}

/// The row of a text.
fn text_of(document: DocumentId, seq: u64, prose: &Prose, origin: &str) -> Text {
    let mut room = MOST_BYTES;
    let mut blocks = prose.searchable_lines();
    let whole = blocks.iter().take_while(|block| {
        let fits = block.len() <= room;
        room = room.saturating_sub(block.len());
        fits
    });
    let whole = whole.count();
    blocks.truncate(whole);
    let targets = prose.link_targets();
    let links: BTreeSet<DocumentId> = targets
        .into_iter()
        .filter_map(|target| match target {
            LinkTarget::Document(id) => id.parse().ok(),
            LinkTarget::Address(address) => page_at(address, origin),
        })
        .filter(|target| *target != document)
        .take(MOST_LINKS)
        .collect();
    Text { document, seq, blocks, links: links.into_iter().collect() }
}

/// The document whose page has this address, which begins with `/documents/{id}` of this app.
fn page_at(address: &str, origin: &str) -> Option<DocumentId> {
    let path = address.strip_prefix(origin).unwrap_or(address);
    let id = path.strip_prefix("/documents/")?;
    id.split(['/', '?', '#']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use document::prose::Node;
    use serde_json::json;

    const ID: &str = "0198c0de-0000-7000-8000-000000000000";

    /// [FIND-2] Addresses of pages of this app count as links to these pages, others do not.
    #[test]
    fn links_to_pages_are_found() {
        let origin = "https://acme.example";
        for address in [format!("/documents/{ID}"), format!("{origin}/documents/{ID}?panel=comments#x")] {
            assert_eq!(page_at(&address, origin), ID.parse().ok(), "{address}");
        }
        for address in ["/documents/", "/spaces/x", "https://other.example/documents/0198c0de", "mailto:a@b.c"] {
            assert_eq!(page_at(address, origin), None, "{address}");
        }
        let elsewhere = format!("https://other.example/documents/{ID}");
        assert_eq!(page_at(&elsewhere, origin), None);
    }

    #[test]
    fn a_text_has_its_lines_its_notes_and_the_pages_that_it_links_to() {
        let mark = json!([{ "type": "link", "attrs": { "href": format!("/documents/{ID}") } }]);
        let prose = Prose::from_json(&json!({ "type": "doc", "content": [
            { "type": "heading", "attrs": { "level": 1 }, "content": [{ "type": "text", "text": "Plan" }] },
            { "type": "paragraph", "content": [{ "type": "text", "text": "See " }, { "type": "text", "text": "that", "marks": mark }] },
        ] }));
        let mut prose = prose.expect("it is valid");
        let note = serde_json::Map::from_iter([("text".to_owned(), json!("In real terms."))]);
        let note = Node::Element { name: "footnote".into(), attributes: note, children: Vec::new() };
        let other = "0198c0de-0000-7000-8000-000000000001";
        let attributes = serde_json::Map::from_iter([("document".to_owned(), json!(other))]);
        let link = Node::Element { name: "pageLink".into(), attributes, children: Vec::new() };
        prose.0.push(Node::Element {
            name: "paragraph".into(),
            attributes: serde_json::Map::new(),
            children: vec![link, note],
        });
        let text = text_of(DocumentId::new(), 7, &prose, "https://acme.example");
        assert_eq!(text.blocks, ["Plan", "See that", "", "In real terms."]);
        assert_eq!(text.links, [ID.parse().expect("an id"), other.parse().expect("an id")]);
    }
}

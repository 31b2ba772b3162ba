//! The files of an export beside the text of a page: its comments, and the kept versions. They contain no ids and name
//! people by their email addresses, so that they can be imported anywhere.

use std::collections::HashMap;

use access::{App, DocumentRequest};
use database::groups;
use endpoint::{Error, Result};
use review::revisions::rows as revisions;
use review::threads::rows::{self as threads, Thread, Threads};
use review::threads::views::thread_views;
use serde_json::{Map, Value, json};
use uuid::Uuid;
use vocabulary::{GroupId, RevisionId, ThreadId};

use super::exact;
use crate::package::Package;
use crate::people::{People, Person, written};

/// The number of threads that are read at a time.
const PAGE_OF_THREADS: i64 = 1_000;
const AT_ONCE: i64 = 100;

/// The threads of a page; nothing if there are none.
pub async fn comments(app: &App, request: &DocumentRequest, people: &mut People<'_>) -> Result<Option<Value>> {
    let (workspace, id) = (request.actor.workspace, request.id());
    let mut found = Vec::new();
    loop {
        let after = found.last().map(|thread: &Thread| thread.thread_id);
        let page = threads::list(&app.db, workspace, id, Threads::All, after, PAGE_OF_THREADS).await?;
        let is_last = (page.len() as i64) < PAGE_OF_THREADS;
        found.extend(page);
        if is_last {
            break;
        }
    }
    if found.is_empty() {
        return Ok(None);
    }
    let suggestions = review::restored::suggestions(app, request).await?;
    let views = thread_views(request, app, found).await?;
    let views = serde_json::to_value(views).map_err(|error| Error::Internal(error.to_string()))?;
    let mut exported = Vec::new();
    for view in views.as_array().into_iter().flatten() {
        let mut thread = thread(app, request, view, people).await?;
        let id = view["thread_id"].as_str().and_then(|id| id.parse().ok());
        if let Some(suggestion) = id.and_then(|id: ThreadId| suggestions.get(&id)) {
            let suggestion = serde_json::to_value(suggestion).map_err(|error| Error::Internal(error.to_string()))?;
            let mut whole = Map::new();
            keep(&suggestion, &["kind", "change", "before", "updated_at", "second"], &mut whole);
            thread["suggestion"] = Value::Object(whole);
        }
        exported.push(thread);
    }
    Ok(Some(Value::Array(exported)))
}

async fn thread(app: &App, request: &DocumentRequest, view: &Value, people: &mut People<'_>) -> Result<Value> {
    let mut out = Map::new();
    keep(view, &["state", "replacement", "outcome", "note", "decided_at", "created_at"], &mut out);
    if let Some(passage) = view.get("passage") {
        let mut place = Map::new();
        keep(passage, &["quote", "from", "to", "text"], &mut place);
        out.insert("passage".to_owned(), Value::Object(place));
    }
    if let Some(media) = view.get("media") {
        let mut place = Map::new();
        keep(media, &["label", "index", "count"], &mut place);
        out.insert("media".to_owned(), Value::Object(place));
    }
    if let Some(by) = view.get("decided_by") {
        out.insert("decided_by".to_owned(), json!(named(by, people).await?));
    }
    let mut comments = Vec::new();
    for view in view["comments"].as_array().into_iter().flatten() {
        let mut comment = Map::new();
        comment.insert("author".to_owned(), json!(author(&view["author"], people).await?));
        keep(view, &["body", "created_at", "edited_at", "deleted_at"], &mut comment);
        let mentions = mentions(app, request, view, people).await?;
        if !mentions.is_empty() {
            comment.insert("mentions".to_owned(), Value::Array(mentions));
        }
        let reactions = reactions(view, people).await?;
        if !reactions.is_empty() {
            comment.insert("reactions".to_owned(), Value::Array(reactions));
        }
        comments.push(Value::Object(comment));
    }
    out.insert("comments".to_owned(), Value::Array(comments));
    Ok(Value::Object(out))
}

/// Copies some fields, and writes times in the form that exports use.
fn keep(from: &Value, fields: &[&str], to: &mut Map<String, Value>) {
    for field in fields {
        let Some(value) = from.get(field).filter(|value| !value.is_null()) else { continue };
        let time = value.as_str().filter(|_| field.ends_with("_at")).and_then(|text| text.parse().ok());
        to.insert((*field).to_owned(), time.map_or_else(|| value.clone(), |time| json!(written(time))));
    }
}

fn id_of(view: &Value) -> Uuid {
    view["id"].as_str().and_then(|id| id.parse().ok()).unwrap_or_default()
}

async fn named(view: &Value, people: &mut People<'_>) -> sqlx::Result<Person> {
    people.person(id_of(view), view["name"].as_str().unwrap_or_default()).await
}

async fn author(view: &Value, people: &mut People<'_>) -> sqlx::Result<Person> {
    match view["is_guest"] == true {
        true => Ok(Person { name: view["name"].as_str().unwrap_or_default().to_owned(), email: None }),
        false => named(view, people).await,
    }
}

async fn mentions(
    app: &App,
    request: &DocumentRequest,
    view: &Value,
    people: &mut People<'_>,
) -> sqlx::Result<Vec<Value>> {
    let mut found = Vec::new();
    for mention in view["mentions"].as_array().into_iter().flatten() {
        match mention["kind"] == "group" {
            true => {
                let name = groups::name(&app.db, request.actor.workspace, GroupId(id_of(mention))).await?;
                found.extend(name.map(|name| json!({ "group": name })));
            }
            false => found.push(json!(people.account(id_of(mention)).await?)),
        }
    }
    found.sort_by_key(Value::to_string);
    Ok(found)
}

async fn reactions(view: &Value, people: &mut People<'_>) -> sqlx::Result<Vec<Value>> {
    let mut found = Vec::new();
    for reaction in view["reactions"].as_array().into_iter().flatten() {
        for person in reaction["people"].as_array().into_iter().flatten() {
            let id = person.as_str().and_then(|id| id.parse().ok()).unwrap_or_default();
            let person = people.account(id).await?;
            if person.email.is_some() {
                found.push(json!({ "emoji": reaction["emoji"], "by": person }));
            }
        }
    }
    found.sort_by_key(Value::to_string);
    Ok(found)
}

/// The paths of the files and pages to which a text refers.
pub struct Places<'a> {
    pub links: &'a HashMap<String, String>,
    pub attached: &'a HashMap<String, String>,
}

/// Writes the versions of a page, each with its text in the editor's JSON, which loses nothing.
pub async fn revisions(
    app: &App,
    request: &DocumentRequest,
    stem: &str,
    places: &Places<'_>,
    package: &mut Package,
    people: &mut People<'_>,
) -> Result<()> {
    let (workspace, id) = (request.actor.workspace, request.id());
    let mut all = Vec::new();
    let mut before: Option<RevisionId> = None;
    loop {
        let found = revisions::list(&app.db, workspace, id, None, before, AT_ONCE).await?;
        before = found.last().map(|revision| revision.revision_id);
        let is_last = (found.len() as i64) < AT_ONCE;
        all.extend(found);
        if is_last {
            break;
        }
    }
    all.reverse();
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Ok(()) };
    let wrote = revisions::authors(&app.db, id, first.revision_id, last.revision_id).await?;
    for (number, revision) in all.into_iter().enumerate() {
        let kept = review::revisions::kept(app, id, &revision);
        let prose = match app.work_out(&request.actor, kept.encoded_bytes(), move || kept.prose()).await {
            Ok(prose) => prose,
            // The revision was removed meanwhile, because it was too old.
            Err(Error::NotFound(_)) => continue,
            Err(error) => return Err(error),
        };
        let mut authors = Vec::new();
        for author in wrote.iter().filter(|author| author.revision_id == revision.revision_id) {
            authors.push(json!(people.person(author.id, &author.name).await?));
        }
        authors.sort_by_key(Value::to_string);
        let by = match revision.created_by {
            Some(id) => Some(people.person(id, revision.created_by_name.as_deref().unwrap_or_default()).await?),
            None => None,
        };
        let mut doc = prose.to_json();
        exact::place(&mut doc, &format!("{stem}.md"), places.links, places.attached);
        let version = json!({
            "kind": revision.kind,
            "name": revision.name,
            "created": written(revision.created_at),
            "created_by": by,
            "authors": authors,
            "words_added": revision.words_added,
            "words_removed": revision.words_removed,
            "doc": doc,
        });
        let at = revision.created_at.format("%Y-%m-%d %H%M%S");
        let path = format!("{stem}.revisions/{:04} {at}.json", number + 1);
        tokio::task::block_in_place(|| package.json(&path, &version))?;
    }
    Ok(())
}

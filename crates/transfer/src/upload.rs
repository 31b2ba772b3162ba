//! One file that becomes one document.

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use chrono::Utc;
use endpoint::{Binary, Error, Result, input::QueryParams};
use files::attachments::checked_name;
use files::attachments::rows::{self as attachments, NewAttachment, VersionOfNew};
use files::stored::rows as stored;
use files::{Files, Incoming, media};
use library::content::MAX_NODES;
use library::creation::batch::{self, Batch, NewRow, Placed, Showing};
use library::documents::place_for_new;
use serde::{Deserialize, Serialize};
use tracing::warn;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, Role, SpaceId, Status};

use crate::imports::failure::Failure;
use crate::imports::pages::{Page, Reader};
use crate::imports::plan::Plan;
use crate::imports::report::{Line, Report};
use crate::imports::said;
use crate::imports::source::Source;
use crate::imports::writing::new_document;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(upload)))
}

/// The limit for a text, the same as for one that is written over REST.
const MOST_TEXT_BYTES: u64 = 4 << 20;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct NewPlace {
    /// The name of the file. It becomes the title, unless the text begins with one; `.md` and `.markdown` are read as
    /// Markdown.
    #[serde(default = "unnamed")]
    name: String,
    /// The space; that of `parent` if absent.
    space: Option<SpaceId>,
    /// The page above.
    parent: Option<DocumentId>,
}

fn unnamed() -> String {
    "Untitled".to_owned()
}

/// The document that a file became.
#[derive(Serialize, utoipa::ToSchema)]
struct UploadedDocument {
    id: DocumentId,
    title: String,
    /// What could not be carried over.
    report: Vec<Line>,
}

/// Makes a document from a file. The body is the file: Markdown or plain text of at most 4 MiB, HTML, or Word. The type
/// is detected from the content; other types answer 415 `unsupported-file-type`. If anything fails, no document is
/// created.
#[utoipa::path(post, path = "/documents/upload", tag = "files", params(NewPlace, ("Idempotency-Key" = Option<String>, Header, description = "A key under which a repeated request is carried out only once")), request_body(content = inline(Binary), content_type = "application/octet-stream"), responses((status = 201, body = UploadedDocument)))]
async fn upload(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    QueryParams(NewPlace { name, space, parent }): QueryParams<NewPlace>,
    request: Request,
) -> Result<Response> {
    if caller.role < Role::Analyst {
        return Err(Error::Forbidden);
    }
    let name = checked_name(&name)?;
    let place = place_for_new(&app, &caller, space, parent).await?;
    let incoming = files.receive(request.into_body(), app.config.largest_file_bytes).await?;
    if !incoming.is_whole || incoming.bytes == 0 {
        return Err(Error::Body("the file did not arrive as a whole".into()));
    }
    files.scan(&incoming).await?;
    let path = path_of(&incoming, &name).await?;
    let source = Source::of_one(path, incoming);
    let plan = Plan::of_one(&source);
    let media = files.folder().await?;
    let (workspace, by) = (caller.workspace, caller.member.account_id);
    let reader = Reader { app: &app, files: &files, source: &source, plan: &plan, workspace, by, media: media.path() };
    let mut report = Report::default();
    let mut page = reader.read(&plan.pages[0], &mut report).await.map_err(refused)?;
    if let Some(reason) = page.unreadable {
        return Err(Error::Body(reason));
    }
    if page.prose.nodes() > MAX_NODES {
        return Err(Error::ContentTooLarge);
    }
    let (id, title) = (plan.pages[0].document, page.title.clone());
    let (comments, proposed) = (std::mem::take(&mut page.facts.comments), page.facts.proposed.take());
    add(&app, &files, &caller, id, page, place).await?;
    // From here on, an error must not fail the request: the document exists, and a repeated upload would create
    // another.
    let (said, path) = ((comments.as_slice(), proposed.as_deref(), false), &plan.pages[0].path);
    if (!comments.is_empty() || proposed.is_some())
        && let Err(failure) = said::add_as(&app, caller, id, path, said, &mut report).await
    {
        warn!(document = %id, ?failure, "what people said about an uploaded file cannot be added");
        report.add(path, "Not all of its comments and tracked changes could be added", "");
    }
    let at = [(header::LOCATION, format!("/api/v1/documents/{id}"))];
    Ok((StatusCode::CREATED, at, Json(UploadedDocument { id, title, report: report.lines })).into_response())
}

fn refused(failure: Failure) -> Error {
    match failure {
        Failure::Server(error) => error,
        Failure::Stopping => Error::Unavailable("the server is stopping"),
        Failure::Refused { .. } | Failure::Lost | Failure::PlaceChanged => {
            Error::UnsupportedFileType("this file cannot become a document")
        }
    }
}

/// The name with the extension that fits the file's content.
async fn path_of(incoming: &Incoming, name: &str) -> Result<String> {
    let unreadable = |error: std::io::Error| Error::Internal(format!("an upload cannot be read: {error}"));
    let kind = media::of_file(incoming.path(), incoming.bytes).await.map_err(unreadable)?;
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let lower = name.to_lowercase();
    let is_markdown = lower.ends_with(".md") || lower.ends_with(".markdown");
    match kind {
        media::TEXT if incoming.bytes > MOST_TEXT_BYTES => Err(Error::FileTooLarge(MOST_TEXT_BYTES)),
        media::TEXT if is_markdown => Ok(format!("{stem}.md")),
        media::TEXT => Ok(format!("{stem}.txt")),
        media::HTML => Ok(format!("{stem}.html")),
        media::DOCX => Ok(format!("{stem}.docx")),
        _ => Err(Error::UnsupportedFileType("only Markdown, plain text, HTML and Word files become documents")),
    }
}

async fn add(
    app: &App,
    files: &Files,
    caller: &Caller,
    document: DocumentId,
    page: Page,
    place: library::tree::rows::Place,
) -> Result<()> {
    let (by, workspace) = (&caller.actor, caller.workspace);
    let mut staged = Vec::with_capacity(page.shown.len());
    for shown in &page.shown {
        staged.push(files.stage(app, workspace, &shown.place).await?);
    }
    let new = new_document(caller.member.account_id, &page.title, &page.facts, place);
    let mut batch = Batch::begin(app, by, caller.member.account_id.0, vec![document]).await?;
    let words = page.prose.words() as i64;
    let added = async {
        let seq = if page.prose.0.is_empty() { 0 } else { batch.write(app, document, page.prose).await? };
        let mut tx = app.db.begin().await?;
        let quota = i64::try_from(app.config.workspace_files_bytes).unwrap_or(i64::MAX);
        let bytes: i64 = staged.iter().map(|file| file.bytes).sum();
        if quota > 0 && bytes > 0 && stored::used(&mut tx, workspace).await? + bytes > quota {
            return Err(Error::QuotaExceeded);
        }
        batch.place(&mut tx, place, &[Placed { document, below: None, inherits: true, open_level: None }]).await?;
        batch
            .add(
                &mut tx,
                vec![NewRow { document, new, seq, words, status: Status::Draft, created_at: None, updated_at: None }],
            )
            .await?;
        for (shown, file) in page.shown.iter().zip(&staged) {
            let created_at = Utc::now();
            let version = VersionOfNew {
                name: shown.name.clone(),
                file: file.clone(),
                created_by: Some(caller.member.account_id.0),
                created_at,
            };
            let new =
                NewAttachment { attachment: shown.id, document, in_text: true, created_at, versions: vec![version] };
            attachments::insert(&mut tx, by, new).await?;
        }
        if batch.show(&mut tx).await? == Showing::PlaceChanged {
            return Err(Error::Conflict("the place was moved at this moment: try again"));
        }
        batch::announce(&mut tx, by, &[document]).await?;
        attachments::announce(&mut tx, by, &[document]).await?;
        tx.commit().await?;
        Ok(())
    };
    let outcome = added.await;
    if outcome.is_err() {
        batch.give_up(app).await;
        return outcome;
    }
    for (shown, file) in page.shown.iter().zip(&staged) {
        files.put_again(workspace, file, &shown.place).await?;
    }
    files.attached();
    Ok(())
}

//! The comparison of two versions of a page as a PDF or Word file, for people who have no account here.

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, Caller, Visitor};
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use endpoint::{Binary, Error, Result, input::At, input::QueryParams};
use files::Files;
use review::revisions::changes::{Compared, compare};
use review::revisions::rows::Revision;
use serde::Deserialize;
use serde_json::json;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use vocabulary::{DocumentId, RevisionId};

use crate::printed::{About, PaperSize, PrintFormat, attach, described, finish};
use crate::way_out;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(changes)))
}

/// The maximum number of nodes of both texts together.
const MOST_NODES: usize = 2 * library::content::MAX_NODES;

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ComparisonWish {
    /// The revision to compare from; absent for an empty document.
    from: Option<RevisionId>,
    /// The revision to compare to; absent for the current text.
    to: Option<RevisionId>,
    #[serde(default)]
    #[param(inline)]
    format: PrintFormat,
    #[serde(default)]
    #[param(inline)]
    paper: PaperSize,
}

/// Returns the comparison of two revisions, or of a revision and the current text, as a PDF or Word file. In the PDF,
/// insertions are underlined and deletions struck; the Word file has tracked changes with their authors and times, as far
/// as the log tells.
#[utoipa::path(get, path = "/documents/{id}/changes/export", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ComparisonWish), responses((status = 200, content((inline(Binary) = "application/pdf"), (inline(Binary) = "application/vnd.openxmlformats-officedocument.wordprocessingml.document")))))]
async fn changes(
    State(app): State<App>,
    Extension(files): Extension<Files>,
    caller: Caller,
    At(id): At<DocumentId>,
    QueryParams(wish): QueryParams<ComparisonWish>,
) -> Result<Response> {
    let workspace = caller.workspace;
    let visitor = Visitor::Member(Box::new(caller));
    let request = way_out::page(&app, &visitor, id).await?;
    let compared = compare(&app, &request, (wish.from, wish.to), true).await?;
    let (before, after) = (compared.comparison.before(), compared.comparison.after());
    if before.nodes() + after.nodes() > MOST_NODES {
        return Err(Error::NotPrinted("the texts have more than 100,000 blocks and runs of text together".into()));
    }
    let mut print = files.print().await?;
    attach(&app, &mut print, id, &before).await?;
    attach(&app, &mut print, id, &after).await?;
    let doc = tokio::task::block_in_place(|| compared.comparison.to_printed(&compared.people()));
    let title = &request.document.title;
    let chapter = json!({ "id": id, "title": title, "depth": 0, "doc": doc, "threads": [] });
    let at = compared.to.as_ref().map_or(request.document.updated_at, |to| to.created_at);
    let about = About { title, author: request.document.created_by, sample: &after.to_text(), at };
    let mut what = described(&app, workspace, &about, wish.paper).await?;
    what["chapters"] = json!([chapter]);
    what["comparison"] = json!({
        "from": compared.from.as_ref().map_or_else(|| "nothing".to_owned(), named),
        "to": compared.to.as_ref().map_or_else(|| "the current text".to_owned(), named),
        "people": people(&compared),
    });
    finish(&app, print, what, wish.format, &format!("{title} - changes")).await
}

/// The name and the date of a version, as text.
fn named(revision: &Revision) -> String {
    let date = revision.created_at.format("%Y-%m-%d %H:%M UTC");
    match &revision.name {
        Some(name) => format!("“{name}” ({date})"),
        None => format!("the version of {date}"),
    }
}

fn people(compared: &Compared) -> Vec<String> {
    let people = compared.people();
    let mut names: Vec<String> =
        compared.comparison.people().iter().filter_map(|id| people.names.get(id).cloned()).collect();
    names.sort_unstable();
    names
}

//! The comparison of two revisions, or of a revision and the current text, with the authors of the changes.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, SecondsFormat};
use document::prose::{Comparison, People, Prose};
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use vocabulary::{DocumentId, RevisionId};

use access::route_requirements::{DOCUMENTS, needs};
use access::{App, DocumentRequest, Visitor, worked_out_while_wanted};
use endpoint::{Error, Result, input::At, input::QueryParams};
use library::titles;

use super::routes::{editors, find};
use super::rows::Revision;
use super::{Kept, State, kept, prose_of};
use crate::authorship::between::{self, Between};
use crate::authorship::readings;
use crate::suggestions::rows as suggestions;

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(DOCUMENTS, routes!(changes)))
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum ChangesFormat {
    #[default]
    Json,
    /// The later text as HTML, with `ins` and `del` elements.
    Html,
}

#[derive(Clone, Copy, Default, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
enum ChangesView {
    /// One text.
    #[default]
    Inline,
    /// One text, each block in a `div` with the number of the earlier text's block. HTML only.
    Blocks,
    /// Both texts, each block beside its other version. HTML only.
    Sides,
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ChangesWish {
    /// The revision to compare from; absent for an empty document.
    from: Option<RevisionId>,
    /// The revision to compare to, later or earlier; absent for the current text.
    to: Option<RevisionId>,
    #[serde(default)]
    #[param(inline)]
    format: ChangesFormat,
    #[serde(default)]
    #[param(inline)]
    view: ChangesView,
    /// Whether each change names its author and its time, if the log has them. Reads the log between the two texts.
    #[serde(default)]
    authors: bool,
}

/// Compares two revisions, or a revision with the current text: block by block, tables cell by cell, and word by word
/// within changed lines. Blocks that are now in another place are reported as moved. Formatting and attributes are
/// compared too.
#[utoipa::path(
    get, path = "/documents/{id}/changes", tag = "revisions", params(("id" = Uuid, Path, description = "The document"), ChangesWish),
    responses((status = 200, content((Object = "application/json"), (String = "text/html")))),
)]
async fn changes(
    Shared(app): Shared<App>,
    visitor: Visitor,
    At(id): At<DocumentId>,
    QueryParams(wish): QueryParams<ChangesWish>,
) -> Result<Response> {
    let request = DocumentRequest::of_review(&app, visitor, id).await?;
    let compared = compare(&app, &request, (wish.from, wish.to), wish.authors).await?;
    access::apart(move || {
        let (comparison, people) = (&compared.comparison, compared.people());
        match (wish.format, wish.view) {
            (ChangesFormat::Json, _) => Json(comparison.to_json(&people)).into_response(),
            (ChangesFormat::Html, ChangesView::Inline) => library::content::as_html(comparison.to_html(&people)),
            (ChangesFormat::Html, ChangesView::Blocks) => library::content::as_html(comparison.to_html_blocks(&people)),
            (ChangesFormat::Html, ChangesView::Sides) => {
                library::content::as_html(comparison.to_html_side_by_side(&people))
            }
        }
    })
    .await
}

/// A comparison, and what is needed to show it.
pub struct Compared {
    pub comparison: Comparison,
    names: HashMap<Arc<str>, String>,
    /// `None` for an empty document, and for the current text.
    pub from: Option<Revision>,
    pub to: Option<Revision>,
}

impl Compared {
    /// How people and times are written in the comparison.
    pub fn people(&self) -> People<'_> {
        People { names: &self.names, time: |at| rfc3339(at) }
    }
}

fn rfc3339(milliseconds: i64) -> String {
    DateTime::from_timestamp_millis(milliseconds).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// Compares two revisions that the caller may read. Without `from` an empty document is compared, without `to` the
/// current text.
///
/// # Errors
/// [`Error::NotFound`] when there is no such revision.
pub async fn compare(
    app: &App,
    request: &DocumentRequest,
    (from, to): (Option<RevisionId>, Option<RevisionId>),
    has_authors: bool,
) -> Result<Compared> {
    request.may_read_text(app).await?;
    let found = async |revision: Option<RevisionId>| match revision {
        Some(revision) => Ok::<_, Error>(Some(find(app, request, revision).await?)),
        None => Ok(None),
    };
    let (from, to) = (found(from).await?, found(to).await?);
    let suggesters = match has_authors {
        true => suggestions::suggesters(&app.db, request.id()).await?,
        false => Vec::new(),
    };
    let suggesters: HashMap<u64, Arc<str>> =
        suggesters.into_iter().map(|(client, by)| (client as u64, Arc::from(by.to_string()))).collect();
    let turn = app.work_of(&request.actor).await?;
    let now = match &to {
        Some(_) => None,
        None => Some(State::now(&request.internal_text(app).await?).await?),
    };
    let [kept_from, kept_to] = [&from, &to].map(|side| side.as_ref().map(|found| kept(app, request.id(), found)));
    let encoded_bytes: usize = [&kept_from, &kept_to].into_iter().flatten().map(Kept::encoded_bytes).sum();
    let from_seq = from.as_ref().map_or(0, |from| from.seq as u64);
    let to_seq = match (&to, &now) {
        (Some(to), _) => to.seq as u64,
        (None, now) => now.as_ref().map_or(0, |now| now.seq),
    };
    let (journal, document) = (app.hub.journal().clone(), request.id());
    let sides = worked_out_while_wanted(turn, encoded_bytes, move |wanted| {
        let before = kept_from.map(|kept| kept.state()).transpose()?;
        let after = match (kept_to, now) {
            (Some(kept), _) => Some(kept.state()?),
            (None, now) => now.map(|now| now.bytes),
        };
        let prose = |state: &Option<bytes::Bytes>| {
            state.as_ref().map_or_else(|| Ok(Prose::default()), prose_of).and_then(editors)
        };
        let between = match has_authors {
            false => Between::default(),
            true => {
                let sides = (
                    &between::At { state: before.as_ref(), seq: from_seq },
                    &between::At { state: after.as_ref(), seq: to_seq },
                );
                Between::read(&journal, document, sides, &suggesters, wanted)?
            }
        };
        Ok((prose(&before)?, prose(&after)?, between))
    });
    let (before, after, between) = sides.await?;
    let before = titles::filled(app, Some(&request.visitor), before).await?;
    let after = titles::filled(app, Some(&request.visitor), after).await?;
    let comparison = app.work_out(&request.actor, encoded_bytes, move || {
        let mut comparison = before.compare(&after);
        between.credit(&mut comparison);
        Ok(comparison)
    });
    let comparison = comparison.await?;
    let mut names = HashMap::new();
    for id in comparison.people() {
        if let Ok(person) = id.parse::<Uuid>()
            && let Some(person) = readings::person(&app.db, person).await?
        {
            names.insert(id, person.name);
        }
    }
    Ok(Compared { comparison, names, from, to })
}

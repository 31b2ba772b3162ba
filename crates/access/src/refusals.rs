//! Writes that were refused are in the audit too: who tried, what, and why not.

use axum::http::Method;
use database::Act;
use serde_json::json;
use tracing::error;

use crate::{App, Visitor};
use endpoint::Refused;

/// Codes that say that somebody may not: other refusals are mistakes, and of no interest to an auditor. A key over its
/// rate is not among them: a row for each of its requests would cost more than the request.
const DENIALS: [&str; 5] = ["forbidden", "not-found", "missing-scope", "not-for-keys", "foreign-origin"];

/// A request that may be refused.
pub(crate) struct Attempt {
    method: Method,
    route: String,
    /// The ids in its path.
    resource: String,
}

impl Attempt {
    pub(crate) fn new(method: &Method, route: &str, path: &str) -> Attempt {
        let resource = path.split('/').filter(|part| part.len() == 36).take(2).collect::<Vec<_>>().join("/");
        Attempt { method: method.clone(), route: route.to_owned(), resource }
    }
}

/// Records a refused write. Only what somebody who is known tried is kept: anybody can send anything.
pub(crate) async fn note(app: &App, attempt: Attempt, visitor: &Visitor, refused: Option<Refused>) {
    let code = refused.map(|Refused(code)| code);
    let Some(code) = code.filter(|code| DENIALS.contains(code) && !attempt.method.is_safe()) else { return };
    // A member tried it in their own workspace; a guest belongs to none.
    let by = match visitor {
        Visitor::Member(caller) => caller.actor.clone(),
        Visitor::Guest(..) => match app.home().await {
            Ok(home) => visitor.actor(home),
            Err(_) => return,
        },
    };
    let act = Act::new("request.refuse", "route", attempt.resource).refused(code);
    let act = act.with(json!({ "method": attempt.method.as_str(), "route": attempt.route }));
    if let Err(error) = app.db.record(&by, act).await {
        error!(%error, "the audit cannot be written");
    }
}

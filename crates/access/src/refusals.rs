//! Records refused writes in the audit log: the actor, the attempt, and the reason.

use axum::http::Method;
use database::Act;
use serde_json::json;
use tracing::error;

use crate::{App, Visitor};
use endpoint::Refused;

/// The codes of refusals for lack of permission, which are recorded. Other refusals are mistakes, and of no interest to
/// an auditor. Requests of a key over its rate are not recorded either, because a row would cost more than the request.
const DENIALS: [&str; 5] = ["forbidden", "not-found", "missing-scope", "not-for-keys", "foreign-origin"];

/// What the audit log needs of a request that may be refused.
pub(crate) struct Attempt {
    method: Method,
    route: String,
    /// The ids in the path.
    resource: String,
}

impl Attempt {
    pub(crate) fn new(method: &Method, route: &str, path: &str) -> Attempt {
        let resource = path.split('/').filter(|part| part.len() == 36).take(2).collect::<Vec<_>>().join("/");
        Attempt { method: method.clone(), route: route.to_owned(), resource }
    }
}

/// Records a refused write of a known caller. Unknown callers are not recorded: anybody can send anything.
pub(crate) async fn note(app: &App, attempt: Attempt, visitor: &Visitor, refused: Option<Refused>) {
    let code = refused.map(|Refused(code)| code);
    let Some(code) = code.filter(|code| DENIALS.contains(code) && !attempt.method.is_safe()) else { return };
    // A member acts in their own workspace; a guest belongs to none.
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
        error!(%error, "cannot write the audit");
    }
}

//! What each route requires of its caller, declared next to the route: `.routes(needs(DOCUMENTS, routes!(list,
//! create)))`. `scripts/house.py` rejects a route without it. The declaration is in the OpenAPI document, as `security`
//! and `x-while-read-only`; [`NeedsByRoute`] reads it from there, for the layer that resolves callers.

use std::collections::HashMap;

use axum::http::Method;
use serde_json::Value;
use utoipa::openapi::OpenApi;
use utoipa::openapi::ResponseBuilder;
use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::SecurityRequirement;
use utoipa_axum::router::UtoipaMethodRouter;
use vocabulary::Scope;

/// Anybody may call the route. The handler checks its own requirements.
pub const PUBLIC: Needs = Needs::of(AllowedCallers::Public);
/// Signed-in people may call the route, but no key.
pub const PEOPLE: Needs = Needs::of(AllowedCallers::People);
/// Documents, their text and their comments: a key needs `documents:read` or `documents:write`.
pub const DOCUMENTS: Needs =
    Needs::of(AllowedCallers::Scope { read: Scope::DocumentsRead, write: Scope::DocumentsWrite });
/// Shares and links: a key needs `sharing:read` or `sharing:write`.
pub const SHARING: Needs = Needs::of(AllowedCallers::Scope { read: Scope::SharingRead, write: Scope::SharingWrite });
/// Members, groups and invitations: a key needs `people:read` or `people:write`.
pub const MEMBERS: Needs = Needs::of(AllowedCallers::Scope { read: Scope::PeopleRead, write: Scope::PeopleWrite });
/// The audit log, which is read-only: a key needs `audit:read`.
pub const AUDIT: Needs = Needs::of(AllowedCallers::Scope { read: Scope::AuditRead, write: Scope::AuditRead });

/// What a route requires of its caller, and whether it is allowed while the server is read-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    callers: AllowedCallers,
    read_only: WhileReadOnly,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AllowedCallers {
    Public,
    People,
    Scope { read: Scope, write: Scope },
}

/// The unsafe methods that are allowed while the server is read-only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WhileReadOnly {
    None,
    Delete,
    All,
}

impl Needs {
    const fn of(callers: AllowedCallers) -> Needs {
        Needs { callers, read_only: WhileReadOnly::None }
    }

    /// Allows DELETE while the server is read-only, because it revokes a right.
    pub const fn revocable(self) -> Needs {
        Needs { read_only: WhileReadOnly::Delete, ..self }
    }

    /// Allows every method while the server is read-only.
    pub const fn while_read_only(self) -> Needs {
        Needs { read_only: WhileReadOnly::All, ..self }
    }

    fn declare(self, method: &Method, operation: &mut Operation) {
        let (cookie, nothing) =
            (SecurityRequirement::new::<_, [&str; 0], &str>("cookie", []), SecurityRequirement::default());
        operation.security = Some(match self.callers {
            AllowedCallers::Public => vec![nothing],
            AllowedCallers::People => vec![cookie],
            AllowedCallers::Scope { read, write } => {
                let scope = if method.is_safe() { read } else { write };
                vec![cookie, SecurityRequirement::new("bearer", [scope.as_str()])]
            }
        });
        if self == (Needs { read_only: self.read_only, ..DOCUMENTS }) && !method.is_safe() {
            describe_write_only(operation);
        }
        let goes_on = match self.read_only {
            WhileReadOnly::None => false,
            WhileReadOnly::Delete => *method == Method::DELETE,
            WhileReadOnly::All => true,
        };
        if goes_on && !method.is_safe() {
            let said = Extensions::builder().add(WHILE_READ_ONLY, true).build();
            operation.extensions.get_or_insert_default().merge(said);
        }
    }
}

/// Describes the answer to a key that may write documents but not read them, if the usual answer has a body.
fn describe_write_only(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    if responses.keys().any(|status| status.starts_with('2')) && !responses.contains_key("204") {
        let description = "The answer to a key without `documents:read`. `Location` is the path of what was created.";
        responses.insert("204".to_owned(), ResponseBuilder::new().description(description).build().into());
    }
}

const WHILE_READ_ONLY: &str = "x-while-read-only";

/// Declares the requirements of routes.
pub fn needs<S>(needs: Needs, routes: UtoipaMethodRouter<S>) -> UtoipaMethodRouter<S> {
    let (schemas, mut paths, router) = routes;
    for item in paths.paths.values_mut() {
        for (method, operation) in operations(item) {
            needs.declare(&method, operation);
        }
    }
    (schemas, paths, router)
}

/// The requirements of one route and method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Need {
    pub caller: Allowed,
    /// Whether the route is allowed while the server is read-only.
    pub while_read_only: bool,
}

/// The callers that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    Anybody,
    People,
    /// People, and keys that have this scope.
    Scope(Scope),
}

impl Need {
    /// The requirement of a route without a declaration.
    const STRICTEST: Need = Need { caller: Allowed::People, while_read_only: false };
    /// The requirement of a path that does not have this method, so that none of our handlers answers.
    const NO_HANDLER: Need = Need { caller: Allowed::Anybody, while_read_only: true };

    fn read(operation: &Operation) -> Need {
        let security = serde_json::to_value(&operation.security).unwrap_or_default();
        let alternatives = security.as_array().map(Vec::as_slice).unwrap_or_default();
        let bearer = alternatives.iter().find_map(|one| one.get("bearer")?.get(0)?.as_str());
        let caller = match bearer {
            Some(scope) => Scope::parse(scope).map_or(Allowed::People, Allowed::Scope),
            None if alternatives.iter().any(|one| one.as_object().is_some_and(serde_json::Map::is_empty)) => {
                Allowed::Anybody
            }
            None => return Need { while_read_only: goes_on(operation), ..Need::STRICTEST },
        };
        Need { caller, while_read_only: goes_on(operation) }
    }
}

fn goes_on(operation: &Operation) -> bool {
    let extensions = serde_json::to_value(&operation.extensions).unwrap_or_default();
    extensions.get(WHILE_READ_ONLY).and_then(Value::as_bool).unwrap_or(false)
}

/// The requirements of all routes of the API.
#[derive(Debug)]
pub struct NeedsByRoute(HashMap<String, HashMap<Method, Need>>);

impl NeedsByRoute {
    pub fn read(described: &mut OpenApi) -> NeedsByRoute {
        let of =
            |item: &mut PathItem| operations(item).map(|(method, operation)| (method, Need::read(operation))).collect();
        NeedsByRoute(described.paths.paths.iter_mut().map(|(path, item)| (path.clone(), of(item))).collect())
    }

    /// The requirements of a request; HEAD is answered by the handler of GET.
    pub fn of(&self, method: &Method, path: &str) -> Need {
        let method = if *method == Method::HEAD { &Method::GET } else { method };
        match self.0.get(path) {
            Some(route) => route.get(method).copied().unwrap_or(Need::NO_HANDLER),
            None => Need::STRICTEST,
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let methods = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::DELETE, &mut item.delete),
        (Method::PATCH, &mut item.patch),
    ];
    methods.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

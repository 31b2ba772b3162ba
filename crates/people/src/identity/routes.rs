//! Signing in at an identity provider: the redirect to it, and the return.

use crate::identity::{linked_accounts, rows as identity_rows};
use crate::{Provider, identity::Outcome, sign_in::open_session};
use axum::Extension;
use axum::extract::State;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use database::Act;
use serde::Deserialize;
use vocabulary::ActorKind;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use access::route_requirements::{PUBLIC, needs};

use access::{App, Cookies, RequestOrigin, Token};
use endpoint::{Error, Result, input::QueryParams};

pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(needs(PUBLIC, routes!(depart))).routes(needs(PUBLIC, routes!(arrive)))
}

#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Departure {
    /// The path to open after signing in.
    #[serde(default)]
    return_to: String,
}

/// Redirects the browser to the identity provider.
#[utoipa::path(get, path = "/auth/provider", tag = "signing in", params(Departure), responses((status = 303)))]
async fn depart(
    State(app): State<App>,
    Extension(Provider(provider)): Extension<Provider>,
    QueryParams(query): QueryParams<Departure>,
) -> Result<Response> {
    let provider = provider.ok_or(Error::NotFound("identity provider"))?;
    let departure = provider.depart(own_path(&query.return_to)).await?;
    identity_rows::add_request(&app.db, departure.state.hash.clone(), departure.request).await?;
    let mut response = to(&departure.url)?;
    app.sessions.remember_provider(&mut response, &departure.state.text)?;
    Ok(response)
}

#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct Callback {
    #[serde(default)]
    state: String,
    #[serde(default)]
    code: String,
}

/// Handles the browser's return from the identity provider. Redirects to the app: signed in, or with the error code if
/// sign-in was refused.
#[utoipa::path(get, path = "/auth/provider/callback", tag = "signing in", params(Callback), responses((status = 303)))]
async fn arrive(
    State(app): State<App>,
    Extension(Provider(provider)): Extension<Provider>,
    request_origin: RequestOrigin,
    headers: HeaderMap,
    QueryParams(back): QueryParams<Callback>,
) -> Result<Response> {
    let provider = provider.ok_or(Error::NotFound("identity provider"))?;
    let mut response = match come_in(&app, &provider, &request_origin, &headers, back).await {
        Ok(response) => response,
        Err(error) => {
            let by = request_origin.actor(app.home().await?, ActorKind::Nobody, None);
            app.db.record(&by, Act::new("session.begin", "provider", "").refused(error.code())).await?;
            to(&format!("/?refused={}", error.code()))?
        }
    };
    app.sessions.remember_provider(&mut response, "")?;
    Ok(response)
}

async fn come_in(
    app: &App,
    provider: &crate::identity::IdentityProvider,
    request_origin: &RequestOrigin,
    headers: &HeaderMap,
    back: Callback,
) -> Result<Response> {
    // The callback must come from the browser that started the sign-in. Otherwise a link could sign somebody in as
    // another person.
    if back.state.is_empty() || Cookies::of(headers).provider_state() != Some(&back.state) {
        return Err(Error::Provider("this browser did not start the sign-in"));
    }
    let request = identity_rows::take_request(&app.db, Token::from_text(&back.state).hash).await?;
    let request = request.ok_or(Error::Provider("the sign-in took too long or was already used"))?;
    let Outcome::Somebody(identity) = provider.arrive(back.code, &request).await? else {
        return Err(Error::Forbidden);
    };
    let home = app.home().await?;
    let by = request_origin.actor(home, ActorKind::Nobody, None);
    let account = linked_accounts::account_of(&app.db, &by, *identity, home).await?.ok_or(Error::Forbidden)?;
    let (session, token) = open_session(app, account, request_origin).await?;
    let mut response = to(&request.return_to)?;
    app.sessions.sign_in(&mut response, &session, &token)?;
    Ok(response)
}

fn to(url: &str) -> Result<Response> {
    let url = HeaderValue::from_str(url).map_err(|error| Error::Internal(error.to_string()))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response())
}

/// Accepts only paths on this site. Browsers read `//host` and `/\host` as other sites.
fn own_path(path: &str) -> String {
    let own = path.starts_with('/') && !path[1..].starts_with(['/', '\\']) && path.is_ascii();
    let own = own && !path.chars().any(char::is_control);
    if own { path.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn redirects_stay_on_this_site() {
        assert_eq!(own_path("/documents/1?x=2"), "/documents/1?x=2");
        for foreign in ["", "https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x"] {
            assert_eq!(own_path(foreign), "/", "{foreign}");
        }
    }
}

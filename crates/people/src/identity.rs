//! Signing in at an identity provider: OpenID Connect with discovery, and the authorization code flow with PKCE, state
//! and nonce.

pub mod linked_accounts;
pub mod routes;
pub mod rows;

use crate::{email_address::check_email, identity::rows::IdentityRequest};
use std::collections::HashMap;
use std::pin::Pin;
use std::time::{Duration, Instant};

use database::NewAccount;
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken,
    CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AsyncHttpClient, AuthorizationCode, Client, ClientId, ClientSecret, CsrfToken,
    EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IdTokenFields,
    IssuerUrl, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use parking_lot::RwLock;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use tracing::warn;

use access::{Config, Token, profiles::color_of};
use endpoint::{Error, Result};
use vocabulary::Role;

/// How long the provider's metadata is kept. A provider that rotates its keys publishes a new one for longer than this
/// before it uses the key.
const FRESH: Duration = Duration::from_secs(600);
/// Timeout of a request. The user sees an empty page meanwhile.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);
/// The largest answer of the provider. Metadata, keys and tokens take a few KiB.
const MAX_ANSWER_BYTES: usize = 1 << 20;

/// All claims without their own fields, as they were received.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
struct OtherClaims {
    #[serde(flatten)]
    claims: HashMap<String, serde_json::Value>,
}

impl AdditionalClaims for OtherClaims {}

type Fields = IdTokenFields<
    OtherClaims,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type OidcClient = Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The configured provider.
pub struct IdentityProvider {
    issuer: String,
    client_id: String,
    client_secret: Option<ClientSecret>,
    scopes: Vec<String>,
    group_claim: String,
    roles: HashMap<String, Role>,
    first_role: Option<Role>,
    redirect: String,
    http: Http,
    known: RwLock<Option<(CoreProviderMetadata, Instant)>>,
}

/// The URL to which a browser is sent, and the data to remember until it returns.
pub struct Departure {
    pub url: String,
    pub state: Token,
    pub request: IdentityRequest,
}

/// The result of a browser's return.
pub enum Outcome {
    Somebody(Box<crate::identity::linked_accounts::Identity>),
    /// The provider knows the person, but none of their groups gives access.
    Nobody,
}

#[derive(Debug, thiserror::Error)]
enum HttpError {
    #[error("{0}")]
    Failed(#[from] reqwest::Error),
    #[error("the answer is too large")]
    TooLarge,
    #[error("{0}")]
    Malformed(#[from] axum::http::Error),
}

impl IdentityProvider {
    /// Creates the provider; `None` if none is configured.
    ///
    /// # Errors
    /// When the HTTP client cannot be created.
    pub fn new(config: &Config, origin: &str) -> std::result::Result<Option<IdentityProvider>, reqwest::Error> {
        if config.oidc_issuer.is_empty() {
            return Ok(None);
        }
        let secret = config.oidc_client_secret.expose_secret();
        Ok(Some(IdentityProvider {
            issuer: config.oidc_issuer.clone(),
            client_id: config.oidc_client_id.clone(),
            client_secret: (!secret.is_empty()).then(|| ClientSecret::new(secret.to_owned())),
            scopes: config.oidc_scopes.clone(),
            group_claim: config.oidc_group_claim.clone(),
            roles: config.oidc_roles.clone(),
            first_role: config.oidc_first_role,
            redirect: format!("{origin}/api/v1/auth/provider/callback"),
            // Redirects are not followed, because they could send a secret to another site.
            http: Http(
                reqwest::Client::builder()
                    .redirect(reqwest::redirect::Policy::none())
                    .timeout(ANSWERS_WITHIN)
                    .build()?,
            ),
            known: RwLock::default(),
        }))
    }

    /// Prepares sending a person to the provider.
    ///
    /// # Errors
    /// [`Error::Provider`] when the provider cannot be reached.
    pub async fn depart(&self, return_to: String) -> Result<Departure> {
        let client = self.client(self.metadata().await?)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let state = Token::new();
        let text = state.text.clone();
        let to = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client.authorize_url(to, move || CsrfToken::new(text), Nonce::new_random);
        for scope in &self.scopes {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (url, _, nonce) = request.set_pkce_challenge(challenge).url();
        let (nonce, verifier) = (nonce.secret().clone(), verifier.secret().clone());
        Ok(Departure { url: url.into(), state, request: IdentityRequest { nonce, verifier, return_to } })
    }

    /// Receives a person back: exchanges the code and checks the claims that the provider signed.
    ///
    /// # Errors
    /// [`Error::Provider`] when any check fails.
    pub async fn arrive(&self, code: String, request: &IdentityRequest) -> Result<Outcome> {
        let client = self.client(self.metadata().await?)?;
        let exchange = client.exchange_code(AuthorizationCode::new(code)).map_err(|error| refused(&error))?;
        let tokens = exchange
            .set_pkce_verifier(PkceCodeVerifier::new(request.verifier.clone()))
            .request_async(&self.http)
            .await
            .map_err(|error| refused(&error))?;
        let id_token = tokens.id_token().ok_or(Error::Provider("it sent no identity"))?;
        let nonce = Nonce::new(request.nonce.clone());
        let claims = match id_token.claims(&client.id_token_verifier(), &nonce) {
            Ok(claims) => claims,
            Err(error) => {
                // The provider may have new keys, so the next try reads them again.
                *self.known.write() = None;
                return Err(refused(&error));
            }
        };
        let mut other = claims.additional_claims().claims.clone();
        let mut email = claims.email().map(|email| email.as_str().to_owned());
        let mut is_verified = claims.email_verified().unwrap_or(false);
        let mut name = claims.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned());
        if email.is_none() || (!self.roles.is_empty() && !other.contains_key(&self.group_claim)) {
            let subject = Some(claims.subject().clone());
            if let Ok(asked) = client.user_info(tokens.access_token().clone(), subject) {
                let user_info: UserInfoClaims<OtherClaims, CoreGenderClaim> =
                    asked.request_async(&self.http).await.map_err(|error| refused(&error))?;
                if email.is_none() {
                    email = user_info.email().map(|email| email.as_str().to_owned());
                    is_verified = user_info.email_verified().unwrap_or(false);
                }
                name = name
                    .or_else(|| user_info.name().and_then(|name| name.get(None)).map(|name| name.as_str().to_owned()));
                other.extend(user_info.additional_claims().claims.clone());
            }
        }
        let email = email.ok_or(Error::Provider("it did not send an email address"))?;
        check_email(&email).map_err(|_| Error::Provider("it sent an address that is not valid"))?;
        let groups = other.get(&self.group_claim).map(texts);
        let Some(role) = self.role(groups.as_deref()) else { return Ok(Outcome::Nobody) };
        let name = name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| email.clone());
        Ok(Outcome::Somebody(Box::new(crate::identity::linked_accounts::Identity {
            issuer: self.issuer.clone(),
            subject: claims.subject().as_str().to_owned(),
            account: NewAccount {
                color: color_of(&email),
                email,
                name: name.chars().filter(|c| !c.is_control()).take(100).collect(),
                // No password matches this account.
                password_hash: String::new(),
            },
            is_verified,
            role: (!self.roles.is_empty()).then_some(role),
            first_role: self.first_role.or((!self.roles.is_empty()).then_some(role)),
            groups,
        })))
    }

    /// The highest role of a person's groups; `None` if they have no access.
    fn role(&self, groups: Option<&[String]>) -> Option<Role> {
        let named = groups.unwrap_or_default().iter().filter_map(|group| self.roles.get(group).copied()).max();
        // If no roles are configured, existing accounts keep their role, and new people get the first role.
        named.or(self.first_role).or(self.roles.is_empty().then_some(Role::Viewer))
    }

    fn client(&self, metadata: CoreProviderMetadata) -> Result<OidcClient> {
        let redirect = RedirectUrl::new(self.redirect.clone()).map_err(|error| refused(&error))?;
        let id = ClientId::new(self.client_id.clone());
        Ok(OidcClient::from_provider_metadata(metadata, id, self.client_secret.clone()).set_redirect_uri(redirect))
    }

    async fn metadata(&self) -> Result<CoreProviderMetadata> {
        if let Some((metadata, read)) = &*self.known.read()
            && read.elapsed() < FRESH
        {
            return Ok(metadata.clone());
        }
        let issuer = IssuerUrl::new(self.issuer.clone()).map_err(|error| refused(&error))?;
        let metadata =
            CoreProviderMetadata::discover_async(issuer, &self.http).await.map_err(|error| refused(&error))?;
        *self.known.write() = Some((metadata.clone(), Instant::now()));
        Ok(metadata)
    }
}

/// Adapts our HTTP client to the protocol's crate. Returns a boxed future, because the crate's own adapter for closures
/// is not `Send` in a handler.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = std::result::Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let sent = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers).body(body);
            let mut answer = sent.send().await?;
            let mut response = axum::http::Response::builder().status(answer.status());
            for (name, value) in answer.headers() {
                response = response.header(name, value);
            }
            let mut body = Vec::new();
            while let Some(chunk) = answer.chunk().await? {
                body.extend_from_slice(&chunk);
                if body.len() > MAX_ANSWER_BYTES {
                    return Err(HttpError::TooLarge);
                }
            }
            Ok(response.body(body)?)
        })
    }
}

fn refused(error: &dyn std::error::Error) -> Error {
    let mut causes = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes = format!("{causes}: {error}");
        cause = error.source();
    }
    warn!(error = causes, "signing in at the identity provider failed");
    Error::Provider("its answer is not valid")
}

/// Reads groups, which are a list or a single text.
fn texts(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::String(text) => vec![text.clone()],
        serde_json::Value::Array(values) => {
            values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

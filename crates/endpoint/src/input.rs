//! Extractors of request input, which refuse invalid input with a problem document. Input that only one of the two
//! engines could store is refused here, and nowhere else: U+0000 in text, and dates far away.

use axum::Json;
use axum::body::{Body as HttpBody, Bytes};
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use chrono::{DateTime, Datelike, Utc};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

use crate::Error;

/// A JSON body.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let Raw(bytes) = Raw::from_request(Request::from_parts(parts.clone(), body), state).await?;
        check_json(&bytes)?;
        let read = Json::from_request(Request::from_parts(parts, HttpBody::from(bytes)), state).await;
        let Json(body) = read.map_err(|rejection| refused(rejection.status(), rejection.body_text()))?;
        Ok(Body(body))
    }
}

/// A body that is not parsed.
pub struct Raw(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for Raw {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let read = Bytes::from_request(request, state).await;
        read.map(Raw).map_err(|rejection: BytesRejection| refused(rejection.status(), rejection.body_text()))
    }
}

/// Refuses a JSON document whose text contains U+0000, which Postgres cannot store.
///
/// # Errors
/// [`Error::Body`] if it does.
pub fn check_json(json: &[u8]) -> Result<(), Error> {
    // In JSON, it can only be written as `\u0000`. Each backslash is read together with the character after it, so that
    // `\\u0000` is not mistaken for it.
    let mut rest = json;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        if rest[at + 1..].starts_with(b"u0000") {
            return Err(Error::Body(NUL.to_owned()));
        }
        rest = rest.get(at + 2..).unwrap_or_default();
    }
    Ok(())
}

const NUL: &str = "text cannot contain the character U+0000";

/// Whether a percent-encoded part of the URL contains U+0000.
fn has_nul(part: &str) -> bool {
    part.contains("%00")
}

/// Whether both engines can store and sort a date, which they can for the years 1 to 9999, written with four digits.
pub fn is_near(date: DateTime<Utc>) -> bool {
    (1..=9999).contains(&date.year())
}

/// Reads a date of a request, for `#[serde(default, deserialize_with = "endpoint::input::date")]`.
///
/// # Errors
/// When the text is not a date, or the date is not in the years 1 to 9999.
pub fn date<'de, D: Deserializer<'de>>(input: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    match Option::<DateTime<Utc>>::deserialize(input)? {
        Some(date) if !is_near(date) => Err(D::Error::custom("a date lies in the years 1 to 9999")),
        date => Ok(date),
    }
}

/// Reads a field in which `null` and an absent value are different, for `#[serde(default, deserialize_with =
/// "endpoint::input::present")]`.
///
/// # Errors
/// The errors of the value.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(field: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(field).map(Some)
}

fn refused(status: StatusCode, text: String) -> Error {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Error::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Error::UnsupportedMediaType("the body must be application/json"),
        _ => Error::Body(text),
    }
}

/// Ids in the path. An invalid id is 404.
pub struct At<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        if has_nul(parts.uri.path()) {
            return Err(Error::NotFound("resource"));
        }
        let read = Path::from_request_parts(parts, state).await;
        read.map(|Path(ids)| At(ids)).map_err(|_| Error::NotFound("resource"))
    }
}

/// The query parameters.
pub struct QueryParams<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        if parts.uri.query().is_some_and(has_nul) {
            return Err(Error::Query(NUL.to_owned()));
        }
        let read = Query::from_request_parts(parts, state).await;
        read.map(|Query(asked)| QueryParams(asked)).map_err(|rejection| Error::Query(rejection.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::{check_json, is_near};
    use chrono::{DateTime, Utc};

    /// [E6] The escape is found wherever it is, and other text is not mistaken for it.
    #[test]
    fn the_character_that_postgres_cannot_store_is_refused() {
        for bad in [r#"{"a":"\u0000"}"#, r#"{"\u0000":1}"#, r#"["\\\u0000"]"#, r#"["\"\u0000"]"#] {
            assert!(check_json(bad.as_bytes()).is_err(), "{bad}");
        }
        for good in [r#"["\\u0000"]"#, r#"["u0000"]"#, r#"["\u00001"]"#.replace("0000", "0001").as_str(), "[1, \"a\\"] {
            assert!(check_json(good.as_bytes()).is_ok(), "{good}");
        }
    }

    #[test]
    fn dates_are_near_if_their_year_has_four_digits() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a date");
        assert!(is_near(at("0001-01-01T00:00:00Z")) && is_near(at("9999-12-31T23:59:59Z")));
        assert!(!is_near(at("+10000-01-01T00:00:00Z")) && !is_near(at("0000-12-31T00:00:00Z")));
    }
}

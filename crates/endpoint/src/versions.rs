//! Versions in HTTP: a number in quotes, as ETag and If-Match.

use std::fmt::Display;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderValue, header};

use crate::{Error, Result};

/// `"7"`.
///
/// # Errors
/// Never, in fact, because a number in quotes is a valid header.
pub fn etag(version: impl Display) -> Result<HeaderValue> {
    HeaderValue::from_str(&format!("\"{version}\"")).map_err(|error| Error::Internal(error.to_string()))
}

/// The version that the caller has read, from If-Match.
///
/// # Errors
/// [`Error::PreconditionRequired`] without the header, [`Error::PreconditionFailed`] when it is not a valid version.
pub fn if_match<V: FromStr>(headers: &HeaderMap) -> Result<V> {
    let tag = headers.get(header::IF_MATCH).ok_or(Error::PreconditionRequired)?;
    let version = tag.to_str().ok().and_then(|tag| tag.trim_matches('"').parse().ok());
    version.ok_or(Error::PreconditionFailed)
}

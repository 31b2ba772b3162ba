//! What endpoints need: the listener, input, errors, versions and tables. Contains nothing about features or callers.

pub mod certificate;
pub mod csv;
pub mod descriptors;
mod error;
pub mod input;
pub mod listener;
pub mod names;
pub mod versions;

use axum::http::HeaderName;

pub use error::{Error, Problem, Refused, Result};

/// The id of a request, in the request and in its answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Bytes.
// `Vec<u8>` would be described as an array of numbers.
#[derive(utoipa::ToSchema)]
#[schema(value_type = String, format = Binary)]
pub struct Binary(pub Vec<u8>);

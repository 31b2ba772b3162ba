//! A JSON body, refused as a problem document when it cannot be read.

use axum::Json;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::error::Error;

pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let Json(body) =
            Json::from_request(request, app).await.map_err(|rejection| Error::Body(rejection.body_text()))?;
        Ok(Body(body))
    }
}

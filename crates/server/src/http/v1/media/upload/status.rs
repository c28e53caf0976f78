//! `GET …?command=STATUS`: how far the processing of an upload is.

use super::media_id;
use crate::actions;
use crate::app::Shared;
use crate::config::Fidelity;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::v1::{self, render};
use crate::rate_limit::Bucket;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::Fault;

pub(super) async fn handle(app: &Shared, call: &Call) -> Result<Response> {
    call.count(app, Bucket::UploadStatus)?;
    let id = media_id(None, call)?;
    let media = actions::upload::own(app, call.caller.user()?, id).await?;
    // Recorded: the status of a picture is a page that does not exist.
    if app.config.fidelity == Fidelity::Strict && !media.is_async {
        return Err(Fault::PageNotFound.into());
    }
    v1::json(StatusCode::OK, &render::upload::status(&media, app.now()))
}

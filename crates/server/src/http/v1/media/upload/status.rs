//! `GET …?command=STATUS`: the progress of processing.

use super::media_id;
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Result;
use birdhouse_domain::Bucket;
use birdhouse_domain::Fault;

pub(super) async fn handle(call: &Call) -> Result<Response> {
    call.count(Bucket::UploadStatus)?;
    let id = media_id(None, call)?;
    let media = actions::media::own(&call.app, call.caller.user()?, id).await?;
    // Recorded: STATUS of an image is 404.
    if call.app.config.fidelity == Fidelity::Strict && !media.is_async {
        return Err(Fault::PageNotFound.into());
    }
    v1::json(StatusCode::OK, &render::upload::status(&media, call.app.now()))
}

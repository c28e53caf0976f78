//! `POST /2/media/upload/:id/finalize`, and `command=FINALIZE`: completes a chunked upload. The
//! body is ignored: clients send none or `{}`, with any Content-Type.

use super::super::input::{self, UploadBody};
use super::super::{json, render};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::MediaId;

/// Completes an upload.
pub async fn handle(call: Call) -> Result<Response> {
    complete(&call, input::media_id(call.segment(2))?).await
}

/// The same as `command=FINALIZE`.
pub(super) async fn command(call: &Call, form: &UploadBody) -> Result<Response> {
    complete(call, input::media_id(&form.text("media_id").unwrap_or_default())?).await
}

async fn complete(call: &Call, id: MediaId) -> Result<Response> {
    let media = actions::upload::finalize(&call.app, call.caller.user()?, id).await?;
    let life = call.app.config.media_life_seconds;
    json(StatusCode::OK, &render::upload::completed(&media, life))
}

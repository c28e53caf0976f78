//! `POST /2/media/upload/:id/finalize`, and `command=FINALIZE`: completes a chunked upload. The
//! body is nothing, `{}`, or nothing that says that it is JSON (all seen).

use super::super::input::{self, Upload};
use super::super::{Asked, json, render};
use crate::actions;
use crate::error::Result;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::MediaId;

/// Completes an upload.
pub async fn handle(asked: Asked) -> Result<Response> {
    complete(&asked, input::media_id(asked.segment(2))?).await
}

/// The same with the parameters of the command form.
pub(super) async fn command(asked: &Asked, form: &Upload) -> Result<Response> {
    complete(asked, input::media_id(&form.text("media_id").unwrap_or_default())?).await
}

async fn complete(asked: &Asked, id: MediaId) -> Result<Response> {
    let media = actions::upload::finalize(&asked.app, asked.call.caller.user()?, id).await?;
    let life = asked.app.config.media_life_seconds;
    json(StatusCode::OK, &render::upload::completed(&media, life))
}

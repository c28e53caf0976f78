//! `command=FINALIZE`: completes a chunked upload. Recorded: 201.

use super::{media_id, with_media_id};
use crate::http::read::call::Call;
use crate::http::read::upload_form::UploadForm;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::Bucket;

pub(super) async fn handle(call: &Call, form: &UploadForm) -> Result<Response> {
    call.count(Bucket::Finalize)?;
    let id = media_id(Some(form), call)?;
    let media = actions::upload::finalize(&call.app, call.caller.user()?, id).await?;
    let life = call.app.config.media_life_seconds;
    let response = v1::json(StatusCode::CREATED, &render::upload::completed(&media, life))?;
    Ok(with_media_id(response, media.id))
}

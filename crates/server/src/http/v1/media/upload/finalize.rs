//! `command=FINALIZE`: completes a chunked upload. Recorded: 201.

use super::{media_id, with_media_id};
use crate::actions;
use crate::app::Shared;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::upload_form::UploadForm;
use crate::http::v1::{self, render};
use crate::rate_limit::Bucket;
use axum::http::StatusCode;
use axum::response::Response;

pub(super) async fn handle(app: &Shared, call: &Call, form: &UploadForm) -> Result<Response> {
    call.count(app, Bucket::Finalize)?;
    let id = media_id(Some(form), call)?;
    let media = actions::upload::finalize(app, call.caller.user()?, id).await?;
    let life = app.config.media_life_seconds;
    let response = v1::json(StatusCode::CREATED, &render::upload::completed(&media, life))?;
    Ok(with_media_id(response, media.id))
}

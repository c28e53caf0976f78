//! `POST /2/media/upload/:id/append`, and `command=APPEND`: keeps a segment.

use super::super::input::{self, Upload};
use super::super::{Asked, json, render, schemas};
use crate::actions;
use crate::error::{Error, Result};
use crate::http::call::Content;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use birdhouse_domain::media_limits::SEGMENT_MAX_BYTES;
use birdhouse_domain::upload::segment_index;
use birdhouse_domain::{Fault, MediaId};
use serde_json::json;

/// Keeps a segment.
pub async fn handle(asked: Asked) -> Result<Response> {
    let id = input::media_id(asked.segment(2))?;
    let read = Upload::read(&asked, SEGMENT_MAX_BYTES).await;
    let mut form = read.map_err(as_segment)?;
    let is_multipart = matches!(asked.call.content, Content::Multipart(_));
    if is_multipart && !asked.is_strict() && !form.members.contains_key("segment_index") {
        // One known client forgets it; it sends whole files as one segment.
        form.members.insert("segment_index".to_owned(), json!(0));
    }
    form.check(&schemas::APPEND)?;
    keep(&asked, id, form).await
}

/// The same with the parameters of the command form.
pub(super) async fn command(asked: &Asked, form: Upload) -> Result<Response> {
    let id = input::media_id(&form.text("media_id").unwrap_or_default())?;
    let response = keep(asked, id, form).await?;
    if asked.is_strict() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(response)
}

async fn keep(asked: &Asked, id: MediaId, mut form: Upload) -> Result<Response> {
    let index = segment_index(form.text("segment_index").as_deref())?;
    let bytes = form.bytes()?;
    let caller = asked.call.caller.user()?;
    let media = actions::upload::append(&asked.app, caller, id, index, bytes).await?;
    json(StatusCode::OK, &render::upload::appended(&media))
}

/// A segment that is too long, not a file.
pub(super) fn as_segment(error: Error) -> Error {
    match error {
        Error::Refused(Fault::FileTooLarge { limit }) => Fault::SegmentTooLarge { limit }.into(),
        other => other,
    }
}

//! `POST /2/media/upload/:id/append`, and `command=APPEND`: stores a segment.

use super::super::input::{self, UploadBody};
use super::super::{json, render, schemas};
use crate::http::read::call::Call;
use crate::http::read::content_type::ContentType;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::media_limits::SEGMENT_MAX_BYTES;
use birdhouse_domain::upload::parse_segment_index;
use birdhouse_domain::{Fault, MediaId};
use serde_json::json;

/// Stores a segment.
pub async fn handle(call: Call) -> Result<Response> {
    let id = input::media_id(call.segment(2))?;
    let read = UploadBody::read(&call, SEGMENT_MAX_BYTES).await;
    let mut form = read.map_err(segment_error)?;
    let is_multipart = matches!(call.content_type, ContentType::Multipart(_));
    if is_multipart && !call.is_strict() && !form.members.contains_key("segment_index") {
        // One known client omits it; it sends whole files as one segment.
        form.members.insert("segment_index".to_owned(), json!(0));
    }
    form.validate(&schemas::APPEND)?;
    store(&call, id, form).await
}

/// The same as `command=APPEND`.
pub(super) async fn command(call: &Call, form: UploadBody) -> Result<Response> {
    let id = input::media_id(&form.text("media_id").unwrap_or_default())?;
    let response = store(call, id, form).await?;
    if call.is_strict() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(response)
}

async fn store(call: &Call, id: MediaId, mut form: UploadBody) -> Result<Response> {
    let index = parse_segment_index(form.text("segment_index").as_deref())?;
    let bytes = form.take_media()?;
    let caller = call.caller.user()?;
    let media = actions::upload::append(&call.app, caller, id, index, bytes).await?;
    json(StatusCode::OK, &render::upload::appended(&media))
}

/// Replaces the fault for a file that is too large by the one for a segment.
pub(super) fn segment_error(error: Error) -> Error {
    match error {
        Error::Refused(Fault::FileTooLarge { limit }) => Fault::SegmentTooLarge { limit }.into(),
        other => other,
    }
}

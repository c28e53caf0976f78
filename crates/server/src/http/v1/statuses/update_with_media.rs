//! `POST /1.1/statuses/update_with_media.json`: posts a Tweet with an image that the same multipart
//! body has as `media[]`. The endpoint of before 2014, which old clients still call.

use super::update;
use crate::http::read::call::Call;
use crate::http::read::upload_form::UploadForm;
use axum::response::Response;
use birdhouse_core::actions::upload;
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;
use birdhouse_domain::media_limits::GIF_MAX_BYTES;

/// Uploads the image, then posts the Tweet. If that is refused, the image expires like any other
/// that is in no Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let mut form = UploadForm::read(&call, GIF_MAX_BYTES).await?;
    let bytes = form.media.take().ok_or(Fault::MediaMissing)?;
    let mut draft = update::draft(|name| form.get(&call, name))?;
    birdhouse_domain::tweet::validate_text(&draft.text, true)?;
    let caller = call.caller.user()?;
    let media = upload::upload_image(&call.app, caller, bytes, None, &[]).await?;
    draft.media.push(media.id);
    update::post(&call, draft).await
}

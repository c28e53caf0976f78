//! `POST /1.1/media/subtitles/delete.json`: unlinks subtitles from a video.

use super::{read, success, text};
use crate::http::read::call::Call;
use axum::response::Response;
use birdhouse_core::actions::subtitles;
use birdhouse_core::error::Result;

/// Unlinks all of them or none.
pub async fn handle(call: Call) -> Result<Response> {
    let request = read(&call).await?;
    let languages = request
        .subtitles
        .iter()
        .map(|entry| text(entry, "language_code"))
        .collect::<Result<Vec<_>>>()?;
    subtitles::unlink(&call.app, call.caller.user()?, request.video, &languages).await?;
    success(&call)
}

//! `POST /1.1/media/subtitles/create.json`: links subtitles to a video.

use super::{read, success, text};
use crate::http::read::call::Call;
use crate::http::read::json_body::media_id;
use axum::response::Response;
use birdhouse_core::actions::subtitles::{self, LinkRequest};
use birdhouse_core::error::Result;

/// Links all of them or none.
pub async fn handle(call: Call) -> Result<Response> {
    let request = read(&call).await?;
    let mut links = Vec::with_capacity(request.subtitles.len());
    for entry in &request.subtitles {
        links.push(LinkRequest {
            media: media_id(&entry["media_id"])?,
            language_code: text(entry, "language_code")?,
            display_name: entry["display_name"].as_str().unwrap_or_default().to_owned(),
        });
    }
    subtitles::link(&call.app, call.caller.user()?, request.video, &links).await?;
    success(&call)
}

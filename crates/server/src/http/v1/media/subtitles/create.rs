//! `POST /1.1/media/subtitles/create.json`: links subtitles to a video.

use super::{done, read, text};
use crate::http::read::call::Call;
use crate::http::read::json_body::media_id;
use axum::response::Response;
use birdhouse_core::actions::subtitles::{self, LinkRequest};
use birdhouse_core::error::Result;

/// Links all or none.
pub async fn handle(call: Call) -> Result<Response> {
    let (video, list) = read(&call).await?;
    let mut links = Vec::with_capacity(list.len());
    for one in &list {
        links.push(LinkRequest {
            media: media_id(&one["media_id"])?,
            language_code: text(one, "language_code")?,
            display_name: one["display_name"].as_str().unwrap_or_default().to_owned(),
        });
    }
    subtitles::link(&call.app, call.caller.user()?, video, &links).await?;
    done(&call)
}

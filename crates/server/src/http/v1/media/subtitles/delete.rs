//! `POST /1.1/media/subtitles/delete.json`: unlinks subtitles from a video.

use super::{done, read, text};
use crate::http::read::call::Call;
use axum::response::Response;
use birdhouse_core::actions::subtitles;
use birdhouse_core::error::Result;

/// Unlinks all or none.
pub async fn handle(call: Call) -> Result<Response> {
    let (video, list) = read(&call).await?;
    let languages =
        list.iter().map(|one| text(one, "language_code")).collect::<Result<Vec<_>>>()?;
    subtitles::unlink(&call.app, call.caller.user()?, video, &languages).await?;
    done(&call)
}

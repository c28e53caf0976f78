//! `POST /1.1/media/subtitles/create.json`: links subtitles to a film.

use super::{done, media_id, read, text};
use crate::actions::subtitles::{self, Link};
use crate::app::Shared;
use crate::error::Result;
use crate::http::call::Call;
use axum::response::Response;

/// Links all or none.
pub async fn handle(app: Shared, call: Call) -> Result<Response> {
    let (film, list) = read(&app, &call).await?;
    let mut links = Vec::with_capacity(list.len());
    for one in &list {
        links.push(Link {
            media: media_id(&one["media_id"])?,
            language_code: text(one, "language_code")?,
            display_name: one["display_name"].as_str().unwrap_or_default().to_owned(),
        });
    }
    subtitles::link(&app, call.caller.user()?, film, &links).await?;
    done(&app)
}

//! `POST /2/media/upload`: a file in one request, or, with `command`, the form of early 2025.

use super::super::input::Upload;
use super::super::{json, render, schemas};
use super::{append, finalize, initialize};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::Bucket;
use birdhouse_domain::media_limits::{
    IMAGE_MAX_BYTES, SEGMENT_MAX_BYTES, VIDEO_MAX_BYTES, max_bytes,
};
use birdhouse_domain::{Category, Fault};
use birdhouse_processing::Format;
use birdhouse_processing::formats::sniff;

/// Accepts a file, or executes a command.
pub async fn handle(call: Call) -> Result<Response> {
    let form = match call.get("command") {
        Some("APPEND") => {
            Upload::read(&call, SEGMENT_MAX_BYTES).await.map_err(append::as_segment)?
        }
        _ => Upload::read(&call, VIDEO_MAX_BYTES).await?,
    };
    let count = |bucket| call.count(bucket);
    match form.text("command").as_deref() {
        Some("INIT") => {
            count(Bucket::V2Initialize)?;
            initialize::command(&call, &form).await
        }
        Some("APPEND") => {
            count(Bucket::V2Append)?;
            append::command(&call, form).await
        }
        Some("FINALIZE") => {
            count(Bucket::V2Finalize)?;
            finalize::command(&call, &form).await
        }
        Some(_) => Err(Fault::ParameterInvalid("command").into()),
        None => {
            count(Bucket::V2Upload)?;
            whole(&call, form).await
        }
    }
}

/// The category of Tweets that fits the bytes.
fn assumed(form: &Upload) -> Category {
    let Some(media) = &form.media else { return Category::TweetImage };
    match sniff(media.first()) {
        Some(format) if format.is_video() => Category::TweetVideo,
        Some(Format::Gif) if media.len() > IMAGE_MAX_BYTES => Category::TweetGif,
        _ => Category::TweetImage,
    }
}

async fn whole(call: &Call, mut form: Upload) -> Result<Response> {
    if !call.is_strict() && !form.members.contains_key("media_category") {
        // Documented in prose: without one, a category of Tweets is assumed from the type.
        form.members.insert("media_category".to_owned(), assumed(&form).name().into());
    }
    form.validate(&schemas::UPLOAD)?;
    let bytes = form.bytes()?;
    let mut request = initialize::upload_request(&form.members)?;
    request.total_bytes = bytes.len();
    if let Some(category) = request.category {
        let limit = max_bytes(Some(category), category.kind());
        if bytes.len() > limit {
            return Err(Fault::FileTooLarge { limit }.into());
        }
    }
    let caller = call.caller.user()?;
    let media = actions::upload::upload_at_once(&call.app, caller, bytes, &request).await?;
    let life = call.app.config.media_life_seconds;
    json(StatusCode::OK, &render::upload::completed(&media, life))
}

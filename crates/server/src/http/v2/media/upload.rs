//! `POST /2/media/upload`: a file in one request, or, with `command`, the form of early 2025.

use super::super::input::Upload;
use super::super::{Asked, json, render, schemas};
use super::{append, finalize, initialize};
use crate::actions;
use crate::error::Result;
use crate::rate_limit::Bucket;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::media_limits::{
    IMAGE_MAX_BYTES, SEGMENT_MAX_BYTES, VIDEO_MAX_BYTES, max_bytes,
};
use birdhouse_domain::{Category, Fault};
use birdhouse_processing::Format;
use birdhouse_processing::sniff::sniff;

/// Takes a file, or carries out a command.
pub async fn handle(asked: Asked) -> Result<Response> {
    let form = match asked.call.get("command") {
        Some("APPEND") => {
            Upload::read(&asked, SEGMENT_MAX_BYTES).await.map_err(append::as_segment)?
        }
        _ => Upload::read(&asked, VIDEO_MAX_BYTES).await?,
    };
    let count = |bucket| asked.call.count(&asked.app, bucket);
    match form.text("command").as_deref() {
        Some("INIT") => {
            count(Bucket::V2Initialize)?;
            initialize::command(&asked, &form).await
        }
        Some("APPEND") => {
            count(Bucket::V2Append)?;
            append::command(&asked, form).await
        }
        Some("FINALIZE") => {
            count(Bucket::V2Finalize)?;
            finalize::command(&asked, &form).await
        }
        Some(_) => Err(Fault::ParameterInvalid("command").into()),
        None => {
            count(Bucket::V2Upload)?;
            whole(&asked, form).await
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

async fn whole(asked: &Asked, mut form: Upload) -> Result<Response> {
    if !asked.is_strict() && !form.members.contains_key("media_category") {
        // Documented in prose: without one, a category of Tweets is assumed from the type.
        form.members.insert("media_category".to_owned(), assumed(&form).name().into());
    }
    form.check(&schemas::UPLOAD)?;
    let bytes = form.bytes()?;
    let mut wanted = initialize::announcement(&form.members)?;
    wanted.total_bytes = bytes.len();
    if let Some(category) = wanted.category {
        let limit = max_bytes(Some(category), category.kind());
        if bytes.len() > limit {
            return Err(Fault::FileTooLarge { limit }.into());
        }
    }
    let caller = asked.call.caller.user()?;
    let media = actions::upload::upload_at_once(&asked.app, caller, bytes, &wanted).await?;
    let life = asked.app.config.media_life_seconds;
    json(StatusCode::OK, &render::upload::completed(&media, life))
}

//! `POST /2/media/upload`: a file in one request, or, with `command`, the chunked upload of early
//! 2025.

use super::super::input::UploadBody;
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
            UploadBody::read(&call, SEGMENT_MAX_BYTES).await.map_err(append::segment_error)?
        }
        _ => UploadBody::read(&call, VIDEO_MAX_BYTES).await?,
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
            upload_whole(&call, form).await
        }
    }
}

/// The rate window of a command, before its file is read.
pub(crate) fn window(command: Option<&str>) -> Bucket {
    match command {
        Some("INIT") => Bucket::V2Initialize,
        Some("APPEND") => Bucket::V2Append,
        Some("FINALIZE") => Bucket::V2Finalize,
        _ => Bucket::V2Upload,
    }
}

/// The category of Tweet media that fits the format of the file.
fn assumed_category(form: &UploadBody) -> Category {
    let Some(media) = &form.media else { return Category::TweetImage };
    match sniff(media.first()) {
        Some(format) if format.is_video() => Category::TweetVideo,
        Some(Format::Gif) if media.len() > IMAGE_MAX_BYTES => Category::TweetGif,
        _ => Category::TweetImage,
    }
}

async fn upload_whole(call: &Call, mut form: UploadBody) -> Result<Response> {
    if !call.is_strict() && !form.members.contains_key("media_category") {
        // Documented: if absent, a category of Tweet media is assumed from the format.
        form.members.insert("media_category".to_owned(), assumed_category(&form).name().into());
    }
    form.validate(&schemas::UPLOAD)?;
    let bytes = form.take_media()?;
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

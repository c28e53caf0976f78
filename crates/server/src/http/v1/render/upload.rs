//! Responses of `media/upload`. Key order as recorded: media_id, media_id_string, media_key, size,
//! expires_after_secs, image or video, processing_info.

use birdhouse_domain::media::Media;
use birdhouse_domain::{Failure, Kind, State, Timestamp};
use serde::Serialize;

/// Seconds after which a client should poll again.
const CHECK_AFTER_SECS: u32 = 1;

/// An upload in v1.1 JSON.
#[derive(Debug, Serialize)]
pub struct UploadResponse<'a> {
    media_id: i64,
    media_id_string: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_after_secs: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<Image<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    video: Option<Video<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    processing_info: Option<ProcessingInfo<'a>>,
}

#[derive(Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "names of the API")]
struct Image<'a> {
    image_type: &'a str,
    w: u32,
    h: u32,
}

#[derive(Debug, Serialize)]
struct Video<'a> {
    video_type: &'a str,
}

#[derive(Debug, Serialize)]
struct ProcessingInfo<'a> {
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    check_after_secs: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    progress_percent: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ProcessingError<'a>>,
}

#[derive(Debug, Serialize)]
struct ProcessingError<'a> {
    code: i64,
    name: &'a str,
    message: &'a str,
}

/// The response to INIT; `media_key` only with a category (recorded).
pub fn initialized(media: &Media, now: Timestamp) -> UploadResponse<'_> {
    UploadResponse {
        media_id: media.id.0,
        media_id_string: media.id.to_string(),
        media_key: media.category.map(|_| media.media_key()),
        size: None,
        expires_after_secs: media.expires_after_secs(now),
        image: None,
        video: None,
        processing_info: None,
    }
}

/// The response to FINALIZE and to a simple upload. It does not depend on the current state, so
/// that a retried FINALIZE gets the same. `life_seconds` counts from completion.
pub fn completed(media: &Media, life_seconds: i64) -> UploadResponse<'_> {
    let pending = ProcessingInfo {
        state: State::Pending.name(),
        check_after_secs: Some(CHECK_AFTER_SECS),
        progress_percent: None,
        error: None,
    };
    UploadResponse {
        processing_info: media.is_async.then_some(pending),
        ..media_response(media, Some(life_seconds))
    }
}

/// The response to STATUS. A failed upload has no `expires_after_secs` (recorded).
pub fn status(media: &Media, now: Timestamp) -> UploadResponse<'_> {
    if media.state == State::Receiving {
        return initialized(media, now);
    }
    let life = media.expires_after_secs(now).filter(|_| media.state != State::Failed);
    let is_waiting = matches!(media.state, State::Pending | State::InProgress);
    let processing_info = ProcessingInfo {
        state: media.state.name(),
        check_after_secs: is_waiting.then_some(CHECK_AFTER_SECS),
        progress_percent: (media.state != State::Pending).then_some(media.progress),
        error: media.failure.as_ref().map(failure),
    };
    UploadResponse { processing_info: Some(processing_info), ..media_response(media, life) }
}

fn media_response(media: &Media, expires_after_secs: Option<i64>) -> UploadResponse<'_> {
    let is_image = matches!(media.kind, Some(Kind::Image | Kind::AnimatedGif));
    let is_video = media.kind == Some(Kind::Video);
    let (w, h) = (media.width, media.height);
    UploadResponse {
        media_id: media.id.0,
        media_id_string: media.id.to_string(),
        media_key: media.category.map(|_| media.media_key()),
        size: Some(media.total_bytes),
        expires_after_secs,
        image: is_image.then_some(Image { image_type: &media.mime, w, h }),
        video: is_video.then_some(Video { video_type: &media.mime }),
        processing_info: None,
    }
}

fn failure(failure: &Failure) -> ProcessingError<'_> {
    ProcessingError { code: failure.code, name: &failure.name, message: &failure.message }
}

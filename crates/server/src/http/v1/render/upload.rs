//! Answers of `media/upload`. Key order as recorded: media_id, media_id_string, media_key, size,
//! expires_after_secs, image or video, processing_info.

use birdhouse_domain::media::Media;
use birdhouse_domain::{Failure, Kind, State, Timestamp};
use serde::Serialize;

/// Seconds after which a client should ask again.
const CHECK_AFTER_SECS: u32 = 1;

/// An upload in the words of v1.1.
#[derive(Debug, Serialize)]
pub struct Upload<'a> {
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
#[expect(clippy::struct_field_names, reason = "the wire names it so")]
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

/// The answer to INIT. A media_key stands there only with a category (recorded without one).
pub fn begun(media: &Media, now: Timestamp) -> Upload<'_> {
    Upload {
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

/// The answer to FINALIZE and to a simple upload: the same whenever it is asked for, so that a
/// retried FINALIZE reads what the first one read. `life_seconds` runs from then on.
pub fn completed(media: &Media, life_seconds: i64) -> Upload<'_> {
    let pending = ProcessingInfo {
        state: State::Pending.name(),
        check_after_secs: Some(CHECK_AFTER_SECS),
        progress_percent: None,
        error: None,
    };
    Upload {
        processing_info: media.is_async.then_some(pending),
        ..described(media, Some(life_seconds))
    }
}

/// The answer to STATUS. A failed media has no `expires_after_secs` (recorded).
pub fn status(media: &Media, now: Timestamp) -> Upload<'_> {
    if media.state == State::Receiving {
        return begun(media, now);
    }
    let life = media.expires_after_secs(now).filter(|_| media.state != State::Failed);
    let is_waiting = matches!(media.state, State::Pending | State::InProgress);
    let info = ProcessingInfo {
        state: media.state.name(),
        check_after_secs: is_waiting.then_some(CHECK_AFTER_SECS),
        progress_percent: (media.state != State::Pending).then_some(media.progress),
        error: media.failure.as_ref().map(failure),
    };
    Upload { processing_info: Some(info), ..described(media, life) }
}

fn described(media: &Media, expires_after_secs: Option<i64>) -> Upload<'_> {
    let is_picture = matches!(media.kind, Some(Kind::Image | Kind::AnimatedGif));
    let is_video = media.kind == Some(Kind::Video);
    let (w, h) = (media.width, media.height);
    Upload {
        media_id: media.id.0,
        media_id_string: media.id.to_string(),
        media_key: media.category.map(|_| media.media_key()),
        size: Some(media.total_bytes),
        expires_after_secs,
        image: is_picture.then_some(Image { image_type: &media.mime, w, h }),
        video: is_video.then_some(Video { video_type: &media.mime }),
        processing_info: None,
    }
}

fn failure(failure: &Failure) -> ProcessingError<'_> {
    ProcessingError { code: failure.code, name: &failure.name, message: &failure.message }
}

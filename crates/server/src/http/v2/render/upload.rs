//! Responses of uploads in v2 JSON.

use birdhouse_domain::media::Media;
use birdhouse_domain::{Kind, State, Timestamp};
use serde_json::{Map, Value, json};

/// Seconds after which a client should poll again.
const CHECK_AFTER_SECS: u32 = 1;

/// The response to initialize.
pub fn initialized(media: &Media, now: Timestamp) -> Value {
    json!({"data": {
        "id": media.id.to_string(),
        "media_key": media.media_key(),
        "expires_after_secs": media.expires_after_secs(now),
    }})
}

/// The response to append: when the upload expires, in Unix seconds.
pub fn appended(media: &Media) -> Value {
    json!({"data": {"expires_at": media.expires_at.map(Timestamp::seconds)}})
}

/// The response to finalize and to a one-shot upload. It does not depend on the current state, so
/// that a retry gets the same. `life_seconds` counts from completion.
pub fn completed(media: &Media, life_seconds: i64) -> Value {
    let mut data = media_members(media, Some(life_seconds));
    if media.is_async {
        let info = json!({"state": State::Pending.name(), "check_after_secs": CHECK_AFTER_SECS});
        data.insert("processing_info".into(), info);
    }
    json!({"data": data})
}

/// The response to STATUS. `error` is an extension: the schema of the real service has no reason.
pub fn status(media: &Media, now: Timestamp) -> Value {
    if media.state == State::Receiving {
        return initialized(media, now);
    }
    let life = media.expires_after_secs(now).filter(|_| media.state != State::Failed);
    let mut data = media_members(media, life);
    let mut info = json!({"state": media.state.name()});
    if matches!(media.state, State::Pending | State::InProgress) {
        info["check_after_secs"] = json!(CHECK_AFTER_SECS);
    }
    if media.state != State::Pending {
        info["progress_percent"] = json!(media.progress);
    }
    if let Some(failure) = &media.failure {
        info["error"] =
            json!({"code": failure.code, "name": failure.name, "message": failure.message});
    }
    data.insert("processing_info".into(), info);
    json!({"data": data})
}

fn media_members(media: &Media, expires_after_secs: Option<i64>) -> Map<String, Value> {
    let mut data = Map::new();
    data.insert("id".into(), json!(media.id.to_string()));
    data.insert("media_key".into(), json!(media.media_key()));
    data.insert("size".into(), json!(media.total_bytes));
    if let Some(seconds) = expires_after_secs {
        data.insert("expires_after_secs".into(), json!(seconds));
    }
    match media.kind {
        Some(Kind::Image | Kind::AnimatedGif) => {
            let image = json!({"image_type": media.mime, "w": media.width, "h": media.height});
            data.insert("image".into(), image);
        }
        Some(Kind::Video) => {
            data.insert("video".into(), json!({"video_type": media.mime}));
        }
        Some(Kind::Subtitles) | None => {}
    }
    data
}

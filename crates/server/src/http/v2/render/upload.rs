//! Answers of uploads in the words of v2.

use birdhouse_domain::media::Media;
use birdhouse_domain::{Kind, State, Timestamp};
use serde_json::{Map, Value, json};

/// Seconds after which a client should ask again.
const CHECK_AFTER_SECS: u32 = 1;

/// The answer to initialize.
pub fn begun(media: &Media, now: Timestamp) -> Value {
    json!({"data": {
        "id": media.id.to_string(),
        "media_key": media.media_key(),
        "expires_after_secs": media.expires_after_secs(now),
    }})
}

/// The answer to append: until when the upload lives, in seconds since 1970.
pub fn appended(media: &Media) -> Value {
    json!({"data": {"expires_at": media.expires_at.map(Timestamp::seconds)}})
}

/// The answer to finalize and to a one-shot upload: the same whenever it is call for.
/// `life_seconds` runs from then on.
pub fn completed(media: &Media, life_seconds: i64) -> Value {
    let mut data = described(media, Some(life_seconds));
    if media.is_async {
        let info = json!({"state": State::Pending.name(), "check_after_secs": CHECK_AFTER_SECS});
        data.insert("processing_info".into(), info);
    }
    json!({"data": data})
}

/// The answer to STATUS. `error` is ours: the real service's schema has no place for the reason.
pub fn status(media: &Media, now: Timestamp) -> Value {
    if media.state == State::Receiving {
        return begun(media, now);
    }
    let life = media.expires_after_secs(now).filter(|_| media.state != State::Failed);
    let mut data = described(media, life);
    let mut info = json!({"state": media.state.name()});
    if matches!(media.state, State::Pending | State::InProgress) {
        info["check_after_secs"] = json!(CHECK_AFTER_SECS);
    }
    if media.state != State::Pending {
        info["progress_percent"] = json!(media.progress);
    }
    if let Some(why) = &media.failure {
        info["error"] = json!({"code": why.code, "name": why.name, "message": why.message});
    }
    data.insert("processing_info".into(), info);
    json!({"data": data})
}

fn described(media: &Media, expires_after_secs: Option<i64>) -> Map<String, Value> {
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

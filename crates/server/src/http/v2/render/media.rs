//! Media in v2 JSON.

use super::super::fields::FieldSelection;
use crate::http::delivery;
use birdhouse_core::actions::media::Variant;
use birdhouse_domain::Kind;
use birdhouse_domain::media::Media;
use birdhouse_processing::Format;
use birdhouse_processing::formats::HLS_PLAYLIST;
use serde_json::{Map, Value, json};

/// Renders a media item with the selected fields; `media_key` and `type` always.
pub fn media(
    media: &Media,
    variants: &[Variant],
    selection: &FieldSelection,
    public_url: &str,
) -> Value {
    let mut all = Map::new();
    let mut put = |name: &str, value: Value| {
        if selection.has_media_field(name) {
            all.insert(name.to_owned(), value);
        }
    };
    let is_photo = media.kind == Some(Kind::Image);
    let image = delivery::image_url(media, public_url);
    put("height", json!(media.height));
    put("width", json!(media.width));
    if is_photo {
        put("url", json!(image));
    } else {
        put("preview_image_url", json!(image));
        put("variants", renditions(media, variants, public_url));
    }
    if media.kind == Some(Kind::Video) {
        put("duration_ms", json!(media.duration_ms));
        put("public_metrics", json!({"view_count": 0}));
    }
    if let Some(text) = &media.alt_text {
        put("alt_text", json!(text));
    }
    all.insert("type".to_owned(), json!(media.kind.map_or("photo", Kind::name)));
    all.insert("media_key".to_owned(), json!(media.media_key()));
    Value::Object(all)
}

/// The renditions of a video, then its playlist, which has no bit rate.
fn renditions(media: &Media, variants: &[Variant], public_url: &str) -> Value {
    let rendition = |bit_rate: u64, size: (u32, u32)| {
        let url = delivery::video_url(media, size, public_url);
        json!({"bit_rate": bit_rate, "content_type": Format::Mp4.mime(), "url": url})
    };
    if media.kind == Some(Kind::AnimatedGif) {
        return json!([rendition(0, (media.width, media.height))]);
    }
    let videos = variants.iter().filter(|v| v.mime == Format::Mp4.mime());
    let mut all: Vec<Value> = videos.map(|v| rendition(v.bitrate, (v.width, v.height))).collect();
    if variants.iter().any(|v| v.mime == HLS_PLAYLIST) {
        let url = delivery::playlist_url(media, public_url);
        all.push(json!({"content_type": HLS_PLAYLIST, "url": url}));
    }
    json!(all)
}

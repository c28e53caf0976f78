//! Media of a Tweet in v1.1 JSON. Key order as recorded.

use crate::http::delivery;
use crate::http::tweet_text::MediaLink;
use birdhouse_core::actions::media::Variant;
use birdhouse_core::actions::tweets::{HydratedTweet, TweetMedia};
use birdhouse_domain::media::Media;
use birdhouse_domain::{ImageSize, Kind};
use birdhouse_processing::Format;
use birdhouse_processing::formats::HLS_PLAYLIST;
use serde_json::{Value, json};

/// The first media item, for `entities`.
pub fn first(hydrated: &HydratedTweet, link: &MediaLink, public_url: &str) -> Option<Value> {
    hydrated.media.first().map(|media| item(hydrated, media, link, public_url))
}

/// All media items, for `extended_entities`; `ext_alt_text` is last, and only on request
/// (recorded).
pub fn all(
    hydrated: &HydratedTweet,
    link: &MediaLink,
    public_url: &str,
    with_alt_text: bool,
) -> Vec<Value> {
    let extended_item = |media: &TweetMedia| {
        let mut item = item(hydrated, media, link, public_url);
        match media.media.kind {
            Some(Kind::Video) => {
                item["video_info"] = video_info(media, public_url);
                item["additional_media_info"] = json!({"monetizable": false});
            }
            Some(Kind::AnimatedGif) => item["video_info"] = gif_info(&media.media, public_url),
            _ => {}
        }
        if with_alt_text {
            item["ext_alt_text"] = json!(media.media.alt_text);
        }
        item
    };
    hydrated.media.iter().map(extended_item).collect()
}

fn item(
    hydrated: &HydratedTweet,
    TweetMedia { media, first_shown_in, .. }: &TweetMedia,
    link: &MediaLink,
    public_url: &str,
) -> Value {
    let url = delivery::image_url(media, public_url);
    let url_kind = if media.kind == Some(Kind::Video) { "video" } else { "photo" };
    let (name, id) = (&hydrated.author.screen_name, hydrated.tweet.id);
    let mut item = json!({
        "id": media.id.0,
        "id_str": media.id.to_string(),
        "indices": link.indices,
        "media_url": url,
        "media_url_https": url,
        "url": link.url,
        "display_url": link.url.replace("https://t.co/", "pic.twitter.com/"),
        "expanded_url": format!("https://twitter.com/{name}/status/{id}/{url_kind}/1"),
        "type": media.kind.map_or("photo", Kind::name),
        "sizes": sizes(media.width, media.height),
    });
    if let Some((tweet, user)) = first_shown_in {
        item["source_status_id"] = json!(tweet.0);
        item["source_status_id_str"] = json!(tweet.to_string());
        item["source_user_id"] = json!(user.0);
        item["source_user_id_str"] = json!(user.to_string());
    }
    item
}

/// The renditions of a video, then its playlist, which has no bit rate (recorded).
fn video_info(TweetMedia { media, variants, .. }: &TweetMedia, public_url: &str) -> Value {
    let rendition = |v: &Variant| {
        json!({
            "bitrate": v.bitrate,
            "content_type": Format::Mp4.mime(),
            "url": delivery::video_url(media, (v.width, v.height), public_url),
        })
    };
    let mut renditions: Vec<Value> =
        variants.iter().filter(|v| v.mime == Format::Mp4.mime()).map(rendition).collect();
    if variants.iter().any(|v| v.mime == HLS_PLAYLIST) {
        let url = delivery::playlist_url(media, public_url);
        renditions.push(json!({"content_type": HLS_PLAYLIST, "url": url}));
    }
    json!({
        "aspect_ratio": aspect_ratio(media),
        "duration_millis": media.duration_ms,
        "variants": renditions,
    })
}

/// An animated GIF has no duration and one rendition, of bit rate 0 (recorded).
fn gif_info(media: &Media, public_url: &str) -> Value {
    let url = delivery::video_url(media, (media.width, media.height), public_url);
    let rendition = json!({"bitrate": 0, "content_type": Format::Mp4.mime(), "url": url});
    json!({"aspect_ratio": aspect_ratio(media), "variants": [rendition]})
}

fn aspect_ratio(media: &Media) -> [u32; 2] {
    let (w, h) = (media.width.max(1), media.height.max(1));
    let divisor = greatest_common_divisor(w, h);
    [w / divisor, h / divisor]
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The listed sizes: `thumb` is cropped, the others fit into their box.
fn sizes(w: u32, h: u32) -> Value {
    let entry = |size: ImageSize| {
        let (w, h) = size.dimensions((w, h));
        let resize = if size.is_crop() { "crop" } else { "fit" };
        (size.name().to_owned(), json!({"w": w, "h": h, "resize": resize}))
    };
    ImageSize::LISTED.into_iter().map(entry).collect::<serde_json::Map<_, _>>().into()
}

//! Media of a Tweet in the words of v1.1. Key order as recorded.

use crate::actions::tweets::Shown;
use crate::http::delivery;
use birdhouse_domain::media::Media;
use birdhouse_domain::{Kind, TweetId, UserId};
use serde_json::{Value, json};

/// The link in a Tweet's text that stands for all its media.
#[derive(Clone, Debug)]
pub struct Link {
    /// `https://t.co/` and ten characters.
    pub url: String,
    /// Where it stands in the text, in code points.
    pub indices: (usize, usize),
}

/// The first media, as it stands in `entities`.
pub fn first(shown: &Shown, link: &Link, public_url: &str) -> Option<Value> {
    shown.media.first().map(|one| item(shown, one, link, public_url))
}

/// All media with their true types; `ext_alt_text` last, and only if asked for (recorded).
pub fn all(shown: &Shown, link: &Link, public_url: &str, with_alt_text: bool) -> Vec<Value> {
    let whole = |one: &(Media, Option<(TweetId, UserId)>)| {
        let mut item = item(shown, one, link, public_url);
        if one.0.kind == Some(Kind::Video) {
            item["video_info"] = video_info(&one.0, public_url);
            item["additional_media_info"] = json!({"monetizable": false});
        }
        if with_alt_text {
            item["ext_alt_text"] = json!(one.0.alt_text);
        }
        item
    };
    shown.media.iter().map(whole).collect()
}

fn item(
    shown: &Shown,
    (media, first): &(Media, Option<(TweetId, UserId)>),
    link: &Link,
    public_url: &str,
) -> Value {
    let url = delivery::url(media, public_url);
    let place = if media.kind == Some(Kind::Video) { "video" } else { "photo" };
    let (name, id) = (&shown.author.screen_name, shown.tweet.id);
    let mut item = json!({
        "id": media.id.0,
        "id_str": media.id.to_string(),
        "indices": link.indices,
        "media_url": url,
        "media_url_https": url,
        "url": link.url,
        "display_url": link.url.replace("https://t.co/", "pic.twitter.com/"),
        "expanded_url": format!("https://twitter.com/{name}/status/{id}/{place}/1"),
        "type": media.kind.map_or("photo", Kind::name),
        "sizes": sizes(media.width, media.height),
    });
    if let Some((tweet, user)) = first {
        item["source_status_id"] = json!(tweet.0);
        item["source_status_id_str"] = json!(tweet.to_string());
        item["source_user_id"] = json!(user.0);
        item["source_user_id_str"] = json!(user.to_string());
    }
    item
}

fn video_info(media: &Media, public_url: &str) -> Value {
    let (w, h) = (media.width.max(1), media.height.max(1));
    let divisor = greatest_common_divisor(w, h);
    json!({
        "aspect_ratio": [w / divisor, h / divisor],
        "duration_millis": media.duration_ms,
        "variants": [{
            "bitrate": media.total_bytes * 8000 / media.duration_ms.max(1),
            "content_type": media.mime,
            "url": delivery::url(media, public_url),
        }],
    })
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// `thumb` is a crop; the others fit their box, are never enlarged, and are rounded to the
/// nearest pixel.
fn sizes(w: u32, h: u32) -> Value {
    let fit = |longest: u32| {
        let (w, h) = (w.max(1), h.max(1));
        let longer = u64::from(w.max(h));
        let scale = |side: u32| {
            let rounded = (u64::from(side) * u64::from(longest) + longer / 2) / longer;
            u32::try_from(rounded).unwrap_or(side).max(1)
        };
        let (w, h) = if w.max(h) <= longest { (w, h) } else { (scale(w), scale(h)) };
        json!({"w": w, "h": h, "resize": "fit"})
    };
    json!({
        "thumb": {"w": 150, "h": 150, "resize": "crop"},
        "small": fit(680),
        "medium": fit(1200),
        "large": fit(2048),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded: a 2818x1890 picture.
    #[test]
    fn sizes_are_rounded_as_recorded() {
        let sizes = sizes(2818, 1890);
        let wanted = [("small", 680, 456), ("medium", 1200, 805), ("large", 2048, 1374)];
        for (name, w, h) in wanted {
            assert_eq!(sizes[name], json!({"w": w, "h": h, "resize": "fit"}));
        }
    }
}

//! Posts a Tweet.

use crate::connection::Connection;
use crate::error::{Error, Refusal, Result};
use crate::media_file::Kind;
use birdhouse_oauth::params::Params;
use serde_json::json;

const UPDATE: &str = "/1.1/statuses/update.json";
/// The most images in a Tweet.
const IMAGES_MAX: usize = 4;

/// Why these media cannot be in one Tweet; `None` if they can.
pub fn objection(kinds: &[Kind]) -> Option<&'static str> {
    let images = kinds.iter().filter(|kind| **kind == Kind::Image).count();
    if kinds.contains(&Kind::Subtitles) {
        Some("subtitles are no media of a Tweet")
    } else if images == kinds.len() {
        (images > IMAGES_MAX).then_some("a Tweet has at most 4 images")
    } else {
        (kinds.len() > 1).then_some("a Tweet has up to 4 images, or one GIF, or one video")
    }
}

/// Posts a Tweet with these media, in this order; returns its id, which is unknown if the answer was
/// lost though it was posted.
pub async fn post(
    connection: &Connection,
    text: &str,
    media_ids: &[String],
) -> Result<Option<String>> {
    let posted = if connection.profile().is_bearer() {
        let body = json!({"text": text, "media": {"media_ids": media_ids}});
        let tweet = connection.send_json("POST", "/2/tweets", &body).await;
        tweet.map(|tweet| tweet["data"]["id"].as_str().map(str::to_owned))
    } else {
        let mut form = Params::default();
        form.push("status", text);
        form.push("media_ids", media_ids.join(","));
        let tweet = connection.send_form(UPDATE, &form).await;
        tweet.map(|tweet| tweet["id_str"].as_str().map(str::to_owned))
    };
    match posted {
        // The media are new: nobody but an earlier attempt of ours can have Tweeted the same.
        Err(Error::Refused(refusal)) if is_duplicate(&refusal) => Ok(None),
        other => other,
    }
}

/// v2 has no codes.
fn is_duplicate(refusal: &Refusal) -> bool {
    let in_words = refusal.code.is_none() && refusal.message.contains("duplicate content");
    refusal.code == Some(187) || (refusal.status == 403 && in_words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Kind::{AnimatedGif, Image, Subtitles, Video};

    #[test]
    fn a_tweet_has_four_images_or_one_gif_or_one_video() {
        assert_eq!(objection(&[Image; 4]), None);
        assert_eq!(objection(&[Video]), None);
        assert_eq!(objection(&[AnimatedGif]), None);
        assert!(objection(&[Image; 5]).is_some());
        assert!(objection(&[Image, Video]).is_some());
        assert!(objection(&[Subtitles]).is_some());
    }
}

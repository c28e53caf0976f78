//! Posts a Tweet.

use crate::connection::{Answer, Body, Connection, Request};
use crate::error::{Error, Refusal, Result};
use crate::media_file::Kind;
use birdhouse_domain::TweetId;
use birdhouse_oauth::params::Params;
use serde_json::json;

const UPDATE: &str = "/1.1/statuses/update.json";
const UPDATE_V2: &str = "/2/tweets";
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

/// A posted Tweet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Its id; unknown if the answer was lost though it was posted.
    pub id: Option<String>,
    /// What the descriptions of its media lack by the server's policy, such as
    /// `missing; media_id=1799000000000000000`.
    pub reminder: Option<String>,
}

/// Posts a Tweet with these media, in this order.
pub async fn post(connection: &Connection, text: &str, media_ids: &[String]) -> Result<Posted> {
    let mut form = Params::default();
    let json;
    let (target, body) = if connection.profile().is_bearer() {
        json = json!({"text": text, "media": {"media_ids": media_ids}});
        (UPDATE_V2, Body::Json(&json))
    } else {
        form.push("status", text);
        form.push("media_ids", media_ids.join(","));
        (UPDATE, Body::Form(&form))
    };
    match connection.send(&Request { method: "POST", target, body }).await {
        Ok(Answer { json, reminder }) => {
            let id = json["id_str"].as_str().or_else(|| json["data"]["id"].as_str());
            let id = id.and_then(TweetId::parse).map(|id| id.to_string());
            Ok(Posted { id, reminder })
        }
        // The media are new: nobody but an earlier attempt of ours can have Tweeted the same.
        Err(Error::Refused(refusal)) if is_duplicate(&refusal) => {
            Ok(Posted { id: None, reminder: None })
        }
        Err(error) => Err(error),
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

//! Tweets, and the rules for their text and media.

use crate::category::Kind;
use crate::fault::Fault;
use crate::id::{MediaId, TweetId, UserId};
use crate::media::Media;
use crate::media_limits::{
    TWEET_SIDE_MAX, TWEET_SIDE_MIN, VIDEO_MAX_MS, VIDEO_WITHOUT_CATEGORY_MAX_MS,
};
use crate::poll::Poll;
use crate::state::State;
use crate::time::Timestamp;
use crate::tweet_text;

/// Maximum number of images in one Tweet.
pub const MAX_PHOTOS: usize = 4;
/// How long the same text with the same media counts as a duplicate, in milliseconds (our choice:
/// the real service's value is not documented).
pub const DUPLICATE_WINDOW_MS: i64 = Timestamp::DAY;

/// A stored Tweet.
#[derive(Clone, Debug)]
pub struct Tweet {
    /// Its id.
    pub id: TweetId,
    /// Its author.
    pub user: UserId,
    /// Name of the app that posted it.
    pub app_name: String,
    /// Homepage of that app.
    pub app_url: String,
    /// The text as sent, without the link to its media.
    pub text: String,
    /// The ten-character code in the link to its media; empty without media.
    pub media_link: String,
    /// The Tweet that it replies to, with that one's author and screen name.
    pub in_reply_to: Option<(TweetId, UserId, String)>,
    /// The first Tweet of the conversation; its own id unless it is a reply.
    pub conversation: TweetId,
    /// The Tweet that it quotes, with that one's author.
    pub quotes: Option<(TweetId, UserId)>,
    /// Users tagged in its media.
    pub tagged: Vec<UserId>,
    /// Its poll.
    pub poll: Option<Poll>,
    /// `reply_settings` as sent; empty means everyone. Stored and returned, not enforced.
    pub reply_settings: String,
    /// `possibly_sensitive` as sent.
    pub possibly_sensitive: bool,
    /// When it was posted.
    pub created_at: Timestamp,
}

/// Validates the text: at most 280 weighted characters, and not blank unless there is media.
pub fn validate_text(text: &str, has_media: bool) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return if has_media { Ok(()) } else { Err(Fault::StatusMissing) };
    }
    let parsed = tweet_text::parse(text);
    if parsed.weighted_length > tweet_text::MAX_WEIGHTED_LENGTH {
        let got = parsed.weighted_length;
        return Err(Fault::StatusTooLong { limit: tweet_text::MAX_WEIGHTED_LENGTH, got });
    }
    if !parsed.is_valid || text.contains('\0') {
        return Err(Fault::ParameterInvalid("status"));
    }
    Ok(())
}

/// Parses `media_ids`, separated by commas: in order, without duplicates.
pub fn parse_media_ids(text: &str) -> Result<Vec<MediaId>, Fault> {
    let mut ids = Vec::new();
    for part in text.split(',') {
        let id = MediaId::parse(part.trim()).ok_or(Fault::ParameterInvalid("media_ids"))?;
        if !ids.contains(&id) {
            ids.push(id);
        }
        if ids.len() > MAX_PHOTOS {
            return Err(Fault::TooManyMedia { limit: MAX_PHOTOS });
        }
    }
    Ok(ids)
}

/// Validates that these media may be attached to one Tweet: all ready, and up to four images, or
/// one animated GIF, or one video.
pub fn validate_media(media: &[Media]) -> Result<(), Fault> {
    for one in media {
        validate_one(one)?;
    }
    if media.len() < 2 || media.iter().all(|m| m.kind == Some(Kind::Image)) {
        return Ok(());
    }
    if media.iter().any(|m| m.kind == Some(Kind::AnimatedGif)) {
        return Err(Fault::GifAmongOthers);
    }
    Err(Fault::VideoAmongOthers)
}

fn validate_one(media: &Media) -> Result<(), Fault> {
    if media.state != State::Succeeded {
        let why = media.failure.as_ref().map(|failure| failure.message.clone());
        let (id, state) = (media.id, media.state);
        return Err(Fault::TweetMediaNotReady { id, state, why: why.unwrap_or_default() });
    }
    match media.kind {
        Some(Kind::Image | Kind::AnimatedGif) => validate_dimensions(media),
        Some(Kind::Video) => validate_duration(media),
        Some(Kind::Subtitles) | None => Err(Fault::TweetMediaNotFound(media.id)),
    }
}

fn validate_dimensions(media: &Media) -> Result<(), Fault> {
    let allowed = TWEET_SIDE_MIN..=TWEET_SIDE_MAX;
    if allowed.contains(&media.width) && allowed.contains(&media.height) {
        return Ok(());
    }
    Err(Fault::TweetMediaDimensions { id: media.id, width: media.width, height: media.height })
}

fn validate_duration(media: &Media) -> Result<(), Fault> {
    let limit_ms = match media.category {
        Some(_) => VIDEO_MAX_MS,
        None => VIDEO_WITHOUT_CATEGORY_MAX_MS,
    };
    if media.duration_ms <= limit_ms {
        return Ok(());
    }
    Err(Fault::TweetMediaTooLong { id: media.id, limit_ms, got_ms: media.duration_ms })
}

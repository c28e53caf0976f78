//! What a Tweet may carry.

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

/// Photos in one Tweet, at most.
pub const MAX_PHOTOS: usize = 4;
/// How long the same words with the same media count as a duplicate, in milliseconds (our
/// choice: the real service never told its own).
pub const DUPLICATE_WINDOW_MS: i64 = Timestamp::DAY;

/// A Tweet as it is kept.
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
    /// The words as sent, without the link to its media.
    pub text: String,
    /// Ten characters of the link to its media; empty without media.
    pub media_link: String,
    /// The Tweet that it answers, if that one was there.
    pub in_reply_to: Option<(TweetId, UserId, String)>,
    /// The Tweet that began the conversation; its own id unless it answers another.
    pub conversation: TweetId,
    /// The Tweet that it quotes, and that one's author.
    pub quotes: Option<(TweetId, UserId)>,
    /// Users tagged in its media.
    pub tagged: Vec<UserId>,
    /// Its poll.
    pub poll: Option<Poll>,
    /// Who may answer, as the client said; blank is everyone. Kept and told, not enforced.
    pub reply_settings: String,
    /// Whether its author said that it may offend.
    pub possibly_sensitive: bool,
    /// When it was posted.
    pub created_at: Timestamp,
}

/// Checks the words: 280 weighted characters, none only if there is media.
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

/// Reads `media_ids`: numbers with commas between, each once, in order.
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

/// Checks that these media may stand together in one Tweet: all ready, and up to four photos, or
/// one animated GIF, or one film.
pub fn validate_media(media: &[Media]) -> Result<(), Fault> {
    for one in media {
        validate_one(one)?;
    }
    let moving = |m: &Media| m.kind != Some(Kind::Image);
    if media.len() < 2 || !media.iter().any(moving) {
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
        Some(Kind::Image | Kind::AnimatedGif) => validate_sides(media),
        Some(Kind::Video) => validate_duration(media),
        Some(Kind::Subtitles) | None => Err(Fault::TweetMediaNotFound(media.id)),
    }
}

fn validate_sides(media: &Media) -> Result<(), Fault> {
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

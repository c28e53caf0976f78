//! Refusals of Tweets and of the media in them.

use super::{Problem, invalid, plain};
use birdhouse_domain::media::State;
use birdhouse_domain::media_limits::{TWEET_SIDE_MAX, TWEET_SIDE_MIN};
use birdhouse_domain::{Fault, MediaId};

pub(super) fn for_media(fault: &Fault) -> Problem {
    let media = |id: &MediaId, reason: String| {
        invalid("Your media IDs are invalid.").about("media.media_ids", id.to_string()).with(reason)
    };
    match fault {
        Fault::TweetMediaNotFound(id) => {
            media(id, format!("Media {id} is unknown, expired or another user's."))
        }
        Fault::TweetMediaExpired(id) => {
            media(id, format!("Media {id} has expired; upload it again."))
        }
        Fault::TweetMediaNotReady { id, state: State::Receiving, .. } => {
            media(id, format!("Media {id} is not finalized."))
        }
        Fault::TweetMediaNotReady { id, state: State::Failed, why } => {
            media(id, format!("Media {id} was refused: {why}."))
        }
        Fault::TweetMediaNotReady { id, .. } => media(
            id,
            format!("Media {id} is still being processed; poll STATUS until it succeeded."),
        ),
        Fault::TweetMediaSides { id, width, height } => media(
            id,
            format!(
                "Media {id} has {width}x{height} pixels; each side must have {TWEET_SIDE_MIN} to \
                 {TWEET_SIDE_MAX}."
            ),
        ),
        Fault::TweetMediaTooLong { id, limit_ms, got_ms } => {
            media(id, format!("Media {id} lasts {got_ms} milliseconds; {limit_ms} are allowed."))
        }
        Fault::GifAmongOthers => invalid("Your media IDs are invalid.")
            .with("An animated GIF must be the only media of its Tweet."),
        _ => invalid("Your media IDs are invalid.")
            .with("A Tweet has up to 4 photos, or 1 animated GIF, or 1 video."),
    }
}

pub(super) fn for_tweets(fault: &Fault) -> Problem {
    let forbidden = |detail| plain(403, "Forbidden", detail);
    match fault {
        Fault::StatusMissing => {
            invalid("$.text: is missing but it is required").with("A Tweet needs text or media.")
        }
        Fault::StatusTooLong { limit, got } => {
            forbidden("You are not permitted to perform this action.").with(format!(
                "Your Tweet text is too long: it weighs {got} characters; {limit} are allowed."
            ))
        }
        Fault::StatusDuplicate => {
            forbidden("You are not allowed to create a Tweet with duplicate content.")
        }
        Fault::TooManyMedia { limit } => invalid(format!(
            "$.media.media_ids: there must be a maximum of {limit} items in the array"
        )),
        Fault::TaggedUserNotFound(id) => invalid("Your tagged user IDs are invalid.")
            .about("media.tagged_user_ids", id.to_string())
            .with(format!("There is no user {id} who could be tagged.")),
        Fault::RepliedTweetNotFound(id) => {
            forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
                .with(format!("There is no Tweet {id} to reply to."))
        }
        Fault::QuotedTweetNotFound(id) => {
            forbidden("You attempted to quote a Tweet that is deleted or not visible to you.")
                .with(format!("There is no Tweet {id} to quote."))
        }
        Fault::EditNotPossible => forbidden("You are not permitted to perform this action.")
            .with("A Tweet cannot be edited here: leave edit_options out."),
        Fault::TweetPartsExclusive => invalid(
            "You can only provide one of media, poll, quote_tweet_id, card_uri or \
             direct_message_deep_link.",
        ),
        Fault::TweetNotOwned => forbidden("You are not authorized to delete this Tweet."),
        _ => {
            plain(404, "Not Found Error", "Could not find the Tweet.").of_kind("resource-not-found")
        }
    }
}

//! Every refusal in the words of v1.1: status, code and message. The only place that knows them.
//!
//! Two families of bodies were recorded: `{"errors":[{"code":…,"message":…}]}`, and
//! `{"request":…,"error":…}`, which the upload host uses for what it checks itself.

use crate::config::Fidelity;
use crate::error::Error;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_domain::Fault;
use birdhouse_domain::media::State;
use birdhouse_domain::media_limits::{TWEET_SIDE_MAX, TWEET_SIDE_MIN};
use serde_json::{Value, json};

/// How an endpoint's own refusals look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// `{"errors":[{"code":N,"message":"…"}]}`.
    Errors,
    /// `{"request":"/1.1/….json","error":"…"}`, no code.
    Request,
}

/// A refusal in the words of v1.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// HTTP status.
    pub status: u16,
    /// Code of the errors family; `None` for what only the request family says.
    pub code: Option<u32>,
    /// The recorded or documented text.
    pub message: String,
    /// What was wrong, said in addition where the recorded text is mute.
    pub detail: String,
}

fn coded(status: u16, code: u32, message: &str) -> Words {
    Words { status, code: Some(code), message: message.to_owned(), detail: String::new() }
}

fn plain(status: u16, message: impl Into<String>) -> Words {
    Words { status, code: None, message: message.into(), detail: String::new() }
}

impl Words {
    fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// The words for a fault. Exhaustive, so that a new fault cannot be forgotten.
#[expect(clippy::too_many_lines, reason = "a table of every fault")]
pub fn words(fault: &Fault) -> Words {
    match fault {
        Fault::NotAuthenticated
        | Fault::SignatureInvalid
        | Fault::Replayed
        | Fault::TimestampOutOfBounds
        | Fault::TokenInvalid
        | Fault::AppCredentialsInvalid
        | Fault::UserContextRequired
        | Fault::WriteAccessRequired
        | Fault::ScopeMissing { .. }
        | Fault::GrantNotAccepted
        | Fault::CallbackNotApproved => words_for_askers(fault),
        Fault::PageNotFound
        | Fault::MethodNotAllowed(_)
        | Fault::RateLimited
        | Fault::UpdateLimited
        | Fault::Overloaded
        | Fault::BodyTooLarge { .. }
        | Fault::BodyIncomplete
        | Fault::BodyMalformed(_)
        | Fault::ParameterMissing(_)
        | Fault::ParameterInvalid(_)
        | Fault::QueryInvalid { .. }
        | Fault::SchemaViolated { .. }
        | Fault::UserNotFound => words_for_requests(fault),
        Fault::MediaMissing
        | Fault::MediaUnrecognized(_)
        | Fault::FileTooLarge { .. }
        | Fault::MediaIdInvalid(_)
        | Fault::MediaNotFound
        | Fault::SegmentIndexOutOfRange
        | Fault::SegmentTooLarge { .. }
        | Fault::SegmentsDoNotAddUp { .. }
        | Fault::UploadFinished => words_for_uploads(fault),
        Fault::MetadataNotJson(_)
        | Fault::MetadataMediaIdMissing
        | Fault::AltTextMissing
        | Fault::AltTextBlank
        | Fault::AltTextInvalid
        | Fault::AltTextTooLong { .. }
        | Fault::SubtitlesInvalid(_)
        | Fault::MetadataMisplaced { .. }
        | Fault::AltTextNotForVideo => words_for_alt_text(fault),
        Fault::StatusMissing
        | Fault::StatusTooLong { .. }
        | Fault::StatusDuplicate
        | Fault::TooManyMedia { .. }
        | Fault::GifAmongOthers
        | Fault::VideoAmongOthers
        | Fault::TweetMediaNotFound(_)
        | Fault::TweetMediaExpired(_)
        | Fault::TweetMediaNotReady { .. }
        | Fault::TweetMediaSides { .. }
        | Fault::TweetMediaTooLong { .. }
        | Fault::TaggedUserNotFound(_)
        | Fault::RepliedTweetNotFound(_)
        | Fault::QuotedTweetNotFound(_)
        | Fault::EditNotPossible
        | Fault::TweetPartsExclusive
        | Fault::TweetNotFound
        | Fault::TweetNotOwned => words_for_tweets(fault),
    }
}

fn words_for_askers(fault: &Fault) -> Words {
    match fault {
        Fault::NotAuthenticated => coded(400, 215, "Bad Authentication data."),
        Fault::Replayed => coded(401, 32, "Could not authenticate you.")
            .with("This signed request was used before; sign each request anew."),
        Fault::TimestampOutOfBounds => coded(401, 135, "Timestamp out of bounds."),
        Fault::TokenInvalid => coded(401, 89, "Invalid or expired token."),
        Fault::AppCredentialsInvalid => coded(403, 99, "Unable to verify your credentials"),
        Fault::ScopeMissing { needed, .. } => {
            coded(403, 220, "Your credentials do not allow access to this resource.")
                .with(format!("The token lacks the scope {needed}."))
        }
        Fault::GrantNotAccepted => {
            coded(403, 220, "Your credentials do not allow access to this resource.")
                .with("A user's OAuth 2.0 token counts under /2 only; sign with OAuth 1.0a here.")
        }
        Fault::UserContextRequired => {
            coded(403, 220, "Your credentials do not allow access to this resource.")
        }
        Fault::WriteAccessRequired => coded(403, 261, "Application cannot perform write actions."),
        Fault::CallbackNotApproved => coded(
            403,
            415,
            "Callback URL not approved for this client application. Approved callback URLs can \
             be adjusted in your application settings",
        ),
        _ => coded(401, 32, "Could not authenticate you."),
    }
}

fn words_for_requests(fault: &Fault) -> Words {
    match fault {
        Fault::PageNotFound => coded(404, 34, "Sorry, that page does not exist"),
        Fault::MethodNotAllowed("") => coded(405, 86, "This method is not allowed."),
        Fault::MethodNotAllowed(allowed) => {
            coded(405, 86, &format!("This method requires a {}.", allowed.replace(", ", " or ")))
        }
        Fault::RateLimited => coded(429, 88, "Rate limit exceeded"),
        Fault::UpdateLimited => coded(403, 185, "User is over daily status update limit."),
        Fault::BodyTooLarge { limit } => plain(413, format!("Request body exceeds {limit} bytes.")),
        Fault::BodyIncomplete => plain(408, "The request body was not received completely."),
        Fault::BodyMalformed(what) => plain(400, format!("The request body is malformed: {what}.")),
        Fault::ParameterMissing(name) => coded(400, 38, &format!("{name} parameter is missing.")),
        Fault::ParameterInvalid(name) => coded(400, 44, &format!("{name} parameter is invalid.")),
        Fault::UserNotFound => coded(404, 50, "User not found."),
        Fault::QueryInvalid { name, why, .. } => {
            coded(400, 44, &format!("{name} parameter is invalid.")).with(why)
        }
        Fault::SchemaViolated { place, why } => {
            coded(400, 44, &format!("{place} parameter is invalid.")).with(why)
        }
        _ => coded(503, 130, "Over capacity"),
    }
}

fn words_for_uploads(fault: &Fault) -> Words {
    match fault {
        Fault::MediaMissing => coded(400, 38, "media parameter is missing."),
        Fault::MediaUnrecognized(why) => plain(400, "media type unrecognized.").with(why),
        Fault::FileTooLarge { limit } => plain(400, format!("File size exceeds {limit} bytes.")),
        Fault::MediaIdInvalid(given) => plain(400, format!("Invalid media_id: Some({given}).")),
        Fault::SegmentIndexOutOfRange => plain(400, "SegmentIndex must be between 0 and 999."),
        Fault::SegmentTooLarge { limit } => {
            plain(413, format!("Segment size exceeds {limit} bytes."))
        }
        Fault::SegmentsDoNotAddUp { announced, received, missing } => {
            let hole = missing.map(|m| format!(" Segment {m} is missing.")).unwrap_or_default();
            plain(400, "Segments do not add up to provided total file size.")
                .with(format!("Announced {announced} bytes, received {received}.{hole}"))
        }
        Fault::UploadFinished => plain(400, "The upload is already finalized."),
        _ => plain(404, "The media was not found: unknown, expired or another user's."),
    }
}

fn words_for_alt_text(fault: &Fault) -> Words {
    match fault {
        Fault::MetadataNotJson(why) => plain(400, "Invalid json payload.").with(why),
        Fault::MetadataMediaIdMissing => plain(400, "media_id field must be provided."),
        Fault::AltTextMissing => plain(
            400,
            "alt_text.text must be provided, as in {\"media_id\":\"…\",\"alt_text\":{\"text\":\"…\"}}.",
        ),
        Fault::AltTextBlank => plain(400, "alt_text.text must not be blank."),
        Fault::SubtitlesInvalid(why) => plain(400, "Invalid subtitles.").with(why),
        Fault::MetadataMisplaced { member, belongs_in } => {
            plain(400, format!("{member} must stand in {belongs_in}."))
        }
        Fault::AltTextInvalid => plain(400, "alt_text.text must not contain a NUL character."),
        Fault::AltTextTooLong { limit, got } => {
            plain(400, format!("alt_text.text must be at most {limit} characters; it has {got}."))
        }
        _ => plain(400, "alt_text is supported for images and GIFs only."),
    }
}

fn words_for_tweets(fault: &Fault) -> Words {
    match fault {
        Fault::StatusMissing => coded(403, 170, "Missing required parameter: status."),
        Fault::StatusTooLong { limit, got } => coded(403, 186, "Tweet needs to be a bit shorter.")
            .with(format!("It weighs {got} characters; {limit} are allowed.")),
        Fault::StatusDuplicate => coded(403, 187, "Status is a duplicate."),
        Fault::TooManyMedia { limit } => {
            coded(400, 324, &format!("Tweet must not have more than {limit} mediaIds."))
        }
        Fault::GifAmongOthers => {
            coded(400, 323, "Animated GIFs are not allowed when uploading multiple images.")
        }
        Fault::VideoAmongOthers => {
            coded(400, 324, "Tweet with media must have exactly 1 gif or video or up to 4 photos.")
        }
        Fault::TweetMediaNotFound(id) => coded(400, 324, "The validation of media ids failed.")
            .with(format!("Media {id} is unknown, expired or another user's.")),
        Fault::TweetMediaExpired(id) => coded(400, 324, "The validation of media ids failed.")
            .with(format!("Media {id} has expired; upload it again.")),
        Fault::TweetMediaNotReady { id, state: State::Receiving, .. } => {
            coded(400, 324, "The validation of media ids failed.")
                .with(format!("Media {id} is not finalized."))
        }
        Fault::TweetMediaNotReady { id, state: State::Failed, why } => {
            coded(400, 324, "Not valid video").with(format!("Media {id} was refused: {why}."))
        }
        Fault::TweetMediaNotReady { id, .. } => coded(400, 324, "Not valid video")
            .with(format!("Media {id} is still being processed; poll STATUS until it succeeded.")),
        Fault::TweetMediaSides { id, width, height } => coded(
            400,
            324,
            &format!(
                "Image dimensions must be >= {TWEET_SIDE_MIN}x{TWEET_SIDE_MIN} and <= \
                 {TWEET_SIDE_MAX}x{TWEET_SIDE_MAX}"
            ),
        )
        .with(format!("Media {id} has {width}x{height}.")),
        Fault::TweetMediaTooLong { id, limit_ms, got_ms } => coded(
            400,
            324,
            &format!("Duration too long, maximum:{limit_ms}, actual:{got_ms} (MediaId: snf:{id})"),
        ),
        Fault::TaggedUserNotFound(id) => {
            coded(404, 50, "User not found.").with(format!("User {id} cannot be tagged."))
        }
        Fault::RepliedTweetNotFound(_) => coded(
            403,
            385,
            "You attempted to reply to a Tweet that is deleted or not visible to you.",
        ),
        Fault::QuotedTweetNotFound(id) => coded(404, 144, "No status found with that ID.")
            .with(format!("There is no Tweet {id} to quote.")),
        Fault::TweetPartsExclusive => coded(400, 44, "attachment parameter is invalid.")
            .with("A Tweet has media, a poll or a quoted Tweet, not several of these."),
        Fault::EditNotPossible => {
            coded(403, 220, "Your credentials do not allow access to this resource.")
                .with("A Tweet cannot be edited here.")
        }
        Fault::TweetNotOwned => coded(403, 183, "You may not delete another user's status."),
        _ => coded(404, 144, "No status found with that ID."),
    }
}

/// Renders an error. Accidents are logged here, once, and told without their cause.
pub fn render(error: &Error, family: Family, path: &str, fidelity: Fidelity) -> Response {
    let fault = match error {
        Error::Refused(fault) => fault,
        Error::Broken(cause) => {
            tracing::error!(path, cause = format!("{cause:#}"), "request to {path} failed");
            let words = coded(500, 131, "Internal error");
            return respond(&words, body(&words, Family::Errors, path, fidelity));
        }
    };
    let words = words(fault);
    let mut response = respond(&words, body(&words, family, path, fidelity));
    let mut set = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    };
    match fault {
        Fault::MethodNotAllowed(allowed) if !allowed.is_empty() => {
            set(header::ALLOW, (*allowed).to_owned());
        }
        Fault::Overloaded => set(header::RETRY_AFTER, "1".to_owned()),
        _ if words.status == 401 => {
            let code = words.code.unwrap_or(32);
            let realm = "OAuth realm=\"https://api.twitter.com\"";
            set(header::WWW_AUTHENTICATE, format!("{realm}, api_error_code={code}"));
        }
        _ => {}
    }
    response
}

fn body(words: &Words, family: Family, path: &str, fidelity: Fidelity) -> Value {
    let message = match fidelity {
        Fidelity::Lenient if !words.detail.is_empty() => {
            format!("{} {}", words.message, words.detail)
        }
        Fidelity::Lenient | Fidelity::Strict => words.message.clone(),
    };
    match (words.code, family) {
        // Recorded with a label, unlike all others.
        (Some(99), _) => json!({"errors": [
            {"code": 99, "label": "authenticity_token_error", "message": message}
        ]}),
        (Some(code), _) => json!({"errors": [{"code": code, "message": message}]}),
        (None, Family::Request) => json!({"request": path, "error": message}),
        // Nothing was recorded for these outside the upload host; 131 is how a client maps them.
        (None, Family::Errors) => json!({"errors": [{"code": 131, "message": message}]}),
    }
}

fn respond(words: &Words, body: Value) -> Response {
    let status = StatusCode::from_u16(words.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    match super::json(status, &body) {
        Ok(response) => response,
        Err(_) => status.into_response(),
    }
}

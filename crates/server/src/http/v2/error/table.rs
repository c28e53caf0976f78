//! Every fault as v2 reports it: status, type, title, detail and `errors`. The only place that knows
//! them.

use birdhouse_domain::media_limits::{TWEET_SIDE_MAX, TWEET_SIDE_MIN};
use birdhouse_domain::{Fault, MediaId, State};
use serde_json::{Map, Value, json};

/// A refusal as v2 reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// End of the `type` URL; blank for `about:blank`.
    pub(super) kind: &'static str,
    /// `title`.
    pub(super) title: &'static str,
    /// `detail` as recorded or documented.
    pub(super) detail: String,
    /// What was wrong, reported as `detail` unless answers are strict.
    pub(super) reason: String,
    /// `errors`: the message, and the parameters that it is about.
    pub(super) errors: Option<(String, Map<String, Value>)>,
}

/// A refusal of the caller, or of everything at this path.
fn plain(status: u16, title: &'static str, detail: &str) -> Problem {
    let (kind, reason, errors) = ("", String::new(), None);
    Problem { status, kind, title, detail: detail.to_owned(), reason, errors }
}

/// A refusal of what was sent.
fn invalid(message: impl Into<String>) -> Problem {
    Problem {
        status: 400,
        kind: "invalid-request",
        title: "Invalid Request",
        detail: "One or more parameters to your request was invalid.".to_owned(),
        reason: String::new(),
        errors: Some((message.into(), Map::new())),
    }
}

impl Problem {
    fn with(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    fn about(mut self, parameter: &str, value: impl Into<String>) -> Self {
        if let Some((_, parameters)) = &mut self.errors {
            let value: String = value.into().chars().take(100).collect();
            parameters.insert(parameter.to_owned(), json!([value]));
        }
        self
    }

    fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

fn unauthorized() -> Problem {
    plain(401, "Unauthorized", "Unauthorized")
}

fn forbidden(detail: &str) -> Problem {
    plain(403, "Forbidden", detail)
}

/// A refusal of a media in a Tweet.
fn of_media(id: MediaId, reason: String) -> Problem {
    invalid("Your media IDs are invalid.").about("media.media_ids", id.to_string()).with(reason)
}

/// What an accident is reported as.
pub(super) fn internal_error() -> Problem {
    plain(500, "Internal Server Error", "Internal Server Error")
}

/// The row of a fault. Exhaustive, so that a new fault cannot be forgotten.
#[expect(clippy::too_many_lines, reason = "a table with a row for each fault")]
pub fn problem(fault: &Fault) -> Problem {
    match fault {
        Fault::NotAuthenticated => unauthorized().with(
            "Nothing proves who asks: send an OAuth 1.0a signature or an OAuth 2.0 bearer token.",
        ),
        Fault::SignatureInvalid => unauthorized().with(
            "The OAuth 1.0a signature does not fit. JSON and multipart bodies are not signed.",
        ),
        Fault::Replayed => {
            unauthorized().with("This signed request was used before; sign each request anew.")
        }
        Fault::TimestampOutOfBounds => {
            unauthorized().with("oauth_timestamp is too far from the time of this server.")
        }
        Fault::UserContextRequired => plain(
            403,
            "Unsupported Authentication",
            // Two spaces, as recorded.
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  \
             Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
        )
        .of_kind("unsupported-authentication"),
        Fault::WriteAccessRequired => plain(
            403,
            "Forbidden",
            "Your client app is not configured with the appropriate oauth1 app permissions for \
             this endpoint.",
        )
        .of_kind("oauth1-permissions"),
        Fault::ScopeMissing { needed, granted } => {
            plain(403, "Forbidden", "Forbidden").with(format!(
                "The token lacks the scope {needed}; it has: {granted}. Send the user to \
                 authorize again, with {needed} among the scopes."
            ))
        }
        Fault::GrantNotAccepted | Fault::CallbackNotApproved => {
            plain(403, "Forbidden", "Forbidden")
        }
        Fault::TokenInvalid | Fault::AppCredentialsInvalid => {
            unauthorized().with("The token or key is unknown, revoked or expired.")
        }

        Fault::PageNotFound => plain(404, "Not Found", "Not Found"),
        Fault::MethodNotAllowed { .. } => plain(405, "Method Not Allowed", "Method Not Allowed"),
        Fault::RateLimited | Fault::UpdateLimited => {
            plain(429, "Too Many Requests", "Too Many Requests")
        }
        Fault::BodyTooLarge { limit } => {
            invalid(format!("Request body exceeds {limit} bytes.")).with_status(413)
        }
        Fault::BodyIncomplete => {
            invalid("The request body was not received completely.").with_status(408)
        }
        Fault::BodyMalformed(what) => invalid(format!("The request body is malformed: {what}.")),
        Fault::MetadataNotJson(why) => invalid("Request body is not valid JSON.").with(why),
        Fault::ParameterMissing(name) => {
            invalid(format!("The `{name}` query parameter can not be empty")).about(name, "")
        }
        Fault::ParameterInvalid(name) => invalid(format!("The `{name}` parameter is not valid")),
        Fault::QueryInvalid { name, value, why } => {
            invalid(format!("The `{name}` query parameter value [{value:.100}] {why}"))
                .about(name, value)
        }
        Fault::SchemaViolated { place, why } => invalid(format!("{place}: {why}")),
        Fault::UserNotFound => {
            plain(404, "Not Found Error", "Could not find the user.").of_kind("resource-not-found")
        }
        Fault::Overloaded => plain(503, "Service Unavailable", "Service Unavailable"),

        Fault::MediaMissing => invalid("$.media: is missing but it is required"),
        Fault::MediaUnrecognized(why) => invalid("media type unrecognized.").with(why),
        Fault::FileTooLarge { limit } => {
            invalid(format!("File size exceeds {limit} bytes.")).with_status(413)
        }
        Fault::MediaIdInvalid(given) => {
            invalid("The `media_id` is not valid: it must match ^[0-9]{1,19}$")
                .about("media_id", given)
        }
        Fault::SegmentIndexOutOfRange => invalid("$.segment_index: must be between 0 and 999"),
        Fault::SegmentTooLarge { limit } => {
            invalid(format!("Segment size exceeds {limit} bytes.")).with_status(413)
        }
        Fault::SegmentsIncomplete { announced, received, missing } => {
            let hole = missing.map(|m| format!(" Segment {m} is missing.")).unwrap_or_default();
            invalid("Segments do not add up to provided total file size.")
                .with(format!("Announced {announced} bytes, received {received}.{hole}"))
        }
        Fault::UploadFinished => invalid("The upload is already finalized."),
        // Recorded for STATUS of an unknown id.
        Fault::MediaNotFound => invalid("BadRequest: Not found")
            .with("The media is unknown, expired or another user's."),

        Fault::MetadataMediaIdMissing => invalid("$.id: is missing but it is required"),
        Fault::AltTextMissing => invalid("$.metadata.alt_text.text: is missing but it is required"),
        Fault::AltTextBlank => invalid("$.metadata.alt_text.text: must not be blank"),
        Fault::AltTextInvalid => {
            invalid("$.metadata.alt_text.text: must not contain a NUL character")
        }
        Fault::AltTextTooLong { limit, got } => {
            invalid(format!("$.metadata.alt_text.text: may only be {limit} characters long"))
                .with(format!("The alt text has {got} characters; {limit} are allowed."))
        }
        Fault::MetadataMisplaced { member, belongs_in } => {
            invalid(format!("$.{member}: must stand in $.{belongs_in}.{member}")).with(format!(
                "{member} would be lost where it stands; send \
                 {{\"id\":…,\"{belongs_in}\":{{\"{member}\":…}}}}."
            ))
        }
        Fault::SubtitlesInvalid(why) => invalid(format!("Invalid subtitles: {why}.")),
        Fault::AltTextNotForVideo => {
            invalid("$.metadata.alt_text: is supported for images and GIFs only")
        }

        Fault::TweetMediaNotFound(id) => {
            of_media(*id, format!("Media {id} is unknown, expired or another user's."))
        }
        Fault::TweetMediaExpired(id) => {
            of_media(*id, format!("Media {id} has expired; upload it again."))
        }
        Fault::TweetMediaNotReady { id, state: State::Receiving, .. } => {
            of_media(*id, format!("Media {id} is not finalized."))
        }
        Fault::TweetMediaNotReady { id, state: State::Failed, why } => {
            of_media(*id, format!("Media {id} was refused: {why}."))
        }
        Fault::TweetMediaNotReady {
            id,
            state: State::Pending | State::InProgress | State::Succeeded,
            ..
        } => of_media(
            *id,
            format!("Media {id} is still being processed; poll STATUS until it succeeded."),
        ),
        Fault::TweetMediaDimensions { id, width, height } => of_media(
            *id,
            format!(
                "Media {id} has {width}x{height} pixels; each side must have {TWEET_SIDE_MIN} to \
                 {TWEET_SIDE_MAX}."
            ),
        ),
        Fault::TweetMediaTooLong { id, limit_ms, got_ms } => of_media(
            *id,
            format!("Media {id} lasts {got_ms} milliseconds; {limit_ms} are allowed."),
        ),
        Fault::GifAmongOthers => invalid("Your media IDs are invalid.")
            .with("An animated GIF must be the only media of its Tweet."),
        Fault::VideoAmongOthers => invalid("Your media IDs are invalid.")
            .with("A Tweet has up to 4 photos, or 1 animated GIF, or 1 video."),

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
        Fault::TweetNotFound => {
            plain(404, "Not Found Error", "Could not find the Tweet.").of_kind("resource-not-found")
        }
    }
}

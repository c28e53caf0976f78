//! Status, type, title, detail and `errors` of every fault in v2.

use birdhouse_domain::media_limits::{TWEET_SIDE_MAX, TWEET_SIDE_MIN};
use birdhouse_domain::{Fault, MediaId, State};
use serde_json::{Map, Value, json};

/// A fault as v2 reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// Last segment of the `type` URL; empty for `about:blank`.
    pub(crate) kind: &'static str,
    /// `title`.
    pub(crate) title: &'static str,
    /// `detail` as recorded or documented.
    pub(super) detail: String,
    /// What was wrong, replaces `detail` unless fidelity is strict; may be empty.
    pub(super) reason: String,
    /// `errors`, of validation errors only.
    pub(super) errors: Option<InvalidInput>,
}

/// The entry of `errors`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InvalidInput {
    pub(super) message: String,
    /// The invalid parameters, each with a list of values.
    pub(super) parameters: Map<String, Value>,
}

/// A problem without `errors`.
fn plain(status: u16, title: &'static str, detail: &str) -> Problem {
    let (kind, reason, errors) = ("", String::new(), None);
    Problem { status, kind, title, detail: detail.to_owned(), reason, errors }
}

/// A validation error.
fn invalid(message: impl Into<String>) -> Problem {
    Problem {
        status: 400,
        kind: "invalid-request",
        title: "Invalid Request",
        detail: "One or more parameters to your request was invalid.".to_owned(),
        reason: String::new(),
        errors: Some(InvalidInput { message: message.into(), parameters: Map::new() }),
    }
}

impl Problem {
    /// What is wrong, in one sentence.
    pub(crate) fn sentence(&self) -> &str {
        match &self.errors {
            _ if !self.reason.is_empty() => &self.reason,
            Some(InvalidInput { message, .. }) => message,
            None => &self.detail,
        }
    }

    fn with_reason(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    fn with_parameter(mut self, parameter: &str, value: impl Into<String>) -> Self {
        if let Some(InvalidInput { parameters, .. }) = &mut self.errors {
            let value: String = value.into().chars().take(100).collect();
            parameters.insert(parameter.to_owned(), json!([value]));
        }
        self
    }

    fn with_detail(mut self, detail: String) -> Self {
        self.detail = detail;
        self
    }

    fn with_kind(mut self, kind: &'static str) -> Self {
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

/// A validation error about a media id of a Tweet.
fn invalid_media(id: MediaId, reason: String) -> Problem {
    invalid("Your media IDs are invalid.")
        .with_parameter("media.media_ids", id.to_string())
        .with_reason(reason)
}

/// The problem for internal failures.
pub(super) fn internal_error() -> Problem {
    plain(500, "Internal Server Error", "Internal Server Error")
}

/// The problem that reports a fault.
#[expect(clippy::too_many_lines, reason = "a table with a row for each fault")]
pub fn problem(fault: &Fault) -> Problem {
    match fault {
        Fault::NotAuthenticated => unauthorized().with_reason(
            "The request has no credentials: send an OAuth 1.0a signature or an OAuth 2.0 bearer token.",
        ),
        Fault::SignatureInvalid => unauthorized().with_reason(
            "The OAuth 1.0a signature does not match. JSON and multipart bodies are not signed.",
        ),
        Fault::Replayed => unauthorized()
            .with_reason("This signed request was used before; sign each request anew."),
        Fault::TimestampOutOfBounds => {
            unauthorized().with_reason("oauth_timestamp is too far from the time of this server.")
        }
        Fault::UserContextRequired => plain(
            403,
            "Unsupported Authentication",
            // Two spaces, as recorded.
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  \
             Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
        )
        .with_kind("unsupported-authentication"),
        Fault::WriteAccessRequired => plain(
            403,
            "Forbidden",
            "Your client app is not configured with the appropriate oauth1 app permissions for \
             this endpoint.",
        )
        .with_kind("oauth1-permissions"),
        Fault::ScopeMissing { needed, granted } => plain(403, "Forbidden", "Forbidden")
            .with_reason(format!(
                "The token lacks the scope {needed}; it has: {granted}. Send the user to \
                 authorize again, with {needed} among the scopes."
            )),
        Fault::GrantNotAccepted | Fault::CallbackNotApproved => {
            plain(403, "Forbidden", "Forbidden")
        }
        Fault::TokenInvalid | Fault::AppCredentialsInvalid => {
            unauthorized().with_reason("The token or key is unknown, revoked or expired.")
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
        Fault::TooManyParameters { limit } => {
            invalid(format!("The request has more than {limit} parameters."))
        }
        Fault::MetadataNotJson(why) => invalid("Request body is not valid JSON.").with_reason(why),
        Fault::ParameterMissing(name) => {
            invalid(format!("The `{name}` query parameter can not be empty"))
                .with_parameter(name, "")
        }
        Fault::ParameterInvalid(name) => invalid(format!("The `{name}` parameter is not valid")),
        Fault::QueryInvalid { name, value, why } => {
            invalid(format!("The `{name}` query parameter value [{value:.100}] {why}"))
                .with_parameter(name, value)
        }
        Fault::SchemaViolated { place, why } => invalid(format!("{place}: {why}")),
        Fault::UserNotFound | Fault::NoUserMatches => plain(404, "Not Found Error", "Could not find the user.")
            .with_kind("resource-not-found"),
        Fault::Overloaded => plain(503, "Service Unavailable", "Service Unavailable"),
        Fault::Unavailable(_) => plain(503, "Service Unavailable", "Service Unavailable")
            .with_reason("What this needs is out of order on the server; try again later."),

        Fault::MediaMissing => invalid("$.media: is missing but it is required"),
        Fault::MediaUnrecognized(why) => invalid("media type unrecognized.").with_reason(why),
        Fault::FileTooLarge { limit } => {
            invalid(format!("File size exceeds {limit} bytes.")).with_status(413)
        }
        Fault::MediaIdInvalid(id) => {
            invalid("The `media_id` is not valid: it must match ^[0-9]{1,19}$")
                .with_parameter("media_id", id)
        }
        Fault::SegmentIndexOutOfRange => invalid("$.segment_index: must be between 0 and 999"),
        Fault::SegmentTooLarge { limit } => {
            invalid(format!("Segment size exceeds {limit} bytes.")).with_status(413)
        }
        Fault::SegmentsIncomplete { announced, received, missing } => {
            let missing = missing.map(|m| format!(" Segment {m} is missing.")).unwrap_or_default();
            invalid("Segments do not add up to provided total file size.")
                .with_reason(format!("Announced {announced} bytes, received {received}.{missing}"))
        }
        Fault::SegmentsTooLarge { limit } => {
            invalid("Segments do not add up to provided total file size.")
                .with_reason(format!("With this segment there are more than {limit} bytes."))
        }
        Fault::UnfinishedTooLarge { limit } => {
            forbidden(&format!(
                "More than {limit} bytes of yours are uploaded and not finalized: finalize them, or \
                 wait until they expire."
            ))
        }
        Fault::UnfinishedTooMany { limit } => forbidden(&format!(
            "{limit} uploads of yours are not finalized: finalize them, or wait until they expire."
        )),
        Fault::UnprocessedTooMany { limit } => plain(429, "Too Many Requests", &format!(
            "{limit} videos of yours wait to be processed; try again later."
        )),
        Fault::UploadFinished => invalid("The upload is already finalized."),
        // Recorded for STATUS of an unknown id.
        Fault::MediaNotFound => invalid("BadRequest: Not found")
            .with_reason("The media is unknown, expired or another user's."),

        Fault::MetadataMediaIdMissing => invalid("$.id: is missing but it is required"),
        Fault::AltTextMissing => invalid("$.metadata.alt_text.text: is missing but it is required"),
        Fault::AltTextBlank => invalid("$.metadata.alt_text.text: must not be blank"),
        Fault::AltTextInvalid => {
            invalid("$.metadata.alt_text.text: must not contain a NUL character")
        }
        Fault::AltTextTooLong { limit, got } => {
            invalid(format!("$.metadata.alt_text.text: may only be {limit} characters long"))
                .with_reason(format!("The alt text has {got} characters; {limit} are allowed."))
        }
        Fault::MetadataMisplaced { member, belongs_in } => invalid(format!(
            "$.{member}: belongs in $.{belongs_in}.{member}"
        ))
        .with_reason(format!(
            "{member} would be ignored there; send \
                 {{\"id\":…,\"{belongs_in}\":{{\"{member}\":…}}}}."
        )),
        Fault::SubtitlesInvalid(why) => invalid(format!("Invalid subtitles: {why}.")),
        Fault::AltTextNotForVideo => {
            invalid("$.metadata.alt_text: is supported for images and GIFs only")
        }

        Fault::LanguageInvalid(tag) => {
            invalid("The language is not a tag of BCP 47, such as en or pt-BR.")
                .with_parameter("lang", tag)
        }
        Fault::TooManyLanguages { limit } => {
            invalid(format!("The media is described in {limit} languages already."))
        }
        Fault::ExtendedTooLong { limit, got } => {
            invalid(format!("$.extended: may only be {limit} characters long"))
                .with_reason(format!("The text has {got} characters; {limit} are allowed."))
        }
        Fault::DecorativeDescribed => {
            invalid("A decorative media has no alt text and no extended description.")
        }
        Fault::DescriptionNotFound => {
            plain(404, "Not Found", "There is no description in this language.")
        }
        Fault::NothingToUndo => {
            plain(409, "Conflict", "There is no earlier description to return to.")
        }
        Fault::DescriptionChanged => {
            plain(409, "Conflict", "The description was changed meanwhile; read it again.")
        }
        Fault::SuggestionNotFound => {
            plain(404, "Not Found", "There is no such suggestion for you to decide.")
        }
        Fault::SuggestionDecided => {
            plain(409, "Conflict", "The suggestion was accepted or declined before.")
        }
        Fault::SuggestionNeedless => {
            invalid("You may describe this media yourself; suggestions are for others.")
        }
        Fault::SuggestionsBlocked => forbidden("The owner does not accept suggestions of yours."),
        Fault::TooManySuggestions { of_user, limit } => {
            let whose = if *of_user { "of yours" } else { "of this media" };
            forbidden(&format!("{limit} suggestions {whose} wait for a decision already."))
        }
        Fault::WebhookUrlInvalid(why) => invalid(format!("The URL {why}.")),
        Fault::WebhookNotFound => plain(404, "Not Found", "You have no such webhook."),
        Fault::TooManyWebhooks { limit } => {
            forbidden(&format!("You have {limit} webhooks, as many as are allowed."))
        }

        Fault::AltTextRequired { id, lack } => {
            // Clients show their users the message of the error, and not the detail.
            let reason = format!("Media {id} {lack}.");
            invalid(format!("Your media IDs are invalid. {reason}"))
                .with_parameter("media.media_ids", id.to_string())
                .with_detail(reason)
        }
        Fault::TweetMediaNotFound(id) => {
            invalid_media(*id, format!("Media {id} is unknown, expired or another user's."))
        }
        Fault::TweetMediaExpired(id) => {
            invalid_media(*id, format!("Media {id} has expired; upload it again."))
        }
        Fault::TweetMediaNotReady { id, state: State::Receiving, .. } => {
            invalid_media(*id, format!("Media {id} is not finalized."))
        }
        Fault::TweetMediaNotReady { id, state: State::Failed, why } => {
            invalid_media(*id, format!("Media {id} was refused: {why}."))
        }
        Fault::TweetMediaNotReady {
            id,
            state: State::Pending | State::InProgress | State::Succeeded,
            ..
        } => invalid_media(
            *id,
            format!("Media {id} is still being processed; poll STATUS until it succeeded."),
        ),
        Fault::TweetMediaDimensions { id, width, height } => invalid_media(
            *id,
            format!(
                "Media {id} has {width}x{height} pixels; each side must have {TWEET_SIDE_MIN} to \
                 {TWEET_SIDE_MAX}."
            ),
        ),
        Fault::TweetMediaTooLong { id, limit_ms, got_ms } => invalid_media(
            *id,
            format!("Media {id} lasts {got_ms} milliseconds; {limit_ms} are allowed."),
        ),
        Fault::GifAmongOthers => invalid("Your media IDs are invalid.")
            .with_reason("An animated GIF must be the only media of its Tweet."),
        Fault::VideoAmongOthers => invalid("Your media IDs are invalid.")
            .with_reason("A Tweet has up to 4 photos, or 1 animated GIF, or 1 video."),

        Fault::StatusMissing => invalid("$.text: is missing but it is required")
            .with_reason("A Tweet needs text or media."),
        Fault::StatusTooLong { limit, got } => {
            forbidden("You are not permitted to perform this action.").with_reason(format!(
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
            .with_parameter("media.tagged_user_ids", id.to_string())
            .with_reason(format!("There is no user {id} to tag.")),
        Fault::RepliedTweetNotFound(id) => {
            forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.")
                .with_reason(format!("There is no Tweet {id} to reply to."))
        }
        Fault::QuotedTweetNotFound(id) => {
            forbidden("You attempted to quote a Tweet that is deleted or not visible to you.")
                .with_reason(format!("There is no Tweet {id} to quote."))
        }
        Fault::EditNotPossible => forbidden("You are not permitted to perform this action.")
            .with_reason("A Tweet cannot be edited here; omit edit_options."),
        Fault::TweetPartsExclusive => invalid(
            "You can only provide one of media, poll, quote_tweet_id, card_uri or \
             direct_message_deep_link.",
        ),
        Fault::TweetNotOwned => forbidden("You are not authorized to delete this Tweet."),
        Fault::TweetNotFound => plain(404, "Not Found Error", "Could not find the Tweet.")
            .with_kind("resource-not-found"),
    }
}

//! Status, code and message of every fault in v1.1.

use birdhouse_domain::media_limits::{TWEET_SIDE_MAX, TWEET_SIDE_MIN};
use birdhouse_domain::{Fault, State};

/// A fault as v1.1 reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorText {
    /// HTTP status.
    pub status: u16,
    /// The code; `None` for errors that only the upload host reports.
    pub code: Option<u32>,
    /// The recorded or documented message.
    pub message: String,
    /// What was wrong, appended unless fidelity is strict; may be empty.
    pub detail: String,
}

fn coded(status: u16, code: u32, message: &str) -> ErrorText {
    ErrorText { status, code: Some(code), message: message.to_owned(), detail: String::new() }
}

fn plain(status: u16, message: impl Into<String>) -> ErrorText {
    ErrorText { status, code: None, message: message.into(), detail: String::new() }
}

impl ErrorText {
    fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }
}

/// The error for internal failures.
pub(super) fn internal_error() -> ErrorText {
    coded(500, 131, "Internal error")
}

/// The status, code and message of a fault.
#[expect(clippy::too_many_lines, reason = "a table with a row for each fault")]
pub fn error_text(fault: &Fault) -> ErrorText {
    match fault {
        Fault::NotAuthenticated => coded(400, 215, "Bad Authentication data."),
        Fault::Replayed => coded(401, 32, "Could not authenticate you.")
            .with_detail("This signed request was used before; sign each request anew."),
        Fault::TimestampOutOfBounds => coded(401, 135, "Timestamp out of bounds."),
        Fault::TokenInvalid => coded(401, 89, "Invalid or expired token."),
        Fault::AppCredentialsInvalid => coded(403, 99, "Unable to verify your credentials"),
        Fault::ScopeMissing { needed, .. } => {
            coded(403, 220, "Your credentials do not allow access to this resource.")
                .with_detail(format!("The token lacks the scope {needed}."))
        }
        Fault::GrantNotAccepted => {
            coded(403, 220, "Your credentials do not allow access to this resource.").with_detail(
                "OAuth 2.0 user tokens are accepted under /2 only; sign with OAuth 1.0a here.",
            )
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
        Fault::SignatureInvalid => coded(401, 32, "Could not authenticate you."),

        Fault::PageNotFound => coded(404, 34, "Sorry, that page does not exist"),
        Fault::MethodNotAllowed { allowed } if allowed.is_empty() => {
            coded(405, 86, "This method is not allowed.")
        }
        Fault::MethodNotAllowed { allowed } => {
            coded(405, 86, &format!("This method requires a {}.", allowed.replace(", ", " or ")))
        }
        Fault::RateLimited => coded(429, 88, "Rate limit exceeded"),
        Fault::UpdateLimited => coded(403, 185, "User is over daily status update limit."),
        Fault::BodyTooLarge { limit } => plain(413, format!("Request body exceeds {limit} bytes.")),
        Fault::BodyIncomplete => plain(408, "The request body was not received completely."),
        Fault::BodyMalformed(what) => plain(400, format!("The request body is malformed: {what}.")),
        Fault::TooManyParameters { limit } => {
            plain(400, format!("The request has more than {limit} parameters."))
        }
        Fault::ParameterMissing(name) => coded(400, 38, &format!("{name} parameter is missing.")),
        Fault::ParameterInvalid(name) => coded(400, 44, &format!("{name} parameter is invalid.")),
        Fault::UserNotFound => coded(404, 50, "User not found."),
        Fault::NoUserMatches => coded(404, 17, "No user matches for specified terms."),
        Fault::QueryInvalid { name, why, .. } => {
            coded(400, 44, &format!("{name} parameter is invalid.")).with_detail(why)
        }
        Fault::SchemaViolated { place, why } => {
            coded(400, 44, &format!("{place} parameter is invalid.")).with_detail(why)
        }
        Fault::Overloaded => coded(503, 130, "Over capacity"),
        Fault::Unavailable(_) => coded(503, 130, "Over capacity")
            .with_detail("(what this needs is out of order on the server; try again later)"),

        Fault::MediaMissing => coded(400, 38, "media parameter is missing."),
        Fault::MediaUnrecognized(why) => plain(400, "media type unrecognized.").with_detail(why),
        Fault::FileTooLarge { limit } => plain(400, format!("File size exceeds {limit} bytes.")),
        Fault::MediaIdInvalid(id) => plain(400, format!("Invalid media_id: Some({id}).")),
        Fault::SegmentIndexOutOfRange => plain(400, "SegmentIndex must be between 0 and 999."),
        Fault::SegmentTooLarge { limit } => {
            plain(413, format!("Segment size exceeds {limit} bytes."))
        }
        Fault::SegmentsIncomplete { announced, received, missing } => {
            let missing = missing.map(|m| format!(" Segment {m} is missing.")).unwrap_or_default();
            plain(400, "Segments do not add up to provided total file size.")
                .with_detail(format!("Announced {announced} bytes, received {received}.{missing}"))
        }
        Fault::SegmentsTooLarge { limit } => {
            plain(400, "Segments do not add up to provided total file size.")
                .with_detail(format!("With this segment there are more than {limit} bytes."))
        }
        Fault::UnfinishedTooLarge { limit } => plain(
            403,
            format!(
                "More than {limit} bytes of yours are uploaded and not finalized: finalize them, or \
                 wait until they expire."
            ),
        ),
        Fault::UnfinishedTooMany { limit } => plain(
            403,
            format!(
                "{limit} uploads of yours are not finalized: finalize them, or wait until they expire."
            ),
        ),
        Fault::UnprocessedTooMany { limit } => {
            plain(429, format!("{limit} videos of yours wait to be processed; try again later."))
        }
        Fault::UploadFinished => plain(400, "The upload is already finalized."),
        Fault::MediaNotFound => {
            plain(404, "The media was not found: unknown, expired or another user's.")
        }

        Fault::MetadataNotJson(why) => plain(400, "Invalid json payload.").with_detail(why),
        Fault::MetadataMediaIdMissing => plain(400, "media_id field must be provided."),
        Fault::AltTextMissing => plain(
            400,
            "alt_text.text must be provided, as in {\"media_id\":\"…\",\"alt_text\":{\"text\":\"…\"}}.",
        ),
        Fault::AltTextBlank => plain(400, "alt_text.text must not be blank."),
        Fault::SubtitlesInvalid(why) => plain(400, "Invalid subtitles.").with_detail(why),
        Fault::MetadataMisplaced { member, belongs_in } => {
            plain(400, format!("{member} belongs in {belongs_in}."))
        }
        Fault::AltTextInvalid => plain(400, "alt_text.text must not contain a NUL character."),
        Fault::AltTextTooLong { limit, got } => {
            plain(400, format!("alt_text.text must be at most {limit} characters; it has {got}."))
        }
        Fault::AltTextNotForVideo => plain(400, "alt_text is supported for images and GIFs only."),
        Fault::LanguageInvalid(tag) => {
            plain(400, format!("{tag} is not a language tag of BCP 47, such as en or pt-BR."))
        }
        Fault::TooManyLanguages { limit } => {
            plain(400, format!("The media is described in {limit} languages already."))
        }
        Fault::ExtendedTooLong { limit, got } => plain(
            400,
            format!("The extended description must be at most {limit} characters; it has {got}."),
        ),
        Fault::DecorativeDescribed => {
            plain(400, "A decorative media has no alt text and no extended description.")
        }
        Fault::DescriptionNotFound => plain(404, "There is no description in this language."),
        Fault::NothingToUndo => plain(409, "There is no earlier description to return to."),
        Fault::DescriptionChanged => {
            plain(409, "The description was changed meanwhile; read it again.")
        }
        Fault::SuggestionNotFound => plain(404, "There is no such suggestion for you to decide."),
        Fault::SuggestionDecided => plain(409, "The suggestion was accepted or declined before."),
        Fault::SuggestionNeedless => {
            plain(400, "You may describe this media yourself; suggestions are for others.")
        }
        Fault::SuggestionsBlocked => plain(403, "The owner does not accept suggestions of yours."),
        Fault::TooManySuggestions { limit, .. } => {
            plain(403, format!("{limit} suggestions wait for a decision already."))
        }
        Fault::WebhookUrlInvalid(why) => plain(400, format!("The URL {why}.")),
        Fault::WebhookNotFound => plain(404, "You have no such webhook."),
        Fault::TooManyWebhooks { limit } => {
            plain(403, format!("You have {limit} webhooks, as many as are allowed."))
        }

        Fault::StatusMissing => coded(403, 170, "Missing required parameter: status."),
        Fault::StatusTooLong { limit, got } => coded(403, 186, "Tweet needs to be a bit shorter.")
            .with_detail(format!("It weighs {got} characters; {limit} are allowed.")),
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
        Fault::AltTextRequired { id, lack } => {
            coded(403, 324, &format!("The validation of media ids failed. Media {id} {lack}."))
        }
        Fault::TweetMediaNotFound(id) => coded(400, 324, "The validation of media ids failed.")
            .with_detail(format!("Media {id} is unknown, expired or another user's.")),
        Fault::TweetMediaExpired(id) => coded(400, 324, "The validation of media ids failed.")
            .with_detail(format!("Media {id} has expired; upload it again.")),
        Fault::TweetMediaNotReady { id, state: State::Receiving, .. } => {
            coded(400, 324, "The validation of media ids failed.")
                .with_detail(format!("Media {id} is not finalized."))
        }
        Fault::TweetMediaNotReady { id, state: State::Failed, why } => {
            coded(400, 324, "Not valid video")
                .with_detail(format!("Media {id} was refused: {why}."))
        }
        Fault::TweetMediaNotReady {
            id,
            state: State::Pending | State::InProgress | State::Succeeded,
            ..
        } => coded(400, 324, "Not valid video").with_detail(format!(
            "Media {id} is still being processed; poll STATUS until it succeeded."
        )),
        Fault::TweetMediaDimensions { id, width, height } => coded(
            400,
            324,
            &format!(
                "Image dimensions must be >= {TWEET_SIDE_MIN}x{TWEET_SIDE_MIN} and <= \
                 {TWEET_SIDE_MAX}x{TWEET_SIDE_MAX}"
            ),
        )
        .with_detail(format!("Media {id} has {width}x{height}.")),
        Fault::TweetMediaTooLong { id, limit_ms, got_ms } => coded(
            400,
            324,
            &format!("Duration too long, maximum:{limit_ms}, actual:{got_ms} (MediaId: snf:{id})"),
        ),
        Fault::TaggedUserNotFound(id) => {
            coded(404, 50, "User not found.").with_detail(format!("User {id} cannot be tagged."))
        }
        Fault::RepliedTweetNotFound(_) => coded(
            403,
            385,
            "You attempted to reply to a Tweet that is deleted or not visible to you.",
        ),
        Fault::QuotedTweetNotFound(id) => coded(404, 144, "No status found with that ID.")
            .with_detail(format!("There is no Tweet {id} to quote.")),
        Fault::TweetPartsExclusive => coded(400, 44, "attachment parameter is invalid.")
            .with_detail("A Tweet has media, a poll or a quoted Tweet, not several of these."),
        Fault::EditNotPossible => {
            coded(403, 220, "Your credentials do not allow access to this resource.")
                .with_detail("A Tweet cannot be edited here.")
        }
        Fault::TweetNotOwned => coded(403, 183, "You may not delete another user's status."),
        Fault::TweetNotFound => coded(404, 144, "No status found with that ID."),
    }
}

//! Every reason for which a request can be refused.
//!
//! Each dialect maps them to its own status, code and text; nothing here knows any of those.

use crate::alt_text_policy::Lack;
use crate::id::{MediaId, TweetId, UserId};
use crate::state::State;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request has no credentials.
    NotAuthenticated,
    /// The signature does not match the request.
    SignatureInvalid,
    /// The same signed request was received before.
    Replayed,
    /// The OAuth timestamp is too far from the server's time.
    TimestampOutOfBounds,
    /// The token or consumer key is unknown, revoked or expired.
    TokenInvalid,
    /// The consumer key is unknown, or its secret is wrong.
    AppCredentialsInvalid,
    /// An app calls on its own behalf what needs a user.
    UserContextRequired,
    /// The token is read-only.
    WriteAccessRequired,
    /// The token lacks a required scope.
    ScopeMissing {
        /// The scope.
        needed: &'static str,
        /// The scopes that the token has.
        granted: String,
    },
    /// A user's OAuth 2.0 token where only a signature or an app-only token is accepted.
    GrantNotAccepted,
    /// The callback is not one that the app registered.
    CallbackNotApproved,
    /// No such path.
    PageNotFound,
    /// The path exists, but not with this method.
    MethodNotAllowed {
        /// The allowed methods, separated by commas; empty if unknown here.
        allowed: String,
    },
    /// Too many requests in this window.
    RateLimited,
    /// Too many Tweets in this window.
    UpdateLimited,
    /// The server is overloaded.
    Overloaded,
    /// What the request needs is out of order: the database, the disk, the sandbox or ffmpeg. The
    /// text, for the log, says what is wrong.
    Unavailable(String),
    /// The body is larger than this endpoint reads; the limit is in bytes.
    BodyTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The body was cut short, or arrived too slowly.
    BodyIncomplete,
    /// The body does not match its Content-Type.
    BodyMalformed(&'static str),
    /// The query, or an urlencoded body, has too many parameters.
    TooManyParameters {
        /// Parameters allowed.
        limit: usize,
    },
    /// A required parameter is missing.
    ParameterMissing(&'static str),
    /// A parameter has an invalid value.
    ParameterInvalid(&'static str),
    /// A query parameter has an invalid value.
    QueryInvalid {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: String,
    },
    /// The body violates its schema.
    SchemaViolated {
        /// The path of the member, such as `$.media.media_ids[0]`.
        place: String,
        /// What is wrong with it.
        why: String,
    },

    /// No bytes were sent.
    MediaMissing,
    /// The bytes are not a complete media of a known type, for this reason.
    MediaUnrecognized(String),
    /// The file is too large for its kind.
    FileTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// `media_id` is not a number.
    MediaIdInvalid(String),
    /// The media does not exist, is another user's, or has expired: indistinguishable on purpose.
    MediaNotFound,
    /// `segment_index` is not a number from 0 to 999.
    SegmentIndexOutOfRange,
    /// A segment is too large.
    SegmentTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The segments are not exactly the bytes that INIT announced.
    SegmentsIncomplete {
        /// Bytes announced.
        announced: u64,
        /// Bytes received.
        received: u64,
        /// The first missing segment, if one is missing between others.
        missing: Option<u32>,
    },
    /// A segment goes beyond the bytes that INIT announced, or that its kind allows.
    SegmentsTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The user's unfinished uploads are too large together.
    UnfinishedTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The user has too many unfinished uploads.
    UnfinishedTooMany {
        /// Uploads allowed.
        limit: i64,
    },
    /// Too many videos of the user wait to be processed.
    UnprocessedTooMany {
        /// Videos allowed.
        limit: i64,
    },
    /// A segment was sent after FINALIZE.
    UploadFinished,

    /// The metadata is not a JSON object.
    MetadataNotJson(String),
    /// The metadata names no media.
    MetadataMediaIdMissing,
    /// The metadata holds no `alt_text.text`.
    AltTextMissing,
    /// The alt text is empty or white space.
    AltTextBlank,
    /// The alt text holds a NUL character.
    AltTextInvalid,
    /// The alt text has too many code points.
    AltTextTooLong {
        /// Code points allowed.
        limit: usize,
        /// Code points sent.
        got: usize,
    },
    /// A member of the metadata is in the wrong place.
    MetadataMisplaced {
        /// The member.
        member: String,
        /// The member that it belongs in.
        belongs_in: &'static str,
    },
    /// Only images and GIFs have alt text.
    AltTextNotForVideo,
    /// The language is not a well-formed BCP 47 tag.
    LanguageInvalid(String),
    /// The media is described in too many languages.
    TooManyLanguages {
        /// Languages allowed.
        limit: i64,
    },
    /// The extended description has too many code points.
    ExtendedTooLong {
        /// Code points allowed.
        limit: usize,
        /// Code points sent.
        got: usize,
    },
    /// A decorative media is described in words.
    DecorativeDescribed,
    /// The media has no description in this language.
    DescriptionNotFound,
    /// No earlier description is left to return to.
    NothingToUndo,
    /// The description was changed at the same time by somebody else.
    DescriptionChanged,
    /// The suggestion does not exist, or is not the caller's to decide: indistinguishable on purpose.
    SuggestionNotFound,
    /// The suggestion was accepted or declined before.
    SuggestionDecided,
    /// A suggestion of the caller's own media, or as the owner's delegate.
    SuggestionNeedless,
    /// The owner refuses suggestions of the caller.
    SuggestionsBlocked,
    /// The media, or the caller, has too many open suggestions.
    TooManySuggestions {
        /// Of the caller, and not of the media.
        of_user: bool,
        /// Suggestions allowed.
        limit: i64,
    },
    /// Deliveries cannot be sent to this URL, for this reason.
    WebhookUrlInvalid(String),
    /// The webhook does not exist, or is another user's.
    WebhookNotFound,
    /// The user has too many webhooks.
    TooManyWebhooks {
        /// Webhooks allowed.
        limit: i64,
    },
    /// Subtitles cannot be linked, for this reason.
    SubtitlesInvalid(String),

    /// A Tweet has neither text nor media.
    StatusMissing,
    /// The text is too long.
    StatusTooLong {
        /// Weighted characters allowed.
        limit: u32,
        /// Weighted characters sent.
        got: u32,
    },
    /// The author posted the same Tweet recently.
    StatusDuplicate,
    /// A Tweet has too many media.
    TooManyMedia {
        /// Media allowed.
        limit: usize,
    },
    /// A GIF is attached together with other media.
    GifAmongOthers,
    /// A video is attached together with other media.
    VideoAmongOthers,
    /// The media does not exist, or the author may not attach it.
    TweetMediaNotFound(MediaId),
    /// The author's media has expired.
    TweetMediaExpired(MediaId),
    /// The media is not finalized, is still being processed, or failed.
    TweetMediaNotReady {
        /// Which media.
        id: MediaId,
        /// Its state.
        state: State,
        /// Why it failed; empty unless it did.
        why: String,
    },
    /// The image has too few or too many pixels on a side.
    TweetMediaDimensions {
        /// Which media.
        id: MediaId,
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// A user to tag does not exist.
    TaggedUserNotFound(UserId),
    /// The Tweet to reply to does not exist.
    RepliedTweetNotFound(TweetId),
    /// The Tweet to quote does not exist.
    QuotedTweetNotFound(TweetId),
    /// Tweets cannot be edited.
    EditNotPossible,
    /// A Tweet has more than one of media, poll and quoted Tweet.
    TweetPartsExclusive,
    /// The policy requires a description that the media lacks.
    AltTextRequired {
        /// Which media.
        id: MediaId,
        /// What it lacks.
        lack: Lack,
    },
    /// The video is too long.
    TweetMediaTooLong {
        /// Which media.
        id: MediaId,
        /// Milliseconds allowed.
        limit_ms: u64,
        /// Its duration in milliseconds.
        got_ms: u64,
    },
    /// No such Tweet.
    TweetNotFound,
    /// The Tweet is another user's.
    TweetNotOwned,
    /// No such user.
    UserNotFound,
    /// None of the users that were asked for exists.
    NoUserMatches,
}

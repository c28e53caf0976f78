//! Every way in which a request can be refused, by meaning.
//!
//! A dialect turns each into its own status, code and words; nothing here knows any of those.

use crate::id::{MediaId, TweetId, UserId};
use crate::state::State;

/// A refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request proves nothing about who asks.
    NotAuthenticated,
    /// The signature does not fit the request.
    SignatureInvalid,
    /// The same signed request came before.
    Replayed,
    /// The OAuth timestamp is further away than the window allows.
    TimestampOutOfBounds,
    /// The token or consumer key is unknown, revoked or expired.
    TokenInvalid,
    /// Consumer key and secret do not fit each other.
    AppCredentialsInvalid,
    /// Only a user may do this, and an app asks for itself.
    UserContextRequired,
    /// The token may only read.
    WriteAccessRequired,
    /// The token lacks a scope that this needs.
    ScopeMissing {
        /// The scope.
        needed: &'static str,
        /// The scopes that the token has.
        granted: String,
    },
    /// A user's OAuth 2.0 token where only a signature or an app's own token counts.
    GrantNotAccepted,
    /// The callback is not one that the app registered.
    CallbackNotApproved,
    /// No such path.
    PageNotFound,
    /// The path exists, the method does not.
    MethodNotAllowed {
        /// The allowed methods with commas between; blank if they are not known here.
        allowed: String,
    },
    /// Too many calls in this window.
    RateLimited,
    /// Too many Tweets in this window.
    UpdateLimited,
    /// The server has more to do than it can.
    Overloaded,
    /// The body is larger than this endpoint reads; the limit is in bytes.
    BodyTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The body broke off, or came too slowly.
    BodyIncomplete,
    /// The body is not what its Content-Type says.
    BodyMalformed(&'static str),
    /// A parameter that must be there is not.
    ParameterMissing(&'static str),
    /// A parameter has a value that it can't have.
    ParameterInvalid(&'static str),
    /// A parameter of the query is not what it must be.
    QueryInvalid {
        /// The parameter.
        name: &'static str,
        /// Its value.
        value: String,
        /// What is wrong with it.
        why: String,
    },
    /// The body is not what its schema says.
    SchemaViolated {
        /// The path of the member, such as `$.media.media_ids[0]`.
        place: String,
        /// What is wrong with it.
        why: String,
    },

    /// No bytes were sent.
    MediaMissing,
    /// The bytes are no media of a known type, or not a whole one; the text says what is wrong.
    MediaUnrecognized(String),
    /// The file is larger than its kind may be.
    FileTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// `media_id` is not a number.
    MediaIdInvalid(String),
    /// No such media, or not the asker's, or past its life: one answer for all three.
    MediaNotFound,
    /// `segment_index` is not a number from 0 to 999.
    SegmentIndexOutOfRange,
    /// A segment has more bytes than one may have.
    SegmentTooLarge {
        /// Bytes allowed.
        limit: u64,
    },
    /// The segments do not have the bytes that INIT announced.
    SegmentsIncomplete {
        /// Bytes announced.
        announced: u64,
        /// Bytes received.
        received: u64,
        /// The first segment that is not there, if one is missing between others.
        missing: Option<u32>,
    },
    /// A segment came after FINALIZE.
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
    /// A member of the metadata stands where nobody looks for it.
    MetadataMisplaced {
        /// The member.
        member: String,
        /// The member that it belongs into.
        belongs_in: &'static str,
    },
    /// Only pictures and GIFs have alt text.
    AltTextNotForVideo,
    /// Subtitles cannot be linked; the text says why.
    SubtitlesInvalid(String),

    /// Neither words nor media.
    StatusMissing,
    /// The words weigh too much.
    StatusTooLong {
        /// Weighted characters allowed.
        limit: u32,
        /// Weighted characters sent.
        got: u32,
    },
    /// The author said the same a moment ago.
    StatusDuplicate,
    /// More media than a Tweet may have.
    TooManyMedia {
        /// Media allowed.
        limit: usize,
    },
    /// A GIF stands alone.
    GifAmongOthers,
    /// A film stands alone.
    VideoAmongOthers,
    /// No such media for this author.
    TweetMediaNotFound(MediaId),
    /// The author's own media is past its life.
    TweetMediaExpired(MediaId),
    /// The media is not finalized, still being processed, or was refused by that.
    TweetMediaNotReady {
        /// Which media.
        id: MediaId,
        /// Where it is.
        state: State,
        /// Why it was refused; blank unless it was.
        why: String,
    },
    /// The picture is too small or too large.
    TweetMediaDimensions {
        /// Which media.
        id: MediaId,
        /// Pixels across.
        width: u32,
        /// Pixels down.
        height: u32,
    },
    /// A user who is to be tagged does not exist.
    TaggedUserNotFound(UserId),
    /// The Tweet that is to be answered does not exist.
    RepliedTweetNotFound(TweetId),
    /// The Tweet that is to be quoted does not exist.
    QuotedTweetNotFound(TweetId),
    /// A Tweet is never changed.
    EditNotPossible,
    /// Of these a Tweet may have one only.
    TweetPartsExclusive,
    /// The film is too long.
    TweetMediaTooLong {
        /// Which media.
        id: MediaId,
        /// Milliseconds allowed.
        limit_ms: u64,
        /// Milliseconds it has.
        got_ms: u64,
    },
    /// No such Tweet.
    TweetNotFound,
    /// The Tweet is another user's.
    TweetNotOwned,
    /// No such user.
    UserNotFound,
}

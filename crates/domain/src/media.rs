//! A media and where it is in its life.

use crate::alt_text::AltTextOrigin;
use crate::caller::Caller;
use crate::category::{Category, Kind};
use crate::id::{MediaId, UserId};
use crate::state::{Failure, State};
use crate::time::Timestamp;

/// Everything known about one media.
#[derive(Clone, Debug)]
pub struct Media {
    /// Its id.
    pub id: MediaId,
    /// Who uploaded it.
    pub owner: UserId,
    /// The unguessable name in its delivery URL.
    pub public_key: String,
    /// What the client said that it is for.
    pub category: Option<Category>,
    /// Where it is in its life.
    pub state: State,
    /// Whether processing happens after FINALIZE was answered.
    pub is_async: bool,
    /// Bytes that INIT announced, or that a simple upload had.
    pub total_bytes: u64,
    /// What it is; `None` until FINALIZE.
    pub kind: Option<Kind>,
    /// Content type, told by the bytes; empty until FINALIZE.
    pub mime: String,
    /// Pixels across, upright; 0 until known.
    pub width: u32,
    /// Pixels down, upright.
    pub height: u32,
    /// Duration of a film, in milliseconds; 0 until known.
    pub duration_ms: u64,
    /// Percent of the processing that is done.
    pub progress: u8,
    /// Why processing refused it.
    pub failure: Option<Failure>,
    /// Name of the blob that holds the original; empty until FINALIZE.
    pub blob: String,
    /// Which way is up, 1 to 8 as Exif counts; the original is stored as it came.
    pub orientation: u8,
    /// Content type of its derived sizes; empty until FINALIZE.
    pub served_mime: String,
    /// Its description.
    pub alt_text: Option<String>,
    /// Where the description comes from; `None` without one.
    pub alt_text_origin: Option<AltTextOrigin>,
    /// When INIT or the simple upload came.
    pub created_at: Timestamp,
    /// When it vanishes unless a Tweet shows it; `None` once one does.
    pub expires_at: Option<Timestamp>,
    /// Rises with each segment, so that FINALIZE knows whether what it joined is still current.
    pub revision: i64,
}

impl Media {
    /// `<n>_<media_id>`, as the real service writes it.
    pub fn media_key(&self) -> String {
        let prefix = match (self.category, self.kind) {
            (Some(category), _) => category.media_key_prefix(),
            (None, Some(kind)) => kind.media_key_prefix(),
            (None, None) => Kind::Image.media_key_prefix(),
        };
        format!("{prefix}_{}", self.id)
    }

    /// Whole seconds until it vanishes; `None` if a Tweet shows it.
    pub fn expires_after_secs(&self, now: Timestamp) -> Option<i64> {
        self.expires_at.map(|at| at.since(now).max(0) / Timestamp::SECOND)
    }

    /// Whether it is past its life.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether a caller may read it, through the API as by its URL: it is ready and alive, and
    /// either a Tweet shows it or it is the caller's own.
    pub fn may_be_read_by(&self, caller: Option<&Caller>, now: Timestamp) -> bool {
        let is_shown = self.expires_at.is_none();
        let is_own = matches!(caller, Some(Caller::User(user)) if user.user == self.owner);
        self.state == State::Succeeded && !self.is_expired(now) && (is_shown || is_own)
    }
}

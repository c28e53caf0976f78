//! A media and its state.

use crate::alt_text::AltTextOrigin;
use crate::category::{Category, Kind};
use crate::id::{MediaId, UserId};
use crate::media_limits::max_bytes;
use crate::state::{Failure, State};
use crate::time::Timestamp;

/// A media, from INIT or a simple upload on.
#[derive(Clone, Debug)]
pub struct Media {
    /// Its id.
    pub id: MediaId,
    /// The user who uploaded it.
    pub owner: UserId,
    /// The unguessable key in its delivery URL.
    pub public_key: String,
    /// The category that the client declared.
    pub category: Option<Category>,
    /// Its state of processing.
    pub state: State,
    /// Whether a job processes it after FINALIZE has returned.
    pub is_async: bool,
    /// Its length in bytes: as announced by INIT, or as uploaded.
    pub total_bytes: u64,
    /// Its kind: as INIT declares it, detected at FINALIZE.
    pub kind: Option<Kind>,
    /// Content type, detected from the bytes; empty until FINALIZE.
    pub mime: String,
    /// Width in pixels, upright; 0 until known.
    pub width: u32,
    /// Height in pixels, upright; 0 until known.
    pub height: u32,
    /// Duration of a video or GIF, in milliseconds; 0 until known.
    pub duration_ms: u64,
    /// Progress of processing, in percent.
    pub progress: u8,
    /// Why processing failed.
    pub failure: Option<Failure>,
    /// Name of the blob that holds the original; empty until FINALIZE.
    pub blob: String,
    /// Exif orientation, 1 to 8; the original is stored unrotated.
    pub orientation: u8,
    /// Content type of its derived sizes; empty until FINALIZE.
    pub served_mime: String,
    /// Its alt text.
    pub alt_text: Option<String>,
    /// Where the alt text comes from; `None` without one.
    pub alt_text_origin: Option<AltTextOrigin>,
    /// Whether it is marked as decorative.
    pub is_decorative: bool,
    /// When INIT or the simple upload was received.
    pub created_at: Timestamp,
    /// When it expires; `None` once it is attached to a Tweet.
    pub expires_at: Option<Timestamp>,
    /// Incremented by each segment, so that FINALIZE notices one that arrived while it joined them.
    pub revision: i64,
}

impl Media {
    /// An upload of which no byte was received yet, without a category; it never expires.
    pub fn new(id: MediaId, owner: UserId, public_key: String, created_at: Timestamp) -> Self {
        Self {
            id,
            owner,
            public_key,
            category: None,
            state: State::Receiving,
            is_async: false,
            total_bytes: 0,
            kind: None,
            mime: String::new(),
            width: 0,
            height: 0,
            duration_ms: 0,
            progress: 0,
            failure: None,
            blob: String::new(),
            orientation: 1,
            served_mime: String::new(),
            alt_text: None,
            alt_text_origin: None,
            is_decorative: false,
            created_at,
            expires_at: None,
            revision: 0,
        }
    }

    /// `<n>_<media_id>`, as on the real service.
    pub fn media_key(&self) -> String {
        let prefix = match (self.category, self.kind) {
            (Some(category), _) => category.media_key_prefix(),
            (None, Some(kind)) => kind.media_key_prefix(),
            (None, None) => Kind::Image.media_key_prefix(),
        };
        format!("{prefix}_{}", self.id)
    }

    /// The most bytes that its segments may have together.
    pub fn segments_max_bytes(&self) -> u64 {
        match self.total_bytes {
            0 => max_bytes(self.category, self.kind.unwrap_or(Kind::Video)),
            announced => announced,
        }
    }

    /// Whole seconds until it expires; `None` if it is attached to a Tweet.
    pub fn expires_after_secs(&self, now: Timestamp) -> Option<i64> {
        self.expires_at.map(|at| at.since(now).max(0) / Timestamp::SECOND)
    }

    /// Whether it has expired.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

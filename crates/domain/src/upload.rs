//! Rules for uploads that do not depend on the bytes.

use crate::category::{Category, Kind};
use crate::fault::Fault;
use crate::id::UserId;
use crate::media_limits::{ADDITIONAL_OWNERS_MAX, SEGMENT_INDEX_MAX, max_bytes};

/// The parameters of INIT.
#[derive(Clone, Debug)]
pub struct UploadRequest {
    /// `total_bytes`; 0 if absent.
    pub total_bytes: u64,
    /// `media_type` as sent; only a hint.
    pub media_type: String,
    /// `media_category`.
    pub category: Option<Category>,
    /// `additional_owners`.
    pub additional_owners: Vec<UserId>,
}

impl UploadRequest {
    /// Refuses an upload that is larger than its kind allows.
    pub fn validate(&self) -> Result<(), Fault> {
        let limit = max_bytes(self.category, self.declared_kind());
        if self.total_bytes > limit {
            return Err(Fault::FileTooLarge { limit });
        }
        Ok(())
    }

    fn declared_kind(&self) -> Kind {
        if self.media_type.to_ascii_lowercase().starts_with("image/") {
            return Kind::Image;
        }
        Kind::Video
    }
}

/// Whether FINALIZE returns before the media is processed: only with a category, and only for videos
/// and animated GIFs (documented).
pub fn is_async(category: Option<Category>) -> bool {
    category.is_some_and(|c| matches!(c.kind(), Kind::Video | Kind::AnimatedGif))
}

/// Parses `segment_index`: 0 to 999.
pub fn parse_segment_index(text: Option<&str>) -> Result<u32, Fault> {
    let text = text.ok_or(Fault::ParameterMissing("segment_index"))?;
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u32>() {
        Ok(index) if digits && index <= SEGMENT_INDEX_MAX => Ok(index),
        _ => Err(Fault::SegmentIndexOutOfRange),
    }
}

/// Parses `additional_owners`: at most 100 user ids, separated by commas.
pub fn parse_additional_owners(text: Option<&str>) -> Result<Vec<UserId>, Fault> {
    let Some(text) = text.filter(|t| !t.trim().is_empty()) else { return Ok(Vec::new()) };
    let owners: Option<Vec<UserId>> = text.split(',').map(|id| UserId::parse(id.trim())).collect();
    owners
        .filter(|owners| owners.len() <= ADDITIONAL_OWNERS_MAX)
        .ok_or(Fault::ParameterInvalid("additional_owners"))
}

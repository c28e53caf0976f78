//! How large a media may be. Sources: the documented media best practices and recorded refusals.

use crate::category::{Category, Kind};

/// 5 MiB: the largest picture, and the largest segment of a chunked upload.
pub const IMAGE_MAX_BYTES: u64 = 5_242_880;
/// 15 MiB: the largest animated GIF that is declared as one.
pub const GIF_MAX_BYTES: u64 = 15_728_640;
/// 512 MiB: the largest film.
pub const VIDEO_MAX_BYTES: u64 = 536_870_912;
/// 1 MiB: the largest subtitle file (our choice; no source gives a figure).
pub const SUBTITLES_MAX_BYTES: u64 = 1_048_576;
/// The largest segment of a chunked upload.
pub const SEGMENT_MAX_BYTES: u64 = 5_242_880;
/// Segments are numbered from 0 to this.
pub const SEGMENT_INDEX_MAX: u32 = 999;
/// A picture in a Tweet has at least this many pixels on each side.
pub const TWEET_SIDE_MIN: u32 = 4;
/// A picture in a Tweet has at most this many pixels on each side.
pub const TWEET_SIDE_MAX: u32 = 8192;
/// The longest film in a Tweet that was uploaded with a category, in milliseconds.
pub const VIDEO_MAX_MS: u64 = 140_000;
/// The longest film in a Tweet that was uploaded without a category, in milliseconds.
pub const VIDEO_WITHOUT_CATEGORY_MAX_MS: u64 = 30_000;
/// Seconds in which an upload must be attached to a Tweet.
pub const MEDIA_LIFE_SECONDS: i64 = 86_400;
/// Other users who may attach a media, at most.
pub const ADDITIONAL_OWNERS_MAX: usize = 100;

/// The most bytes that a media of this category and kind may have. A GIF has 15 MiB only if the
/// client said that it is animated by its category.
pub fn max_bytes(category: Option<Category>, kind: Kind) -> u64 {
    match category.map_or(kind, Category::kind) {
        Kind::Image => IMAGE_MAX_BYTES,
        Kind::AnimatedGif if category.is_none() => IMAGE_MAX_BYTES,
        Kind::AnimatedGif => GIF_MAX_BYTES,
        Kind::Video => VIDEO_MAX_BYTES,
        Kind::Subtitles => SUBTITLES_MAX_BYTES,
    }
}

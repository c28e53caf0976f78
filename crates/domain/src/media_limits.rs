//! Limits of media. Sources: the documented media best practices, and recorded errors.

use crate::category::{Category, Kind};

/// 5 MiB: the largest image.
pub const IMAGE_MAX_BYTES: u64 = 5_242_880;
/// 15 MiB: the largest animated GIF that is declared as one by its category.
pub const GIF_MAX_BYTES: u64 = 15_728_640;
/// 512 MiB: the largest video.
pub const VIDEO_MAX_BYTES: u64 = 536_870_912;
/// 1 MiB: the largest subtitle file (our choice; no source gives a figure).
pub const SUBTITLES_MAX_BYTES: u64 = 1_048_576;
/// 5 MiB: the largest segment of a chunked upload.
pub const SEGMENT_MAX_BYTES: u64 = 5_242_880;
/// The most uploads of a user that are begun and not finalized (our choice, as the next one is).
pub const UNFINISHED_UPLOADS_MAX: i64 = 1000;
/// The most videos and animated GIFs of a user that wait or are processed.
pub const UNPROCESSED_VIDEOS_MAX: i64 = 100;
/// The highest segment index, counted from 0.
pub const SEGMENT_INDEX_MAX: u32 = 999;
/// The fewest pixels on each side of an image in a Tweet.
pub const TWEET_SIDE_MIN: u32 = 4;
/// The most pixels on each side of an image in a Tweet.
pub const TWEET_SIDE_MAX: u32 = 8192;
/// The longest video in a Tweet that was uploaded with a category, in milliseconds.
pub const VIDEO_MAX_MS: u64 = 140_000;
/// The longest video in a Tweet that was uploaded without a category, in milliseconds.
pub const VIDEO_WITHOUT_CATEGORY_MAX_MS: u64 = 30_000;
/// Seconds until an upload expires that is not attached to a Tweet.
pub const MEDIA_LIFE_SECONDS: i64 = 86_400;
/// Maximum number of additional owners of a media.
pub const ADDITIONAL_OWNERS_MAX: usize = 100;

/// The largest media of this category and kind, in bytes. A GIF may have 15 MiB only if its category
/// declares it as animated.
pub fn max_bytes(category: Option<Category>, kind: Kind) -> u64 {
    match category.map_or(kind, Category::kind) {
        Kind::Image => IMAGE_MAX_BYTES,
        Kind::AnimatedGif if category.is_none() => IMAGE_MAX_BYTES,
        Kind::AnimatedGif => GIF_MAX_BYTES,
        Kind::Video => VIDEO_MAX_BYTES,
        Kind::Subtitles => SUBTITLES_MAX_BYTES,
    }
}

//! What a delivery URL requests, and the file that answers it.

use crate::image_size::ImageSize;
use crate::media::Media;
use crate::time::Timestamp;

/// The longest key that stands in a delivery URL, in bytes.
pub const PUBLIC_KEY_MAX: usize = 32;
/// The longest language code, in bytes (BCP 47).
pub const LANGUAGE_MAX: usize = 35;

/// Pixels across and down.
pub type Size = (u32, u32);

/// A file of a media.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileRequest {
    /// An image, or the poster of a video.
    Image {
        /// In this size.
        size: ImageSize,
        /// In this format; `None` for the usual one.
        mime: Option<&'static str>,
        /// Whether WebP may be served where no format is requested.
        accepts_webp: bool,
    },
    /// A rendition of a video; `None` for the one in its own size.
    Video(Option<Size>),
    /// The playlist of one rendition.
    Playlist(Size),
    /// The fragments that such a playlist names.
    Fragments(Size),
    /// Subtitles in a language.
    Subtitles(String),
}

/// A file to deliver.
#[derive(Clone, Debug)]
pub struct Deliverable {
    /// Name of the blob.
    pub blob: String,
    /// Content type.
    pub mime: String,
    /// Pixels across and down; 0 where they do not matter.
    pub size: Size,
    /// Identifies this file among all that this media ever has.
    pub tag: String,
}

/// A file with the media that it belongs to.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The media.
    pub media: Media,
    /// The file.
    pub file: Deliverable,
    /// When both were looked up.
    pub since: Timestamp,
}

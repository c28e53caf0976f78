//! The file that a delivery URL requests, and the file that is delivered. Who may read it:
//! `media_permission`.

use crate::description::LocalizedDescription;
use crate::image_size::ImageSize;
use crate::media::Media;
use crate::time::Timestamp;

/// The longest public key in a delivery URL, in bytes.
pub const PUBLIC_KEY_MAX: usize = 32;
/// The longest language code, in bytes (BCP 47).
pub const LANGUAGE_MAX: usize = 35;

/// Width and height in pixels.
pub type Size = (u32, u32);

/// A requested file of a media.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FileRequest {
    /// An image, or the poster of a video.
    Image {
        /// Its size.
        size: ImageSize,
        /// Its content type; `None` for the default one.
        mime: Option<&'static str>,
        /// Whether WebP may be served if no content type is requested.
        accepts_webp: bool,
    },
    /// A rendition of a video; `None` for the one in its own size.
    Video(Option<Size>),
    /// The playlist of one rendition.
    Playlist(Size),
    /// The fragments that such a playlist refers to.
    Fragments(Size),
    /// Subtitles in a language.
    Subtitles(String),
}

/// A file to deliver.
#[derive(Clone, Debug)]
pub struct Deliverable {
    /// Name of the blob.
    pub blob: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// Content type.
    pub mime: String,
    /// Width and height in pixels; 0 if irrelevant.
    pub size: Size,
    /// Identifies this file and version among all of this media, for an ETag.
    pub tag: String,
}

/// A file with the media that it belongs to.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The media.
    pub media: Media,
    /// The file.
    pub file: Deliverable,
    /// The descriptions to embed in the file.
    pub embedded: Vec<LocalizedDescription>,
    /// When all of it was read from the catalog.
    pub since: Timestamp,
}

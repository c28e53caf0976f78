//! Whether a picture is whole, told without decoding its pixels.
//!
//! The bytes are hostile until proven otherwise: everything here is safe Rust, reads the file
//! once in pieces, and counts pixels, frames and scans from headers before it reads on. Each
//! format's own checksums, lengths and end marks must agree.

mod gif;
mod jpeg;
mod metadata;
mod png;
mod source;
mod webp;

use crate::sniff::{self, Format};
pub use metadata::{Edit, Metadata, Orientation};
use source::Source;
use std::io::{self, Read, Seek, SeekFrom};

/// What a look at a whole picture told.
#[derive(Debug)]
pub struct Inspected {
    /// What it is.
    pub facts: ImageFacts,
    /// What stands beside its pixels.
    pub metadata: Metadata,
}

/// What a picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// Its format.
    pub format: Format,
    /// Pixels across, as stored (before any orientation is applied).
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Frames; 1 for a still picture.
    pub frames: u32,
    /// Whether a WebP says that it has transparency; other formats are not asked.
    pub has_alpha: bool,
    /// How long a GIF's frames are shown in all, in milliseconds; 0 for other formats.
    pub duration_ms: u64,
}

/// What we are willing to look at.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Pixels of one frame.
    pub max_pixels: u64,
    /// Pixels of all frames together.
    pub max_total_pixels: u64,
    /// Frames.
    pub max_frames: u32,
    /// Scans of a progressive JPEG.
    pub max_scans: u32,
}

impl Default for Limits {
    /// A picture of 16384x8192, or a long animation of 1280x1080.
    fn default() -> Self {
        Self {
            max_pixels: 1 << 27,
            max_total_pixels: 2_000_000_000,
            max_frames: 5000,
            max_scans: 64,
        }
    }
}

/// Why a picture is refused.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// The first bytes are of no picture that we know.
    #[error("the format is unknown")]
    UnknownFormat,
    /// It ends too early.
    #[error("it ends too early")]
    Truncated,
    /// Something in it is wrong.
    #[error("{0}")]
    Corrupt(&'static str),
    /// It would cost too much.
    #[error("it has {got} {what}, at most {limit} are allowed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// How much is allowed.
        limit: u64,
        /// How much there is.
        got: u64,
    },
    /// The file cannot be read.
    #[error("it cannot be read: {0}")]
    Io(#[source] io::Error),
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Truncated } else { Self::Io(error) }
    }
}

/// Reads a whole picture and tells what it is. Memory does not grow with its size.
pub fn inspect_image(
    file: &mut (impl Read + Seek),
    limits: &Limits,
) -> Result<Inspected, Unreadable> {
    let length = file.seek(SeekFrom::End(0))?;
    file.seek(SeekFrom::Start(0))?;
    let mut source = Source::new(file, length);
    let mut metadata = Metadata::default();
    let format = sniff::sniff(source.peek()?).ok_or(Unreadable::UnknownFormat)?;
    let facts = match format {
        Format::Jpeg => jpeg::inspect(&mut source, limits, &mut metadata),
        Format::Png => png::inspect(&mut source, limits, &mut metadata),
        Format::Gif => gif::inspect(&mut source, limits, &mut metadata),
        Format::WebP => webp::inspect(&mut source, limits, &mut metadata),
        _ => Err(Unreadable::UnknownFormat),
    }?;
    // What follows the end of a picture is no part of it: films of phones, archives, scripts.
    metadata.cut(source.position()..length)?;
    Ok(Inspected { facts, metadata })
}

impl Limits {
    fn check_frame(&self, width: u32, height: u32) -> Result<u64, Unreadable> {
        if width == 0 || height == 0 {
            return Err(Unreadable::Corrupt("it has no pixels"));
        }
        let pixels = u64::from(width) * u64::from(height);
        at_most("pixels", self.max_pixels, pixels)?;
        Ok(pixels)
    }

    fn check_frames(&self, frames: u32, total_pixels: u64) -> Result<(), Unreadable> {
        at_most("frames", self.max_frames.into(), frames.into())?;
        at_most("pixels in all frames", self.max_total_pixels, total_pixels)
    }
}

fn at_most(what: &'static str, limit: u64, got: u64) -> Result<(), Unreadable> {
    if got > limit { Err(Unreadable::TooLarge { what, limit, got }) } else { Ok(()) }
}

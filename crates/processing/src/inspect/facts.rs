//! What an inspection finds out about an image.

/// Size, frames and transparency of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// Pixels across, as stored (before any orientation is applied).
    pub width: u32,
    /// Pixels down, as stored.
    pub height: u32,
    /// Number of frames; 1 for a still image.
    pub frames: u32,
    /// Whether a WebP declares transparency; always `false` for other formats.
    pub has_alpha: bool,
    /// Total display time of a GIF's frames in milliseconds; 0 for other formats.
    pub duration_ms: u64,
}

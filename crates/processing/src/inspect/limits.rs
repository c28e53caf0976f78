//! How large an image may be.

use super::unreadable::Unreadable;

/// The largest image that is inspected to its end.
#[derive(Clone, Copy, Debug)]
pub struct ImageLimits {
    /// Pixels of one frame.
    pub max_pixels: u64,
    /// Pixels of all frames together.
    pub max_total_pixels: u64,
    /// Number of frames.
    pub max_frames: u32,
    /// Scans of a progressive JPEG.
    pub max_scans: u32,
}

impl Default for ImageLimits {
    /// An image of 16384x8192 pixels, or a long animation of 1280x1080.
    fn default() -> Self {
        Self {
            max_pixels: 1 << 27,
            max_total_pixels: 2_000_000_000,
            max_frames: 5000,
            max_scans: 64,
        }
    }
}

impl ImageLimits {
    /// Validates the size of one frame; the number of its pixels.
    pub(super) fn validate_frame(&self, width: u32, height: u32) -> Result<u64, Unreadable> {
        if width == 0 || height == 0 {
            return Err(Unreadable::Corrupt("it has no pixels"));
        }
        let pixels = u64::from(width) * u64::from(height);
        at_most("pixels", self.max_pixels, pixels)?;
        Ok(pixels)
    }

    /// Validates the number of frames and the number of pixels in all of them.
    pub(super) fn validate_frames(&self, frames: u32, total_pixels: u64) -> Result<(), Unreadable> {
        at_most("frames", self.max_frames.into(), frames.into())?;
        at_most("pixels in all frames", self.max_total_pixels, total_pixels)
    }
}

/// Refuses more than `limit` of something; `what` names it in the plural.
pub(super) fn at_most(what: &'static str, limit: u64, actual: u64) -> Result<(), Unreadable> {
    if actual > limit { Err(Unreadable::TooLarge { what, limit, actual }) } else { Ok(()) }
}

//! The sizes in which images are served, by their names in URLs. Sources: the `sizes` of recorded
//! Tweets, and measured responses of the image host.

/// A named size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageSize {
    /// 150x150, cropped evenly on both sides.
    Thumb,
    /// Fits 680 pixels.
    Small,
    /// Fits 1200 pixels; the default.
    Medium,
    /// Fits 2048 pixels.
    Large,
    /// Fits 4096 pixels.
    Max4096,
    /// The original, without metadata, never encoded again.
    Original,
}

impl ImageSize {
    /// The sizes listed in a Tweet's `sizes`, as recorded.
    pub const LISTED: [Self; 4] = [Self::Thumb, Self::Small, Self::Medium, Self::Large];

    /// The name in URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thumb => "thumb",
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
            Self::Max4096 => "4096x4096",
            Self::Original => "orig",
        }
    }

    /// Parses [`ImageSize::name`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Thumb, Self::Small, Self::Medium, Self::Large, Self::Max4096, Self::Original]
            .into_iter()
            .find(|size| size.name() == name)
    }

    /// Whether the image is cropped to fill the size.
    pub fn is_crop(self) -> bool {
        self == Self::Thumb
    }

    /// Width and height of an image of `full` pixels in this size; never enlarged.
    pub fn dimensions(self, full: (u32, u32)) -> (u32, u32) {
        match self {
            Self::Thumb => (full.0.clamp(1, 150), full.1.clamp(1, 150)),
            Self::Small => fit_inside(full, 680),
            Self::Medium => fit_inside(full, 1200),
            Self::Large => fit_inside(full, 2048),
            Self::Max4096 => fit_inside(full, 4096),
            Self::Original => full,
        }
    }
}

/// Width and height of an image scaled to fit a square of `side` pixels: never enlarged, the longer
/// side exact, the other rounded to the nearest pixel (recorded).
pub fn fit_inside((width, height): (u32, u32), side: u32) -> (u32, u32) {
    let (width, height) = (width.max(1), height.max(1));
    let longest = width.max(height);
    if longest <= side {
        return (width, height);
    }
    let scale = |pixels: u32| {
        let scaled = (u64::from(pixels) * u64::from(side) * 2 + u64::from(longest))
            / (u64::from(longest) * 2);
        u32::try_from(scaled).unwrap_or(side).clamp(1, side)
    };
    (scale(width), scale(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Recorded: an image of 2818x1890 pixels.
    #[test]
    fn sizes_are_rounded_as_recorded() {
        let full = (2818, 1890);
        assert_eq!(ImageSize::Thumb.dimensions(full), (150, 150));
        assert_eq!(ImageSize::Small.dimensions(full), (680, 456));
        assert_eq!(ImageSize::Medium.dimensions(full), (1200, 805));
        assert_eq!(ImageSize::Large.dimensions(full), (2048, 1374));
        assert_eq!(ImageSize::Max4096.dimensions(full), full);
    }

    #[test]
    fn an_image_is_never_enlarged_and_no_side_becomes_zero() {
        assert_eq!(ImageSize::Small.dimensions((100, 50)), (100, 50));
        assert_eq!(ImageSize::Thumb.dimensions((100, 50)), (100, 50));
        assert_eq!(fit_inside((8192, 4), 150), (150, 1));
        assert_eq!(ImageSize::parse("4096x4096"), Some(ImageSize::Max4096));
        assert_eq!(ImageSize::parse("huge"), None);
    }
}

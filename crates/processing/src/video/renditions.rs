//! The smaller renditions of a video.

/// A version of a video in a certain size and bit rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rendition {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Bits per second of the video stream.
    pub bitrate: u64,
}

/// The shorter sides and bit rates of the real service's renditions.
const LADDER: [(u32, u64); 3] = [(270, 288_000), (360, 832_000), (720, 2_176_000)];

/// The renditions of a video below its own size, largest first.
pub fn ladder(width: u32, height: u32) -> Vec<Rendition> {
    let (short, long) = (width.min(height).max(1), width.max(height));
    let even = |pixels: u64| u32::try_from(pixels.next_multiple_of(2)).unwrap_or(u32::MAX).max(2);
    let rendition = |(side, bitrate): &(u32, u64)| {
        let longer = even(u64::from(long) * u64::from(*side) / u64::from(short));
        let (width, height) = if width < height { (*side, longer) } else { (longer, *side) };
        Rendition { width, height, bitrate: *bitrate }
    };
    LADDER.iter().rev().filter(|(side, _)| *side < short).map(rendition).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn renditions_are_smaller_than_the_video() {
        let sides = |w, h| ladder(w, h).iter().map(|r| (r.width, r.height)).collect::<Vec<_>>();
        assert_eq!(sides(1280, 720), [(640, 360), (480, 270)]);
        assert_eq!(sides(1080, 1920), [(720, 1280), (360, 640), (270, 480)]);
        assert_eq!(sides(320, 240), []);
        assert_eq!(sides(640, 361), [(638, 360), (478, 270)]);
    }
}

//! Which videos and animated GIFs a Tweet may contain. The limits are those of the documented best
//! practices, the wording of the messages is that of recorded refusals.

use super::facts::VideoFacts;
use crate::inspect::facts::ImageFacts;

/// The shortest duration, in milliseconds.
const SHORTEST_MS: u64 = 500;
/// The longest duration, in milliseconds.
pub(super) const LONGEST_MS: u64 = 140_000;
/// Pixels of a side, smallest and largest. Documented is 1280x1024; the real service accepted
/// videos of 1920x1200 all the same, so they are accepted here.
const SIDE: (u32, u32) = (32, 1920);
/// Frames per 1000 seconds, at most: 60 a second, and a little for rounding.
const MAX_FRAME_RATE_MILLIHERTZ: u64 = 60_100;

/// Pixels of the longer and the shorter side of an animated GIF, at most.
const GIF_SIDES: (u32, u32) = (1280, 1080);
/// Its frames, at most.
const GIF_FRAMES: u32 = 350;
/// Pixels of all its frames, at most.
const GIF_PIXELS: u64 = 300_000_000;

/// The kind of a refusal, with the recorded code and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// The file is not a readable video.
    InvalidMedia,
    /// It is a video, but not one that a Tweet may contain.
    UnsupportedMedia,
}

impl RefusalKind {
    /// 1 or 3.
    pub fn code(self) -> i64 {
        match self {
            Self::InvalidMedia => 1,
            Self::UnsupportedMedia => 3,
        }
    }

    /// `InvalidMedia` or `UnsupportedMedia`.
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidMedia => "InvalidMedia",
            Self::UnsupportedMedia => "UnsupportedMedia",
        }
    }
}

/// Why a video is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The kind, which has a code and a name.
    pub kind: RefusalKind,
    /// What is wrong, with the actual and the allowed value.
    pub message: String,
}

impl Refusal {
    /// The file is not a readable video.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { kind: RefusalKind::InvalidMedia, message: message.into() }
    }

    /// It is a video, but not one that a Tweet may contain.
    fn unsupported(message: String) -> Self {
        Self { kind: RefusalKind::UnsupportedMedia, message }
    }
}

/// Validates that a Tweet may contain the video.
pub fn validate(facts: &VideoFacts) -> Result<(), Refusal> {
    if facts.duration_ms < SHORTEST_MS {
        let (actual, min) = (duration(facts.duration_ms), duration(SHORTEST_MS));
        return Err(Refusal::unsupported(format!(
            "Duration {actual} is below min duration of {min}"
        )));
    }
    validate_longest(facts.duration_ms)?;
    let (w, h) = (facts.width, facts.height);
    let (smallest, largest) = SIDE;
    if w.min(h) < smallest || w.max(h) > largest {
        let text = format!(
            "Dimensions {w}x{h} are not within {smallest}x{smallest} and {largest}x{largest}"
        );
        return Err(Refusal::unsupported(text));
    }
    if w.max(h) > 3 * w.min(h) {
        return Err(Refusal::unsupported(format!(
            "Aspect ratio {w}:{h} is not within 1:3 and 3:1"
        )));
    }
    if facts.frame_rate_millihertz > MAX_FRAME_RATE_MILLIHERTZ {
        let actual = facts.frame_rate_millihertz / 1000;
        return Err(Refusal::unsupported(format!(
            "Frame rate {actual} exceeds max frame rate of 60"
        )));
    }
    validate_codecs(facts)
}

/// Validates that this many milliseconds are not too long: what headers promise, and later what the
/// streams turn out to have.
pub(super) fn validate_longest(duration_ms: u64) -> Result<(), Refusal> {
    if duration_ms <= LONGEST_MS {
        return Ok(());
    }
    let (actual, max) = (duration(duration_ms), duration(LONGEST_MS));
    Err(Refusal::unsupported(format!("Duration {actual} exceeds max duration of {max}")))
}

/// Validates that a Tweet may contain the animated GIF (documented: 1280x1080, 350 frames, 300
/// million pixels in all).
pub fn validate_gif(facts: &ImageFacts) -> Result<(), Refusal> {
    let (w, h, frames) = (facts.width, facts.height, facts.frames);
    if w.max(h) > GIF_SIDES.0 || w.min(h) > GIF_SIDES.1 {
        let (max_w, max_h) = GIF_SIDES;
        let text = format!("Dimensions {w}x{h} are not within {max_w}x{max_h}");
        return Err(Refusal::unsupported(text));
    }
    if frames > GIF_FRAMES {
        let text = format!("Number of frames {frames} exceeds max of {GIF_FRAMES}");
        return Err(Refusal::unsupported(text));
    }
    let pixels = u64::from(w) * u64::from(h) * u64::from(frames);
    if pixels > GIF_PIXELS {
        let text = format!("Number of pixels in all frames {pixels} exceeds max of {GIF_PIXELS}");
        return Err(Refusal::unsupported(text));
    }
    Ok(())
}

fn validate_codecs(facts: &VideoFacts) -> Result<(), Refusal> {
    if facts.video_codec != "h264" {
        let actual = &facts.video_codec;
        return Err(Refusal::invalid(format!("Unsupported video format: {actual}, must be h264")));
    }
    if !matches!(facts.pixel_format.as_str(), "yuv420p" | "yuvj420p") {
        let actual = &facts.pixel_format;
        return Err(Refusal::invalid(format!(
            "Unsupported pixel format: {actual}, must be yuv420p"
        )));
    }
    if !matches!(facts.pixel_aspect.as_str(), "" | "1:1") {
        let actual = &facts.pixel_aspect;
        return Err(Refusal::unsupported(format!("Pixel aspect ratio {actual}, must be 1:1")));
    }
    if facts.is_interlaced {
        return Err(Refusal::unsupported("Scan type interlaced, must be progressive".to_owned()));
    }
    validate_audio(facts)
}

fn validate_audio(facts: &VideoFacts) -> Result<(), Refusal> {
    let Some(codec) = facts.audio_codec.as_deref() else { return Ok(()) };
    if codec != "aac" {
        let text = format!("Unsupported audio format: {codec}, must be aac");
        return Err(Refusal::invalid(text));
    }
    if !matches!(facts.audio_profile.as_str(), "" | "LC") {
        let actual = &facts.audio_profile;
        return Err(Refusal::invalid(format!("Unsupported audio profile: {actual}, must be LC")));
    }
    if facts.audio_channels > 2 {
        let actual = facts.audio_channels;
        return Err(Refusal::unsupported(format!(
            "Number of audio channels {actual} exceeds max of 2"
        )));
    }
    Ok(())
}

/// `2.minutes+29.seconds+350.milliseconds`, as the real service spells it.
fn duration(milliseconds: u64) -> String {
    let parts = [
        (milliseconds / 60_000, "minutes"),
        (milliseconds / 1000 % 60, "seconds"),
        (milliseconds % 1000, "milliseconds"),
    ];
    let some: Vec<String> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}.{unit}")).collect();
    if some.is_empty() { "0.milliseconds".to_owned() } else { some.join("+") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn video() -> VideoFacts {
        VideoFacts {
            width: 1280,
            height: 720,
            duration_ms: 12_000,
            video_codec: "h264".into(),
            pixel_format: "yuv420p".into(),
            frame_rate_millihertz: 29_970,
            audio_codec: Some("aac".into()),
            ..VideoFacts::default()
        }
    }

    #[test]
    fn a_refusal_names_the_actual_and_the_allowed_value() {
        assert_eq!(validate(&video()), Ok(()));
        let long = VideoFacts { duration_ms: 149_350, ..video() };
        let refusal = validate(&long).unwrap_err();
        assert_eq!((refusal.kind.code(), refusal.kind.name()), (3, "UnsupportedMedia"));
        // Recorded, word for word.
        let recorded = "Duration 2.minutes+29.seconds+350.milliseconds exceeds max duration of \
                        2.minutes+20.seconds";
        assert_eq!(refusal.message, recorded);
        let vp9 = validate(&VideoFacts { video_codec: "vp9".into(), ..video() }).unwrap_err();
        assert_eq!((vp9.kind.code(), vp9.kind.name()), (1, "InvalidMedia"));
        let narrow = VideoFacts { width: 100, height: 720, ..video() };
        assert!(validate(&narrow).unwrap_err().message.contains("100:720"));
        let wide = VideoFacts { pixel_aspect: "4:3".into(), ..video() };
        assert_eq!(validate(&wide).unwrap_err().message, "Pixel aspect ratio 4:3, must be 1:1");
        let interlaced = VideoFacts { is_interlaced: true, ..video() };
        assert!(validate(&interlaced).unwrap_err().message.contains("interlaced"));
        let surround = VideoFacts { audio_channels: 6, ..video() };
        assert!(validate(&surround).unwrap_err().message.contains("channels 6 exceeds max of 2"));
        let other = VideoFacts { audio_profile: "HE-AAC".into(), ..video() };
        assert!(validate(&other).unwrap_err().message.contains("HE-AAC, must be LC"));
    }
}

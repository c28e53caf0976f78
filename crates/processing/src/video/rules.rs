//! What a film in a Tweet must be. Figures: the documented best practices; the form of the
//! messages: recorded refusals.

use super::VideoFacts;
use crate::inspect::ImageFacts;

/// Milliseconds, shortest and longest.
const DURATION_MS: (u64, u64) = (500, 140_000);
/// Pixels of a side, smallest and largest. Documented is 1280x1024; films of 1920x1200 were
/// taken all the same, so those pass too.
const SIDE: (u32, u32) = (32, 1920);
/// Pictures a second, at most, in thousandths: 60, and a little for rounding.
const MAX_MILLIHERTZ: u64 = 60_100;

/// Pixels of the longer and the shorter side of an animated GIF, at most.
const GIF_SIDES: (u32, u32) = (1280, 1080);
/// Its frames, at most.
const GIF_FRAMES: u32 = 350;
/// Pixels of all its frames, at most.
const GIF_PIXELS: u64 = 300_000_000;

/// Why a film is refused: the recorded code and name, and a message with the actual and the
/// allowed value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// 1 or 3.
    pub code: i64,
    /// `InvalidMedia` or `UnsupportedMedia`.
    pub name: &'static str,
    /// What is wrong.
    pub message: String,
}

impl Refusal {
    /// The file is no film.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self { code: 1, name: "InvalidMedia", message: message.into() }
    }

    /// It is a film, but not one that a Tweet may carry.
    fn unsupported(message: String) -> Self {
        Self { code: 3, name: "UnsupportedMedia", message }
    }
}

/// Whether a Tweet may carry the film.
pub fn check(facts: &VideoFacts) -> Result<(), Refusal> {
    let (shortest, longest) = DURATION_MS;
    if facts.duration_ms < shortest {
        let (got, least) = (spelled(facts.duration_ms), spelled(shortest));
        return Err(Refusal::unsupported(format!(
            "Duration {got} is below min duration of {least}"
        )));
    }
    if facts.duration_ms > longest {
        let (got, most) = (spelled(facts.duration_ms), spelled(longest));
        return Err(Refusal::unsupported(format!("Duration {got} exceeds max duration of {most}")));
    }
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
    if facts.millihertz > MAX_MILLIHERTZ {
        let got = facts.millihertz / 1000;
        return Err(Refusal::unsupported(format!("Frame rate {got} exceeds max frame rate of 60")));
    }
    check_codecs(facts)
}

/// Whether a Tweet may carry the animated GIF (documented: 1280x1080, 350 frames, 300 million
/// pixels in all).
pub fn check_gif(facts: &ImageFacts) -> Result<(), Refusal> {
    let (w, h, frames) = (facts.width, facts.height, facts.frames);
    if w.max(h) > GIF_SIDES.0 || w.min(h) > GIF_SIDES.1 {
        let (most_w, most_h) = GIF_SIDES;
        let text = format!("Dimensions {w}x{h} are not within {most_w}x{most_h}");
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

fn check_codecs(facts: &VideoFacts) -> Result<(), Refusal> {
    if facts.video_codec != "h264" {
        let got = &facts.video_codec;
        return Err(Refusal::invalid(format!("Unsupported video format: {got}, must be h264")));
    }
    if !matches!(facts.pixel_format.as_str(), "yuv420p" | "yuvj420p") {
        let got = &facts.pixel_format;
        return Err(Refusal::invalid(format!("Unsupported pixel format: {got}, must be yuv420p")));
    }
    if !matches!(facts.pixel_aspect.as_str(), "" | "1:1") {
        let got = &facts.pixel_aspect;
        return Err(Refusal::unsupported(format!("Pixel aspect ratio {got}, must be 1:1")));
    }
    if facts.is_interlaced {
        return Err(Refusal::unsupported("Scan type interlaced, must be progressive".to_owned()));
    }
    check_sound(facts)
}

fn check_sound(facts: &VideoFacts) -> Result<(), Refusal> {
    let Some(codec) = facts.audio_codec.as_deref() else { return Ok(()) };
    if codec != "aac" {
        let text = format!("Unsupported audio format: {codec}, must be aac");
        return Err(Refusal::invalid(text));
    }
    if !matches!(facts.audio_profile.as_str(), "" | "LC") {
        let got = &facts.audio_profile;
        return Err(Refusal::invalid(format!("Unsupported audio profile: {got}, must be LC")));
    }
    if facts.audio_channels > 2 {
        let got = facts.audio_channels;
        return Err(Refusal::unsupported(format!(
            "Number of audio channels {got} exceeds max of 2"
        )));
    }
    Ok(())
}

/// `2.minutes+29.seconds+350.milliseconds`, as the real service spells it.
fn spelled(milliseconds: u64) -> String {
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

    fn film() -> VideoFacts {
        VideoFacts {
            width: 1280,
            height: 720,
            duration_ms: 12_000,
            video_codec: "h264".into(),
            pixel_format: "yuv420p".into(),
            millihertz: 29_970,
            audio_codec: Some("aac".into()),
            ..VideoFacts::default()
        }
    }

    #[test]
    fn a_refusal_names_the_actual_and_the_allowed_value() {
        assert_eq!(check(&film()), Ok(()));
        let long = VideoFacts { duration_ms: 149_350, ..film() };
        let refusal = check(&long).unwrap_err();
        assert_eq!((refusal.code, refusal.name), (3, "UnsupportedMedia"));
        // Recorded, word for word.
        let recorded = "Duration 2.minutes+29.seconds+350.milliseconds exceeds max duration of \
                        2.minutes+20.seconds";
        assert_eq!(refusal.message, recorded);
        let vp9 = check(&VideoFacts { video_codec: "vp9".into(), ..film() }).unwrap_err();
        assert_eq!((vp9.code, vp9.name), (1, "InvalidMedia"));
        let narrow = VideoFacts { width: 100, height: 720, ..film() };
        assert!(check(&narrow).unwrap_err().message.contains("100:720"));
        let wide = VideoFacts { pixel_aspect: "4:3".into(), ..film() };
        assert_eq!(check(&wide).unwrap_err().message, "Pixel aspect ratio 4:3, must be 1:1");
        let halves = VideoFacts { is_interlaced: true, ..film() };
        assert!(check(&halves).unwrap_err().message.contains("interlaced"));
        let surround = VideoFacts { audio_channels: 6, ..film() };
        assert!(check(&surround).unwrap_err().message.contains("channels 6 exceeds max of 2"));
        let other = VideoFacts { audio_profile: "HE-AAC".into(), ..film() };
        assert!(check(&other).unwrap_err().message.contains("HE-AAC, must be LC"));
    }
}

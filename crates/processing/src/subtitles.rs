//! Subtitles: SubRip and WebVTT are read, WebVTT is written. The output holds only cues: no styles,
//! no notes, no markup but italics, bold and underline.

use std::fmt::Write;

/// Cues of one file; a video of 140 seconds needs a few dozen.
const CUES_MAX: usize = 10_000;
/// Bytes of the text of one cue; what is on the screen at once has a few hundred.
const CUE_BYTES_MAX: usize = 10_000;
/// Bytes of the texts and settings of all cues: escaped ampersands are five times as long, and the
/// WebVTT may not be longer than an upload can be.
const TEXTS_BYTES_MAX: usize = 1 << 20;

const HOUR: u64 = 3_600_000;

/// A text and when it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cue {
    /// When it appears, in milliseconds from the start of the video.
    pub start_ms: u64,
    /// When it disappears, in milliseconds.
    pub end_ms: u64,
    /// WebVTT settings, such as `line:0`; empty for SubRip.
    pub settings: String,
    /// The text, lines separated by line feeds.
    pub text: String,
}

/// Reads a file in UTF-8; the error describes what is wrong, and in which line.
pub fn parse(bytes: &[u8]) -> Result<Vec<Cue>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // WebVTT ends a line at a lone carriage return too.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let is_webvtt = text.starts_with("WEBVTT");
    let mut lines = text.lines().map(str::trim_end).enumerate().peekable();
    let (mut cues, mut texts_bytes) = (Vec::new(), 0);
    while let Some((number, line)) = lines.next() {
        let Some((start, rest)) = line.split_once("-->") else { continue };
        let (end, settings) =
            rest.trim().split_once(char::is_whitespace).unwrap_or((rest.trim(), ""));
        let wrong = |what: &str| format!("line {}: {what}", number + 1);
        let (Some(start_ms), Some(end_ms)) = (milliseconds(start.trim()), milliseconds(end)) else {
            return Err(wrong("a time is not written as 00:00:01,000 or 00:00:01.000"));
        };
        if end_ms < start_ms {
            return Err(wrong("it ends before it starts"));
        }
        let mut text_lines = Vec::new();
        while let Some((_, line)) = lines.next_if(|(_, line)| !line.is_empty()) {
            text_lines.push(line);
        }
        if cues.len() == CUES_MAX {
            return Err(wrong("there are too many cues"));
        }
        let settings = if is_webvtt { safe_settings(settings) } else { String::new() };
        let text = without_blank_lines(&safe_text(&text_lines.join("\n"), is_webvtt));
        texts_bytes += settings.len() + text.len();
        if text.len() > CUE_BYTES_MAX {
            return Err(wrong("the text of the cue is too long"));
        }
        if texts_bytes > TEXTS_BYTES_MAX {
            return Err(wrong("the cues have too much text together"));
        }
        cues.push(Cue { start_ms, end_ms, settings, text });
    }
    if cues.is_empty() { Err("it has no cue".to_owned()) } else { Ok(cues) }
}

/// `00:00:01,000`, `00:00:01.000` or `00:01.000` in milliseconds, below 1000 hours.
fn milliseconds(text: &str) -> Option<u64> {
    let (clock, fraction) = text.split_once([',', '.'])?;
    if fraction.len() != 3 {
        return None;
    }
    let mut seconds = 0_u64;
    let parts: Vec<&str> = clock.split(':').collect();
    if !(2..=3).contains(&parts.len()) {
        return None;
    }
    for part in parts {
        seconds = seconds * 60 + digits(part).filter(|value| *value < 1000)?;
    }
    Some(seconds * 1000 + digits(fraction)?).filter(|time| *time < 1000 * HOUR)
}

/// A number without the sign that `parse` would accept.
fn digits(text: &str) -> Option<u64> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Keeps known settings that consist of names, colons and numbers, and drops everything else.
fn safe_settings(text: &str) -> String {
    let is_safe = |word: &&str| {
        let known = ["vertical:", "line:", "position:", "size:", "align:"];
        known.iter().any(|name| word.starts_with(name))
            && word.chars().all(|c| c.is_ascii_alphanumeric() || ":%,-.".contains(c))
    };
    text.split_whitespace().filter(is_safe).collect::<Vec<_>>().join(" ")
}

/// Keeps `<i>`, `<b>` and `<u>`, drops other tags, and escapes the rest.
fn safe_text(text: &str, is_webvtt: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&', '>']) {
        out.push_str(&rest[..at]);
        let from = &rest[at..];
        let mut used = 1;
        match from.as_bytes()[0] {
            b'<' => {
                let Some(end) = from.find('>') else {
                    // Nor does any later tag end, and each would be searched to the end again.
                    out.push_str(&without_tags(from, is_webvtt));
                    return out;
                };
                let tag = from[..=end].to_ascii_lowercase();
                if ["<i>", "</i>", "<b>", "</b>", "<u>", "</u>"].contains(&tag.as_str()) {
                    out.push_str(&tag);
                }
                used = end + 1;
            }
            b'&' => out.push_str(ampersand(is_webvtt)),
            _ => out.push_str("&gt;"),
        }
        rest = &from[used..];
    }
    out.push_str(rest);
    out
}

/// Escapes text in which nothing is a tag, because it has no `>`.
fn without_tags(text: &str, is_webvtt: bool) -> String {
    text.replace('&', ampersand(is_webvtt)).replace('<', "&lt;")
}

/// WebVTT has character references already; SubRip has plain ampersands.
fn ampersand(is_webvtt: bool) -> &'static str {
    if is_webvtt { "&" } else { "&amp;" }
}

/// A removed tag can turn a line blank, and a blank line would end the cue there.
fn without_blank_lines(text: &str) -> String {
    let lines = text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// The cues as a WebVTT file.
pub fn to_webvtt(cues: &[Cue]) -> String {
    let mut out = "WEBVTT\n".to_owned();
    for cue in cues {
        let (start, end) = (timestamp(cue.start_ms), timestamp(cue.end_ms));
        let space = if cue.settings.is_empty() { "" } else { " " };
        // Writing to a string cannot fail.
        let _written = write!(out, "\n{start} --> {end}{space}{}\n{}\n", cue.settings, cue.text);
    }
    out
}

/// `00:00:01.000`.
fn timestamp(milliseconds: u64) -> String {
    let (seconds, rest) = (milliseconds / 1000, milliseconds % 1000);
    format!("{:02}:{:02}:{:02}.{rest:03}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subrip_becomes_webvtt() {
        let srt = "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500\r\n<font color=red>Tom & <I>Jerry</I>\r\n\
                   a < b\r\n\r\n2\r\n00:01:00,000 --> 01:00:00,000\r\n\u{1F426}\r\n";
        let text = to_webvtt(&parse(srt.as_bytes()).unwrap());
        assert_eq!(
            text,
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nTom &amp; <i>Jerry</i>\na &lt; b\n\n\
             00:01:00.000 --> 01:00:00.000\n\u{1F426}\n"
        );
        assert_eq!(to_webvtt(&parse(text.as_bytes()).unwrap()), text);
    }

    #[test]
    fn only_cues_and_their_positions_are_kept_of_webvtt() {
        let vtt = "WEBVTT - private title\n\nSTYLE\n::cue { background: url(http://a) }\n\n\
                   NOTE a word\n\nid\n00:01.000 --> 00:02.000 line:0 evil<x> align:start\n\
                   <c.red>Hi</c> <00:01.500><script>x</script>\n";
        assert_eq!(
            to_webvtt(&parse(vtt.as_bytes()).unwrap()),
            "WEBVTT\n\n00:00:01.000 --> 00:00:02.000 line:0 align:start\nHi x\n"
        );
    }

    #[test]
    fn a_removed_tag_does_not_end_a_cue() {
        let srt = "1\r00:00:01,000 --> 00:00:02,000\rfirst\r<x>\rlast <x>\r";
        let cues = parse(srt.as_bytes()).unwrap();
        assert_eq!(cues[0].text, "first\nlast");
        assert_eq!(parse(to_webvtt(&cues).as_bytes()), Ok(cues));
    }

    #[test]
    fn what_looks_like_tags_is_read_once_and_within_bounds() {
        let cue = |text: &str| format!("1\n00:00:01,000 --> 00:00:02,000\n{text}\n\n");
        let parsed = parse(cue("a <<b>c <i>d</i> > & < e <&<").as_bytes()).unwrap();
        assert_eq!(parsed[0].text, "a c <i>d</i> &gt; &amp; &lt; e &lt;&amp;&lt;");
        // The largest upload: searched once for each `<` it would take hours.
        let open = cue(&"<".repeat(1 << 20));
        let closed = cue(&"<x>".repeat(1 << 18));
        let together = cue(&"&".repeat(2000)).repeat(120);
        let refused = |text: &str| parse(text.as_bytes()).unwrap_err();
        assert_eq!(refused(&open), "line 2: the text of the cue is too long");
        assert_eq!(parse(closed.as_bytes()).unwrap()[0].text, "");
        assert!(refused(&together).ends_with("the cues have too much text together"));
    }

    #[test]
    fn errors_name_the_line() {
        let cases = [
            ("1\n00:00:01 --> 00:00:02,000\nx", "line 2: a time is not written"),
            ("1\n00:00:03,000 --> 00:00:02,000\nx", "line 2: it ends before"),
            ("1\n999:59:00,000 --> 999:60:00,000\nx", "line 2: a time is not written"),
            ("1\n00:00:+1,000 --> 00:00:02,000\nx", "line 2: a time is not written"),
            ("WEBVTT\n\nnothing", "it has no cue"),
        ];
        for (text, error) in cases {
            assert!(parse(text.as_bytes()).unwrap_err().starts_with(error), "{text}");
        }
        assert!(parse(&[0xff, 0xfe]).is_err());
    }
}

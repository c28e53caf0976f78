//! Texts: XMP packets, subtitles, and descriptions.

use birdhouse_domain::alt_text_lint::{Rule, Subject, lint};
use birdhouse_processing::{subtitles as cues, xmp as packet};

/// An XMP packet yields texts that are neither blank nor padded, and no longer than the packet.
pub fn xmp(bytes: &[u8]) {
    // Bytes that are not UTF-8 become U+FFFD, which is three bytes long.
    let longest = bytes.len() * 3;
    let embedded = packet::read(bytes);
    assert!(embedded.len() <= 20, "{} languages", embedded.len());
    for text in embedded.into_iter().flat_map(|one| [one.alt_text, one.extended]).flatten() {
        assert!(!text.is_empty() && text.trim() == text, "blank or padded: {text:?}");
        assert!(text.len() <= longest, "{} bytes read out of {}", text.len(), bytes.len());
    }
}

/// Accepted subtitles have the same cues after they have been written as WebVTT.
pub fn subtitles(bytes: &[u8]) {
    let Ok(read) = cues::parse(bytes) else { return };
    let written = cues::to_webvtt(&read);
    assert_eq!(cues::parse(written.as_bytes()).as_ref(), Ok(&read), "written as {written:?}");
}

/// The lines are the language, the file name, the Tweet and another description; the rest is the
/// description. Each rule is broken at most once, by a part of it.
pub fn alt_text_lint(bytes: &[u8]) {
    let input = String::from_utf8_lossy(bytes);
    let mut lines = input.splitn(5, '\n');
    let mut next = || lines.next().unwrap_or_default();
    let (lang, file_name, tweet_text, siblings, text) = (next(), next(), next(), [next()], next());
    let subject = Subject {
        text,
        lang: Some(lang),
        file_name: Some(file_name),
        tweet_text: Some(tweet_text),
        siblings: &siblings,
    };
    let found = lint(&subject);
    let length = text.chars().count();
    assert!(found.is_sorted_by(|one, next| one.rule < next.rule), "{found:?}");
    for finding in found {
        let is_within = finding.start < finding.end && finding.end <= length;
        assert!(is_within || finding.rule == Rule::Empty, "{finding:?} in {text:?}");
    }
}

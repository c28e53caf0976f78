//! The words of a Tweet: how much they weigh, and what stands in them.
//!
//! Weights are those of twitter-text's third configuration: 280 at most; most scripts weigh 1 a
//! character, others 2, a link 23, an emoji 2 whatever it is made of.

mod emoji;
mod entities;
mod tlds;

pub use entities::{Entities, Link, Mention, Tag, entities};

use unicode_normalization::UnicodeNormalization;

/// The most that a Tweet may weigh.
pub const MAX_WEIGHTED_LENGTH: u32 = 280;
/// What a link weighs, however long it is.
const LINK_WEIGHT: u32 = 23;

/// How much a text weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Weighted characters.
    pub weighted_length: u32,
    /// Whether it may be Tweeted: 1 to 280, and no character that text cannot hold.
    pub is_valid: bool,
}

/// Weighs a text.
pub fn parse(text: &str) -> Parsed {
    let text: String = text.nfc().collect();
    let characters: Vec<char> = text.chars().collect();
    let links = entities(&text).urls;
    let mut weight = 0_u32;
    let mut at = 0;
    while at < characters.len() {
        if let Some(link) = links.iter().find(|link| link.indices.0 == at) {
            weight = weight.saturating_add(LINK_WEIGHT);
            at = link.indices.1;
            continue;
        }
        let emoji = emoji::length(&characters[at..]);
        let (one, step) = match emoji {
            0 => (weight_of(characters[at]), 1),
            length => (2, length),
        };
        weight = weight.saturating_add(one);
        at += step;
    }
    let has_invalid =
        characters.iter().any(|c| matches!(c, '\u{fffe}' | '\u{feff}' | '\u{ffff}'));
    let is_valid = (1..=MAX_WEIGHTED_LENGTH).contains(&weight) && !has_invalid;
    Parsed { weighted_length: weight, is_valid }
}

fn weight_of(c: char) -> u32 {
    match u32::from(c) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => 1,
        _ => 2,
    }
}

/// Text as v1.1 returns it: `&`, `<` and `>` as entities.
pub fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(text: &str) -> u32 {
        parse(text).weighted_length
    }

    #[test]
    fn scripts_weigh_what_the_configuration_says() {
        assert_eq!(weight("a\u{fc}\u{20ac}"), 4);
        assert!(parse(&"a".repeat(280)).is_valid && !parse(&"a".repeat(281)).is_valid);
        assert!(parse(&"\u{6f22}".repeat(140)).is_valid && !parse(&"\u{6f22}".repeat(141)).is_valid);
        // Composed first: two code points, one character.
        assert_eq!(weight("e\u{301}"), 1);
        assert!(!parse("").is_valid && !parse("a\u{fffe}").is_valid);
    }

    #[test]
    fn an_emoji_weighs_two_whatever_it_is_made_of() {
        let emoji = [
            "\u{1F426}",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}",
            "\u{1F44D}\u{1F3FD}",
            "\u{1F1E9}\u{1F1EA}",
            "1\u{FE0F}\u{20E3}",
            "\u{2764}\u{FE0F}",
            "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
        ];
        for one in emoji {
            assert_eq!(weight(one), 2, "{one}");
            assert_eq!(weight(&one.repeat(3)), 6, "{one}");
        }
    }

    #[test]
    fn a_link_weighs_twenty_three() {
        assert_eq!(weight("https://example.com/a/very/long/path?with=a&query=too#and"), 23);
        assert_eq!(weight("see example.com."), 4 + 23 + 1);
        assert_eq!(weight("see file.txt"), 12);
    }
}

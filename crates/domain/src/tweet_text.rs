//! The weighted length and the entities of a Tweet's text, by the rules of twitter-text 3.
//!
//! Most characters weigh one, CJK and emoji two, a link 23, of 280. Rules and weights are those of
//! <https://github.com/twitter/twitter-text>, configuration v3. The only crate that implements them
//! brings a parser generator and a C++ bridge.

mod chars;
mod emoji;
mod entities;
mod host;
mod links;
mod tags;
mod tlds;

use unicode_normalization::UnicodeNormalization as _;

/// Maximum length of a Tweet's text, in weighted characters.
pub const MAX_WEIGHTED_LENGTH: u32 = 280;
/// Weighted length of a link, whatever its own length.
const LINK_LENGTH: u32 = 23;
/// An upper bound on the code points of a valid text: 12 links of 4096 each.
const MAX_LENGTH_WITH_LINKS: usize = 50_000;

/// The result of [`parse`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Length in weighted characters, after NFC normalization.
    pub weighted_length: u32,
    /// Whether it is not empty, not too long, and without U+FFFE, U+FEFF and U+FFFF.
    pub is_valid: bool,
}

/// Measures a text.
///
/// In a text of more than 50,000 code points, which cannot be valid, links are not recognized.
pub fn parse(text: &str) -> Parsed {
    let chars: Vec<char> = text.nfc().collect();
    let may_have_links = chars.len() <= MAX_LENGTH_WITH_LINKS;
    let links = if may_have_links { links::find(&chars) } else { Vec::new() };
    let mut links = links.into_iter().peekable();
    let (mut weighted_length, mut at) = (0_u32, 0);
    while at < chars.len() {
        let (weight, length) = match links.next_if(|(start, _)| *start == at) {
            Some((start, end)) => (LINK_LENGTH, end - start),
            None => weigh(&chars[at..]),
        };
        weighted_length = weighted_length.saturating_add(weight);
        at += length;
    }
    let is_valid = (1..=MAX_WEIGHTED_LENGTH).contains(&weighted_length)
        && !chars.iter().any(|c| chars::is_invalid(*c));
    Parsed { weighted_length, is_valid }
}

/// Weight and length, in code points, of the first emoji or character.
fn weigh(chars: &[char]) -> (u32, usize) {
    if let Some(length) = emoji::length(chars) {
        return (2, length);
    }
    match u32::from(chars[0]) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => (1, 1),
        _ => (2, 1),
    }
}

/// A hashtag or a cashtag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without the leading sign.
    pub text: String,
    /// Start and end, in code points, the sign included.
    pub indices: (usize, usize),
}

/// A user mentioned in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// As typed, without the leading sign.
    pub screen_name: String,
    /// Start and end, in code points, the sign included.
    pub indices: (usize, usize),
}

/// A link in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As typed.
    pub url: String,
    /// With `http://` prepended if no protocol was typed.
    pub expanded_url: String,
    /// Without protocol and `www.`; truncated after 26 characters with `…`.
    pub display_url: String,
    /// Start and end, in code points.
    pub indices: (usize, usize),
}

/// The entities of a text, each kind in order of appearance; no two overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities {
    /// `#words`.
    pub hashtags: Vec<Tag>,
    /// `$TICKERS`.
    pub symbols: Vec<Tag>,
    /// `@users`; lists (`@user/list`) are not among them.
    pub mentions: Vec<Mention>,
    /// Links, with and without protocol.
    pub urls: Vec<Link>,
}

/// Extracts the entities of a text, with indices in code points.
pub fn extract_entities(text: &str) -> Entities {
    let chars: Vec<char> = text.chars().collect();
    entities::find(&chars, |at| at)
}

/// Extracts the entities of `text`, with indices into `escape_html(text)`.
///
/// In the escaped text itself, `&gt;` would be part of a path, and `expanded_url` would contain
/// `&amp;`.
pub fn extract_entities_escaped(text: &str) -> Entities {
    let chars: Vec<char> = text.chars().collect();
    let mut positions = Vec::with_capacity(chars.len() + 1);
    let mut position = 0;
    for c in &chars {
        positions.push(position);
        position += escaped(*c).map_or(1, str::len);
    }
    positions.push(position);
    entities::find(&chars, |at| positions[at])
}

/// Escapes `&`, `<` and `>` as the v1.1 API does.
pub fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match escaped(c) {
            Some(name) => out.push_str(name),
            None => out.push(c),
        }
    }
    out
}

fn escaped(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

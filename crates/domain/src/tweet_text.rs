//! What a Tweet's text weighs and what it refers to, by the rules of twitter-text 3.
//!
//! Lengths are weighted: most letters count one, CJK and emoji two, a link 23, of 280. Rules and
//! weights are those of <https://github.com/twitter/twitter-text>, configuration v3. Written here
//! rather than taken from a crate: the one that exists brings a parser generator and a C++ bridge.

mod emoji;
mod entities;
mod host;
mod letters;
mod links;
mod tags;
mod tlds;

use unicode_normalization::UnicodeNormalization as _;

/// The heaviest text a Tweet may have, in weighted characters.
pub const MAX_WEIGHTED_LENGTH: u32 = 280;
/// Weighted characters of a link, however long it is.
const LINK_LENGTH: u32 = 23;
/// Code points that the links of a valid text can have, generously: 12 of 4096 each.
const MAX_LENGTH_WITH_LINKS: usize = 50_000;

/// What [`parse`] found out about a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// Weighted characters, after NFC normalization.
    pub weighted_length: u32,
    /// Not empty, not too heavy, and without U+FFFE, U+FEFF and U+FFFF.
    pub is_valid: bool,
}

/// Measures a text.
///
/// In a text of more than 50,000 code points, which cannot be valid, links count letter by letter.
pub fn parse(text: &str) -> Parsed {
    let letters: Vec<char> = text.nfc().collect();
    let is_searched = letters.len() <= MAX_LENGTH_WITH_LINKS;
    let links = if is_searched { links::find(&letters) } else { Vec::new() };
    let mut links = links.into_iter().peekable();
    let (mut weighted_length, mut at) = (0_u32, 0);
    while at < letters.len() {
        let (weight, length) = match links.next_if(|(start, _)| *start == at) {
            Some((start, end)) => (LINK_LENGTH, end - start),
            None => weigh(&letters[at..]),
        };
        weighted_length = weighted_length.saturating_add(weight);
        at += length;
    }
    let is_valid = (1..=MAX_WEIGHTED_LENGTH).contains(&weighted_length)
        && !letters.iter().any(|letter| letters::is_invalid(*letter));
    Parsed { weighted_length, is_valid }
}

/// Weight and code points of the emoji or the letter at the start of `letters`.
fn weigh(letters: &[char]) -> (u32, usize) {
    if let Some(length) = emoji::length(letters) {
        return (2, length);
    }
    match u32::from(letters[0]) {
        0..=4351 | 8192..=8205 | 8208..=8223 | 8242..=8247 => (1, 1),
        _ => (2, 1),
    }
}

/// A hashtag or a cashtag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// Without the sign in front.
    pub text: String,
    /// Start and end, in code points, the sign included.
    pub indices: (usize, usize),
}

/// A user named in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// As typed, without the sign in front.
    pub screen_name: String,
    /// Start and end, in code points, the sign included.
    pub indices: (usize, usize),
}

/// A link in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As typed.
    pub url: String,
    /// With `http://` in front when no protocol was typed.
    pub expanded_url: String,
    /// Without protocol and `www.`; after 26 characters comes `…`.
    pub display_url: String,
    /// Start and end, in code points.
    pub indices: (usize, usize),
}

/// What a text refers to, each kind in order of appearance; no two overlap.
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

/// Finds what a text refers to. The indices are of the text handed in, in code points.
pub fn extract_entities(text: &str) -> Entities {
    let letters: Vec<char> = text.chars().collect();
    entities::find(&letters, |at| at)
}

/// Finds what `text` refers to, with indices of `escape_html(text)`.
///
/// To search the escaped text instead would make `&gt;` a part of a path, and leave `&amp;` in
/// `expanded_url`.
pub fn extract_entities_escaped(text: &str) -> Entities {
    let letters: Vec<char> = text.chars().collect();
    let mut places = Vec::with_capacity(letters.len() + 1);
    let mut place = 0;
    for letter in &letters {
        places.push(place);
        place += escaped(*letter).map_or(1, str::len);
    }
    places.push(place);
    entities::find(&letters, |at| places[at])
}

/// `&`, `<` and `>` as the v1.1 API returns them.
pub fn escape_html(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for letter in text.chars() {
        match escaped(letter) {
            Some(name) => whole.push_str(name),
            None => whole.push(letter),
        }
    }
    whole
}

fn escaped(letter: char) -> Option<&'static str> {
    match letter {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

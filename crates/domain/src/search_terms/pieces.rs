//! Cuts a text into words, and runs of characters of scripts that do not separate words.

use super::fold::fold;
use unicode_normalization::char::is_combining_mark;

/// The longest word, in characters; of a longer one the beginning counts.
const WORD_MAX: usize = 40;

/// A part of a text between characters that separate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A word.
    Word(String),
    /// Characters of scripts without spaces.
    Run(Vec<char>),
}

/// The pieces of a text. Words end as by UAX #29, and at apostrophes, periods and underscores besides, so that
/// `l'eau` is found by `eau`.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for part in fold(text).split(|c: char| !(c.is_alphanumeric() || is_combining_mark(c))) {
        let mut rest: Vec<char> = part.chars().collect();
        while let Some(first) = rest.first() {
            let is_run = has_no_spaces(*first);
            let end =
                rest.iter().position(|c| has_no_spaces(*c) != is_run && !is_combining_mark(*c));
            let after = rest.split_off(end.unwrap_or(rest.len()));
            pieces.push(if is_run { Piece::Run(rest) } else { Piece::Word(word(&rest)) });
            rest = after;
        }
    }
    pieces
}

/// Without the Arabic article, which is written together with the noun.
fn word(letters: &[char]) -> String {
    const ARTICLES: [&str; 5] = ["وال", "بال", "كال", "فال", "ال"];
    let word: String = letters.iter().take(WORD_MAX).collect();
    let stem = ARTICLES
        .iter()
        .find_map(|article| word.strip_prefix(article).filter(|stem| stem.chars().count() >= 3));
    stem.map_or(word.clone(), str::to_owned)
}

/// The words and single characters, in order.
pub(super) fn units(pieces: &[Piece]) -> Vec<String> {
    let mut units = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Word(word) => units.push(word.clone()),
            Piece::Run(run) => units.extend(run.iter().map(|c| String::from(*c))),
        }
    }
    units
}

/// Han, Hiragana, Katakana, Bopomofo, Thai, Lao, Burmese, Khmer.
fn has_no_spaces(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{312f}'
        | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// A Korean syllable. Particles are written together with the noun.
pub(super) fn is_hangul(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}')
}

//! Rule no-letters: emoji or punctuation only, and faces made of it.

use super::text::Text;

/// So many other characters around one letter make a face: `¯\_(ツ)_/¯`.
const FACE: usize = 4;

/// Whether no letter or digit of any script is in the text, or one in the middle of punctuation.
pub(super) fn is_found(text: &Text) -> bool {
    let chars = text.visible_chars();
    let mut words = chars.iter().filter(|c| c.is_alphanumeric());
    match (words.next(), words.next()) {
        (None, _) => true,
        (Some(letter), None) if letter.is_alphabetic() => {
            let is_around = |c: &&char| !c.is_alphabetic() && !c.is_whitespace();
            chars.iter().filter(is_around).count() >= FACE && chars.first() != Some(letter)
        }
        _ => false,
    }
}

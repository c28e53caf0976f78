//! Texts as they are compared: without case, accents and forms of the same character.

use super::text::is_invisible;
use unicode_normalization::char::decompose_compatible;

/// A text for comparison that knows where each of its characters comes from.
#[derive(Default)]
pub(super) struct Folded {
    /// Decomposed, in lower case, without accents; white space is one space.
    pub(super) chars: Vec<char>,
    /// By position in `chars`: the position in the text.
    pub(super) at: Vec<usize>,
}

impl Folded {
    pub(super) fn of(text: impl IntoIterator<Item = char>) -> Self {
        let mut folded = Self::default();
        for (at, c) in text.into_iter().enumerate() {
            if c.is_whitespace() {
                folded.push_space(at);
            } else if !is_invisible(c) {
                folded.push(c, at);
            }
        }
        folded
    }

    fn push_space(&mut self, at: usize) {
        if self.chars.last() != Some(&' ') {
            self.chars.push(' ');
            self.at.push(at);
        }
    }

    fn push(&mut self, c: char, at: usize) {
        let (chars, places) = (&mut self.chars, &mut self.at);
        decompose_compatible(c, |part| {
            for lower in part.to_lowercase().map(unify).filter(|lower| !is_accent(*lower)) {
                chars.push(lower);
                places.push(at);
            }
        });
    }
}

/// A phrase, folded in the same way.
pub(super) fn fold(phrase: &str) -> Vec<char> {
    Folded::of(phrase.chars()).chars
}

/// Apostrophes, dashes and the like that people do not tell apart.
fn unify(c: char) -> char {
    match c {
        '’' | '‘' | 'ʼ' | '`' | '´' => '\'',
        '‐' | '‑' | '–' | '—' => '-',
        _ => c,
    }
}

/// Marks of Latin, Greek, Cyrillic, Arabic and Hebrew, which many writers omit, and the stroke that
/// stretches Arabic words.
fn is_accent(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{65f}'
    )
}

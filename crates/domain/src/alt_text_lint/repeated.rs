//! Rule repeated-characters: the same one many times in a row.

use super::text::{Span, Text};
use unicode_segmentation::UnicodeSegmentation as _;

/// No word of any language has a letter this often in a row.
const MANY: usize = 5;

/// The first row of [`MANY`] or more of the same grapheme. Case does not matter. Digits are exempt,
/// and x, which stands for them: "XXXXX".
pub(super) fn find(text: &Text) -> Option<Span> {
    let mut row = Row::default();
    let mut at = 0;
    for grapheme in text.visible.graphemes(true) {
        let length = grapheme.chars().count();
        if !row.takes(grapheme, length) {
            if row.is_long(text) {
                break;
            }
            row = Row { grapheme, start: at, end: at + length, count: 1 };
        }
        at += length;
    }
    row.is_long(text).then(|| text.span_of((row.start, row.end)))
}

/// A grapheme and how often it was repeated.
#[derive(Default)]
struct Row<'a> {
    grapheme: &'a str,
    start: usize,
    end: usize,
    count: usize,
}

impl Row<'_> {
    /// Adds a grapheme of `length` code points if it is the same.
    fn takes(&mut self, grapheme: &str, length: usize) -> bool {
        let is_same = self.grapheme == grapheme
            || self
                .grapheme
                .chars()
                .flat_map(char::to_lowercase)
                .eq(grapheme.chars().flat_map(char::to_lowercase));
        if is_same {
            self.end += length;
            self.count += 1;
        }
        is_same
    }

    fn is_long(&self, text: &Text) -> bool {
        let is_exempt = |c: char| c.is_numeric() || c.is_whitespace() || matches!(c, 'x' | 'X');
        self.count >= MANY
            && !self.grapheme.chars().all(is_exempt)
            && !is_color(&text.visible_chars()[..self.end])
    }
}

/// Whether a text ends in a hexadecimal number, such as `#ffffff`.
fn is_color(chars: &[char]) -> bool {
    let digits = chars.iter().rev().take(8).take_while(|c| c.is_ascii_hexdigit()).count();
    let before = &chars[..chars.len() - digits];
    digits > 0 && (before.ends_with(&['#']) || before.ends_with(&['0', 'x']))
}

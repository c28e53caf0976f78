//! Rule hashtags: a row of them, or nothing else.

use super::text::{Span, Text};
use crate::tweet_text::extract_entities;

/// So many in a row are not part of a sentence.
const ROW: usize = 3;

/// The first row of [`ROW`] or more hashtags with only white space between them; any number if
/// nothing else can be read.
pub(super) fn find(text: &Text) -> Option<Span> {
    let chars = text.visible_chars();
    if !chars.iter().any(|c| matches!(c, '#' | '＃')) {
        return None;
    }
    let tags: Vec<Span> =
        extract_entities(&text.visible).hashtags.iter().map(|tag| tag.indices).collect();
    let is_next = |one: &Span, next: &Span| chars[one.1..next.0].iter().all(|c| c.is_whitespace());
    let row = tags.chunk_by(is_next).find(|row| row.len() >= ROW);
    let found = match row {
        Some(row) => row,
        None if is_nothing_else(chars, &tags) => &tags,
        None => return None,
    };
    Some(text.span_of((found.first()?.0, found.last()?.1)))
}

fn is_nothing_else(chars: &[char], tags: &[Span]) -> bool {
    let mut from = 0;
    let mut has_words = |start: usize, end: usize| {
        let between = chars[from..start].iter().any(|c| c.is_alphanumeric());
        from = end;
        between
    };
    !tags.iter().any(|tag| has_words(tag.0, tag.1)) && !has_words(chars.len(), chars.len())
}

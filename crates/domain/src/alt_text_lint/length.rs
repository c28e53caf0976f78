//! Rules short and long.

use super::text::{Span, Text, is_dense};
use unicode_segmentation::UnicodeSegmentation as _;

/// From this many graphemes on, one word may be a description.
const ENOUGH: usize = 12;
/// The most graphemes that are comfortable to listen to in one go.
const COMFORTABLE: usize = 250;

/// One word of fewer than [`ENOUGH`] graphemes, in a script in which that is little.
pub(super) fn find_short(text: &Text) -> Option<Span> {
    let has_word = |part: &&str| part.chars().any(char::is_alphanumeric);
    let is_one_word = text.visible.split_whitespace().filter(has_word).nth(1).is_none();
    let is_little = || text.visible.graphemes(true).nth(ENOUGH - 1).is_none();
    let is_dense = || text.visible_chars().iter().any(|c| is_dense(*c));
    (is_one_word && is_little() && !is_dense()).then_some(text.span)
}

/// What is beyond [`COMFORTABLE`] graphemes.
pub(super) fn find_long(text: &Text) -> Option<Span> {
    let (byte, _) = text.visible.grapheme_indices(true).nth(COMFORTABLE)?;
    let start = text.visible[..byte].chars().count();
    Some(text.span_of((start, text.visible_chars().len())))
}

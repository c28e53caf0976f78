//! Rule zalgo: letters under heaps of marks.

use super::text::{Span, Text, is_invisible, is_mark};

/// The most accents on a letter in any language; Vietnamese needs two, phonetic notation four.
const MAX_ACCENTS: usize = 4;
/// The most marks of any kind: Tibetan and Hebrew stack several.
const MAX_MARKS: usize = 8;
/// No language puts a mark on a letter this often.
const MAX_SAME: usize = 3;

/// From the first to the last letter that has too many marks.
pub(super) fn find(text: &Text) -> Option<Span> {
    let chars = text.visible_chars();
    let (mut found, mut at): (Option<Span>, usize) = (None, 0);
    while at < chars.len() {
        let length = chars[at..].iter().take_while(|c| is_mark(**c)).count();
        if length > 0 && is_heap(&chars[at..at + length]) {
            let start = found.map_or(at.saturating_sub(1), |(start, _)| start);
            found = Some((start, at + length));
        }
        at += length.max(1);
    }
    found.map(|span| text.span_of(span))
}

fn is_heap(marks: &[char]) -> bool {
    let seen = marks.iter().filter(|c| !is_invisible(**c));
    let accents = seen.clone().filter(|c| is_accent(**c)).count();
    let same = marks.chunk_by(|one, next| one == next).map(<[char]>::len).max().unwrap_or(0);
    accents > MAX_ACCENTS || seen.count() > MAX_MARKS || same > MAX_SAME
}

/// Marks that go with any letter.
fn is_accent(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{483}'..='\u{489}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

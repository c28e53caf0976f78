//! Rule redundant: it begins by saying that it is an image.

use super::folded::Folded;
use super::language::Language;
use super::text::{Span, Text, is_mark};
use super::words::{self, Genitive, Words};
use unicode_script::{Script, UnicodeScript as _};

/// The phrase that says so.
pub(super) fn find(text: &Text, language: &Language) -> Option<Span> {
    let folded = Folded::of(text.visible_chars().iter().copied());
    let chars = &folded.chars;
    let first = chars.iter().position(|c| c.is_alphanumeric())?;
    let end = chars.iter().rposition(|c| c.is_alphanumeric() || is_mark(*c))? + 1;
    let (mut found, mut has_exception) = (None, false);
    for words in words::of(language) {
        let beginnings = [first, after_article(chars, first, words)];
        has_exception |= beginnings.iter().any(|from| is_exempt(chars, *from, end, words));
        found = found.or_else(|| {
            let until = beginnings.iter().find_map(|from| phrase_at(&chars[..end], *from, words));
            let start = until.map(|until| (first, until));
            start.or_else(|| phrase_before(chars, end, words).map(|start| (start, end)))
        });
    }
    let (start, end) = found.filter(|_| !has_exception)?;
    Some(text.span_of((folded.at[start], folded.at[end - 1] + 1)))
}

/// Where the text begins behind its article, if it has one.
fn after_article(chars: &[char], first: usize, words: &Words) -> usize {
    let length = chars[first..].iter().take(6).position(|c| *c == ' ');
    let Some(length) = length else { return first };
    let article: String = chars[first..first + length].iter().collect();
    if words.articles.contains(&article) { first + length + 1 } else { first }
}

/// Whether the kind of image matters, or the image is one in the image.
fn is_exempt(chars: &[char], from: usize, end: usize, words: &Words) -> bool {
    let text = &chars[..end];
    let begins = |phrase: &Vec<char>| is_phrase_at(text, from, phrase);
    let ends = |phrase: &Vec<char>| text.ends_with(phrase);
    words.exempt_starts.iter().any(begins)
        || words.exempt_ends.iter().any(ends)
        || words.exempt_parts.iter().any(|part| contains(text, part))
}

fn contains(text: &[char], part: &[char]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// The end of a phrase at `from` that says that this is an image.
fn phrase_at(text: &[char], from: usize, words: &Words) -> Option<usize> {
    let phrase = words.starts.iter().filter(|phrase| is_phrase_at(text, from, phrase));
    let longest = phrase.map(Vec::len).max();
    longest
        .or_else(|| words.genitives.iter().find_map(|row| length_with_genitive(text, from, row)))
        .map(|length| from + length)
}

/// Whether `phrase` is at `from`, and no longer word is.
fn is_phrase_at(text: &[char], from: usize, phrase: &[char]) -> bool {
    let Some(rest) = text.get(from..).filter(|rest| rest.starts_with(phrase)) else { return false };
    let (last, next) = (phrase.last(), rest.get(phrase.len()));
    let ends_open = last.is_none_or(|c| !c.is_alphanumeric() && !is_mark(*c));
    next.is_none_or(|next| {
        ends_open
            || !(next.is_alphanumeric() || is_mark(*next))
            || (last.is_some_and(|c| is_spaceless(*c)) && !is_mark(*next))
    })
}

/// Scripts without spaces between words.
fn is_spaceless(c: char) -> bool {
    matches!(c.script(), Script::Han | Script::Hiragana | Script::Katakana | Script::Thai)
}

/// The length of a noun for "photo" whose next word says of what, in languages that need no "of".
fn length_with_genitive(text: &[char], from: usize, row: &Genitive) -> Option<usize> {
    if !is_phrase_at(text, from, &row.noun) {
        return None;
    }
    let rest = text.get(from + row.noun.len()..)?.strip_prefix(&[' '])?;
    let next: &[char] = rest.split(|c| !c.is_alphanumeric()).next()?;
    let is_adjective = row.adjective_endings.iter().any(|ending| next.ends_with(ending));
    let is_other = row.other_words.iter().any(|word| word == next);
    let is_noun = next.len() > 2 && !is_adjective && !is_other;
    is_noun.then_some(row.noun.len())
}

/// The start of a phrase, at `end`, that says that this is an image, as verbs do in languages that
/// put what it shows before it.
fn phrase_before(chars: &[char], end: usize, words: &Words) -> Option<usize> {
    let text = &chars[..end];
    let phrase = words.ends.iter().filter(|phrase| text.ends_with(phrase)).map(Vec::len).max()?;
    (phrase < end).then(|| {
        let start = end - phrase;
        start + usize::from(chars[start] == ' ')
    })
}

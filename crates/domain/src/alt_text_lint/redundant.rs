//! Rule redundant: it begins by saying that it is an image.

use super::folded::Folded;
use super::language::Language;
use super::text::{Span, Text, is_mark};
use super::words::{self, Genitive, Words};
use unicode_script::{Script, UnicodeScript as _};

/// The longest article, in code points.
const LONGEST_ARTICLE: usize = 8;

/// The phrase that says so.
pub(super) fn find(text: &Text, language: &Language) -> Option<Span> {
    let folded = Folded::of(text.visible_chars().iter().copied());
    let chars = &folded.chars;
    let first = chars.iter().position(|c| c.is_alphanumeric())?;
    let end = chars.iter().rposition(|c| c.is_alphanumeric() || is_mark(*c))? + 1;
    let text_of = |words| Beginnings::of(&chars[..end], first, words);
    let (start, end) = words::of(language).find_map(|words| text_of(words).phrase())?;
    if words::of(language).any(|words| text_of(words).is_exempt()) {
        return None;
    }
    Some(text.span_of((folded.at[start], folded.at[end - 1] + 1)))
}

/// A text, and where it may be said to begin in a language.
struct Beginnings<'a> {
    text: &'a [char],
    words: &'static Words,
    /// At the first letter, and behind the article.
    from: [usize; 2],
}

impl<'a> Beginnings<'a> {
    fn of(text: &'a [char], first: usize, words: &'static Words) -> Self {
        let length = text[first..].iter().take(LONGEST_ARTICLE + 1).position(|c| *c == ' ');
        let is_article = |length: &usize| {
            let article: String = text[first..first + length].iter().collect();
            words.articles.contains(&article)
        };
        let behind = length.filter(is_article).map_or(first, |length| first + length + 1);
        Self { text, words, from: [first, behind] }
    }

    /// The phrase at the start or the end that says that this is an image.
    fn phrase(&self) -> Option<Span> {
        let until = self.from.iter().find_map(|from| phrase_at(self.text, *from, self.words));
        let start = until.map(|until| (self.from[0], until));
        start.or_else(|| phrase_at_end(self.text, self.words))
    }

    /// Whether the kind of image matters, or the image is one in the image.
    fn is_exempt(&self) -> bool {
        let begins = |phrase: &Vec<char>| {
            self.from.iter().any(|from| is_phrase_at(self.text, *from, phrase))
        };
        self.words.exempt_starts.iter().any(begins)
            || self.words.exempt_ends.iter().any(|phrase| self.text.ends_with(phrase))
            || self.words.exempt_parts.iter().any(|part| contains(self.text, part))
    }
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
    // "صورة JPEG" names a format.
    let is_same_script = next.first()?.script() == row.noun.first()?.script();
    let is_noun = next.len() > 2 && is_same_script && !is_adjective && !is_other;
    is_noun.then_some(row.noun.len())
}

/// The phrase at the end, in languages that put first what an image shows.
fn phrase_at_end(text: &[char], words: &Words) -> Option<Span> {
    let length = words.ends.iter().filter(|phrase| text.ends_with(phrase)).map(Vec::len).max()?;
    let start = text.len() - length;
    let has_space = text[start] == ' ';
    (start > 0).then_some((start + usize::from(has_space), text.len()))
}

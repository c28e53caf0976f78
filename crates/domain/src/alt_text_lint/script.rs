//! Rule script-language: a text in a script in which its language is not written.

use super::language::{Language, Scripts};
use super::text::{Span, Text, is_word};
use unicode_script::{Script, UnicodeScript as _};

/// Fewer letters may be a name or a sign.
const MIN_LETTERS: usize = 4;
/// So many Latin words are a sentence, if so many of them are in lower case and so no names.
const MIN_LATIN_WORDS: usize = 4;
const MIN_LOWER_WORDS: usize = 2;
/// So many Han letters without a kana or Hangul are not Japanese or Korean; titles have up to twenty.
const MAX_HAN_ALONE: usize = 25;
/// So many kana are more than a Chinese shop sign has.
const MIN_KANA: usize = 5;

/// The whole text, if its script belies the tag.
pub(super) fn find(text: &Text, language: &Language) -> Option<Span> {
    let expected = language.scripts()?;
    let letters = Letters::count(text.visible_chars(), expected);
    let is_belied = letters.is_foreign(text, expected) || letters.is_other_cjk(language);
    is_belied.then_some(text.span)
}

/// How many letters of a text are of which scripts.
#[derive(Default)]
struct Letters {
    expected: usize,
    latin: usize,
    /// Neither expected nor Latin.
    foreign: usize,
    han: usize,
    kana: usize,
}

impl Letters {
    fn count(chars: &[char], expected: Scripts) -> Self {
        let mut letters = Self::default();
        for c in chars.iter().filter(|c| c.is_alphabetic()) {
            let script = c.script();
            match script {
                Script::Common | Script::Inherited | Script::Unknown => continue,
                Script::Han => letters.han += 1,
                Script::Hiragana | Script::Katakana => letters.kana += 1,
                _ => {}
            }
            if expected.contains(&script) {
                letters.expected += 1;
            } else if script == Script::Latin {
                letters.latin += 1;
            } else {
                letters.foreign += 1;
            }
        }
        letters
    }

    fn is_foreign(&self, text: &Text, expected: Scripts) -> bool {
        let all = self.expected + self.latin + self.foreign;
        let is_other_script = self.foreign >= MIN_LETTERS && 4 * self.foreign >= 3 * all;
        let is_latin =
            !expected.contains(&Script::Latin) && self.latin == all && is_latin_sentence(text);
        is_other_script || is_latin
    }

    /// Japanese, Chinese and Korean share a script.
    fn is_other_cjk(&self, language: &Language) -> bool {
        if language.script.is_some() {
            return false;
        }
        let is_only_han = self.kana == 0 && self.han == self.expected && self.han >= MAX_HAN_ALONE;
        let has_much_kana = self.kana >= MIN_KANA && 10 * self.kana >= 3 * (self.kana + self.han);
        match language.primary.as_deref() {
            Some("ja" | "ko") => is_only_han,
            Some("zh" | "yue" | "cmn") => has_much_kana,
            _ => false,
        }
    }
}

/// Whether Latin words make a sentence, and not only names.
fn is_latin_sentence(text: &Text) -> bool {
    let chars = text.visible_chars();
    let is_latin =
        |word: &&[char]| word.len() > 1 && word.iter().all(|c| c.script() == Script::Latin);
    let words: Vec<&[char]> = chars.split(|c| !is_word(*c)).filter(is_latin).collect();
    let lower = words.iter().filter(|word| word.iter().all(|c| c.is_lowercase())).count();
    words.len() >= MIN_LATIN_WORDS && lower >= MIN_LOWER_WORDS
}

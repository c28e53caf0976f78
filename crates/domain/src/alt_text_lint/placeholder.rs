//! Rule placeholder: words that would fit every image.

use super::folded::Folded;
use super::language::Language;
use super::text::{Text, is_word};
use super::words;

/// Longer texts are not compared with placeholders.
const LONGEST: usize = 80;
/// What writers mark unfinished texts with, in capitals and before a colon.
const MARKS: &[&str] = &["TODO", "FIXME", "TBD", "TK"];

/// Whether the text is a placeholder, perhaps with an article or numbered.
pub(super) fn is_found(text: &Text, language: &Language) -> bool {
    if is_template(&text.visible) || is_unfinished(&text.visible) {
        return true;
    }
    let folded = Folded::of(text.visible_chars().iter().copied()).chars;
    let is_filler = |filler: &[char]| folded.starts_with(filler);
    if words::fillers().iter().any(|filler| is_filler(filler)) {
        return true;
    }
    if folded.len() > LONGEST {
        return false;
    }
    let bare = bare(&folded);
    let without_article = bare.split_once(' ');
    words::of(language).any(|words| {
        let is_article = |word: &str| words.articles.contains(word);
        words.placeholders.contains(&bare)
            || without_article.is_some_and(|(article, rest)| {
                is_article(article) && words.placeholders.contains(rest)
            })
    })
}

/// The words without punctuation and numbers: "image" of "Image 12.".
fn bare(folded: &[char]) -> String {
    let words = folded.split(|c| !is_word(*c) && *c != '\'');
    let mut bare = String::new();
    for word in words {
        let digits = word.iter().rev().take_while(|c| c.is_numeric()).count();
        let letters = &word[..word.len() - digits];
        if !letters.is_empty() {
            bare.extend((!bare.is_empty()).then_some(' '));
            bare.extend(letters);
        }
    }
    bare
}

/// `{{alt}}`, which a program should have replaced.
fn is_template(text: &str) -> bool {
    (text.starts_with("{{") && text.ends_with("}}"))
        || (text.starts_with("${") && text.ends_with('}'))
}

fn is_unfinished(text: &str) -> bool {
    let rest = MARKS.iter().find_map(|mark| text.strip_prefix(mark));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}

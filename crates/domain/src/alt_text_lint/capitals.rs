//! Rule capitals: a text in capitals throughout, except what it quotes.

use super::text::{Span, Text, is_dense, is_word};

/// At least so many capitals.
const MIN_LETTERS: usize = 10;
/// At least so many words in a row.
const MIN_WORDS: usize = 3;
/// Rows in which no word is longer may be of abbreviations, unless there are more of them.
const ABBREVIATION: usize = 4;

/// The whole text, if it is in capitals.
pub(super) fn find(text: &Text) -> Option<Span> {
    let own = without_quotations(text.visible_chars());
    let upper = own.iter().filter(|c| c.is_uppercase()).count();
    let others: usize = own.iter().copied().map(weigh).sum();
    let is_mostly = upper >= MIN_LETTERS && upper >= 4 * others;
    (is_mostly && own.split(|c| is_separator(*c)).any(is_shouted)).then_some(text.span)
}

/// How many lower-case letters a character stands for. Han and the like say as much as three.
fn weigh(c: char) -> usize {
    if is_dense(c) { 3 } else { usize::from(c.is_alphabetic() && !c.is_uppercase()) }
}

/// Names and abbreviations are listed with these between them.
fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';' | '/' | '&' | '+' | '|' | '、' | '،')
}

/// Whether several words in a row are in capitals, and they are not abbreviations.
fn is_shouted(part: &[char]) -> bool {
    let words: Vec<&[char]> =
        part.split(|c| !is_word(*c) && *c != '\'').filter(|word| !word.is_empty()).collect();
    let is_upper = |word: &[char]| {
        word.iter().any(|c| c.is_uppercase()) && !word.iter().any(|c| c.is_lowercase())
    };
    words.chunk_by(|one, next| is_upper(one) == is_upper(next)).any(|row| {
        let longest = row.iter().map(|word| word.len()).max().unwrap_or(0);
        is_upper(row[0])
            && row.len() >= MIN_WORDS
            && (longest > ABBREVIATION || row.len() > MIN_WORDS)
    })
}

/// The text with each quotation replaced by a comma.
fn without_quotations(chars: &[char]) -> Vec<char> {
    let (mut own, mut at) = (Vec::with_capacity(chars.len()), 0);
    let mut ends = Ends::default();
    while at < chars.len() {
        if let Some(end) = ends.of_quotation(chars, at) {
            own.push(',');
            at = end;
        } else {
            own.push(chars[at]);
            at += 1;
        }
    }
    own
}

/// Where quotations end. Marks that were looked for in vain are not looked for again, so that the
/// search stays linear.
#[derive(Default)]
struct Ends {
    missing: Vec<char>,
}

impl Ends {
    /// The end of the quotation that begins at `at`, behind its closing mark.
    fn of_quotation(&mut self, chars: &[char], at: usize) -> Option<usize> {
        for closing in closing_marks(chars[at]) {
            if self.missing.contains(closing) {
                continue;
            }
            match chars[at + 1..].iter().position(|c| c == closing) {
                Some(length) => return Some(at + length + 2),
                None => self.missing.push(*closing),
            }
        }
        None
    }
}

fn closing_marks(opening: char) -> &'static [char] {
    match opening {
        '"' => &['"'],
        '“' | '”' => &['”'],
        '„' => &['“', '”'],
        '«' => &['»'],
        '»' => &['«'],
        '「' => &['」'],
        '『' => &['』'],
        '《' => &['》'],
        _ => &[],
    }
}

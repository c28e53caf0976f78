//! Hashtags, cashtags and mentions in running text.

use super::letters::{
    is_accented_latin, is_at_sign, is_hash_sign, is_hashtag_letter, is_hashtag_part,
    is_punctuation, is_space, is_word,
};

const MAX_SCREEN_NAME: usize = 20;
const MAX_LIST_NAME: usize = 25;
const MAX_TICKER: usize = 6;

/// Start (at the sign) and end of each hashtag, in code points, in order.
pub(super) fn hashtags(letters: &[char]) -> Vec<(usize, usize)> {
    let (mut found, mut at, mut free_from) = (Vec::new(), 0, 0);
    while at < letters.len() {
        let Some(end) = hashtag_end(letters, at, free_from) else {
            at += 1;
            continue;
        };
        let rest = &letters[end..];
        if !(rest.first().is_some_and(|l| is_hash_sign(*l)) || rest.starts_with(&[':', '/', '/'])) {
            found.push((at, end));
        }
        (at, free_from) = (end, end);
    }
    found
}

/// The letter before the sign must be at `free_from` or after: none serves two tags.
fn hashtag_end(letters: &[char], at: usize, free_from: usize) -> Option<usize> {
    if !is_hash_sign(letters[at]) {
        return None;
    }
    let is_apart = at == 0
        || (at > free_from && {
            let before = letters[at - 1];
            matches!(before, '\u{fe0e}' | '\u{fe0f}') || !(is_hashtag_part(before) || before == '&')
        });
    let rest = &letters[at + 1..];
    if !is_apart || matches!(rest.first(), Some('\u{fe0f}' | '\u{20e3}')) {
        return None;
    }
    let length = rest.iter().take_while(|letter| is_hashtag_part(**letter)).count();
    rest[..length].iter().any(|letter| is_hashtag_letter(*letter)).then_some(at + 1 + length)
}

/// Start (at the sign) and end of each cashtag, in code points, in order.
pub(super) fn cashtags(letters: &[char]) -> Vec<(usize, usize)> {
    let is_apart = |at: usize| at == 0 || is_space(letters[at - 1]);
    (0..letters.len())
        .filter(|at| letters[*at] == '$' && is_apart(*at))
        .filter_map(|at| ticker_length(&letters[at + 1..]).map(|length| (at, at + 1 + length)))
        .collect()
}

fn ticker_length(letters: &[char]) -> Option<usize> {
    let run = |from: usize| letters[from..].iter().take_while(|l| l.is_ascii_alphabetic()).count();
    let ends = |at: usize| letters.get(at).is_none_or(|l| is_space(*l) || is_punctuation(*l));
    let base = run(0);
    if !(1..=MAX_TICKER).contains(&base) {
        return None;
    }
    if matches!(letters.get(base), Some('.' | '_')) {
        let suffix = run(base + 1);
        let whole = base + 1 + suffix;
        if (1..=2).contains(&suffix) && ends(whole) {
            return Some(whole);
        }
    }
    ends(base).then_some(base)
}

/// A mention, or one of a list: `@user/list`.
pub(super) struct Mentioned {
    /// Start (at the sign) and end, in code points.
    pub(super) indices: (usize, usize),
    pub(super) is_list: bool,
}

/// Each mention and list, in order.
pub(super) fn mentions(letters: &[char]) -> Vec<Mentioned> {
    let (mut found, mut at, mut free_from) = (Vec::new(), 0, 0);
    while at < letters.len() {
        let is_start = is_at_sign(letters[at]) && may_mention(letters, at, free_from);
        let name = if is_start { name_length(&letters[at + 1..]) } else { 0 };
        if name == 0 {
            at += 1;
            continue;
        }
        let name_end = at + 1 + name;
        let list = list_length(&letters[name_end..]);
        let end = name_end + list;
        if !continues(&letters[end..]) {
            found.push(Mentioned { indices: (at, end), is_list: list > 0 });
        }
        (at, free_from) = (end, end);
    }
    found
}

/// Whether what stands before the sign lets it begin a mention.
fn may_mention(letters: &[char], at: usize, free_from: usize) -> bool {
    if at == 0 {
        return true;
    }
    let before = &letters[free_from..at];
    let Some(last) = before.last() else { return false };
    let is_apart = !(is_word(*last) || is_at_sign(*last) || "!#$%&*".contains(*last));
    is_apart || follows_retweet(before, free_from == 0)
}

/// Whether `before` ends in `RT`, itself apart from other words.
fn follows_retweet(before: &[char], is_from_start: bool) -> bool {
    let before = before.strip_suffix(&[':']).unwrap_or(before);
    let [rest @ .., 'r' | 'R', 't' | 'T'] = before else { return false };
    match rest.last() {
        None => is_from_start,
        Some(letter) => !(is_word(*letter) || "+~.-".contains(*letter)),
    }
}

fn name_length(letters: &[char]) -> usize {
    letters.iter().take(MAX_SCREEN_NAME).take_while(|letter| is_word(**letter)).count()
}

fn list_length(letters: &[char]) -> usize {
    let [slash, first, rest @ ..] = letters else { return 0 };
    if *slash != '/' || !first.is_ascii_alphabetic() {
        return 0;
    }
    let is_part = |letter: &&char| is_word(**letter) || **letter == '-';
    2 + rest.iter().take(MAX_LIST_NAME - 1).take_while(is_part).count()
}

/// Whether `rest` shows that what came before is part of an address or a longer word.
fn continues(rest: &[char]) -> bool {
    rest.first().is_some_and(|l| is_at_sign(*l) || is_accented_latin(*l))
        || rest.starts_with(&[':', '/', '/'])
}

//! Hashtags, cashtags and mentions in a text.

use super::chars::{
    is_accented_latin, is_at_sign, is_hash_sign, is_hashtag_letter, is_hashtag_part,
    is_punctuation, is_space, is_word,
};

const MAX_SCREEN_NAME: usize = 20;
const MAX_LIST_NAME: usize = 25;
const MAX_TICKER: usize = 6;

/// Start (at the sign) and end of each hashtag, in code points, in order.
pub(super) fn hashtags(chars: &[char]) -> Vec<(usize, usize)> {
    let (mut found, mut at, mut free_from) = (Vec::new(), 0, 0);
    while at < chars.len() {
        let Some(end) = hashtag_end(chars, at, free_from) else {
            at += 1;
            continue;
        };
        let rest = &chars[end..];
        if !(rest.first().is_some_and(|c| is_hash_sign(*c)) || rest.starts_with(&[':', '/', '/'])) {
            found.push((at, end));
        }
        (at, free_from) = (end, end);
    }
    found
}

/// The end of the hashtag at `at`. The character before the sign must not belong to an earlier tag,
/// and so be at `free_from` or after.
fn hashtag_end(chars: &[char], at: usize, free_from: usize) -> Option<usize> {
    if !is_hash_sign(chars[at]) {
        return None;
    }
    let is_separate = at == 0
        || (at > free_from && {
            let before = chars[at - 1];
            matches!(before, '\u{fe0e}' | '\u{fe0f}') || !(is_hashtag_part(before) || before == '&')
        });
    let rest = &chars[at + 1..];
    if !is_separate || matches!(rest.first(), Some('\u{fe0f}' | '\u{20e3}')) {
        return None;
    }
    let length = rest.iter().take_while(|c| is_hashtag_part(**c)).count();
    rest[..length].iter().any(|c| is_hashtag_letter(*c)).then_some(at + 1 + length)
}

/// Start (at the sign) and end of each cashtag, in code points, in order.
pub(super) fn cashtags(chars: &[char]) -> Vec<(usize, usize)> {
    let is_separate = |at: usize| at == 0 || is_space(chars[at - 1]);
    (0..chars.len())
        .filter(|at| chars[*at] == '$' && is_separate(*at))
        .filter_map(|at| ticker_length(&chars[at + 1..]).map(|length| (at, at + 1 + length)))
        .collect()
}

fn ticker_length(chars: &[char]) -> Option<usize> {
    let run = |from: usize| chars[from..].iter().take_while(|c| c.is_ascii_alphabetic()).count();
    let ends = |at: usize| chars.get(at).is_none_or(|c| is_space(*c) || is_punctuation(*c));
    let base = run(0);
    if !(1..=MAX_TICKER).contains(&base) {
        return None;
    }
    if matches!(chars.get(base), Some('.' | '_')) {
        let suffix = run(base + 1);
        let whole = base + 1 + suffix;
        if (1..=2).contains(&suffix) && ends(whole) {
            return Some(whole);
        }
    }
    ends(base).then_some(base)
}

/// A mention of a user or of a list (`@user/list`).
pub(super) struct MentionRange {
    /// Start (at the sign) and end, in code points.
    pub(super) indices: (usize, usize),
    pub(super) is_list: bool,
}

/// Each mention and list, in order.
pub(super) fn mentions(chars: &[char]) -> Vec<MentionRange> {
    let (mut found, mut at, mut free_from) = (Vec::new(), 0, 0);
    while at < chars.len() {
        let is_start = is_at_sign(chars[at]) && may_mention(chars, at, free_from);
        let name = if is_start { name_length(&chars[at + 1..]) } else { 0 };
        if name == 0 {
            at += 1;
            continue;
        }
        let name_end = at + 1 + name;
        let list = list_length(&chars[name_end..]);
        let end = name_end + list;
        if !continues(&chars[end..]) {
            found.push(MentionRange { indices: (at, end), is_list: list > 0 });
        }
        (at, free_from) = (end, end);
    }
    found
}

/// Whether the characters before the sign allow a mention.
fn may_mention(chars: &[char], at: usize, free_from: usize) -> bool {
    if at == 0 {
        return true;
    }
    let before = &chars[free_from..at];
    let Some(last) = before.last() else { return false };
    let is_separate = !(is_word(*last) || is_at_sign(*last) || "!#$%&*".contains(*last));
    is_separate || follows_retweet(before, free_from == 0)
}

/// Whether `before` ends in `RT` as a separate word.
fn follows_retweet(before: &[char], is_from_start: bool) -> bool {
    let before = before.strip_suffix(&[':']).unwrap_or(before);
    let [rest @ .., 'r' | 'R', 't' | 'T'] = before else { return false };
    match rest.last() {
        None => is_from_start,
        Some(c) => !(is_word(*c) || "+~.-".contains(*c)),
    }
}

fn name_length(chars: &[char]) -> usize {
    chars.iter().take(MAX_SCREEN_NAME).take_while(|c| is_word(**c)).count()
}

fn list_length(chars: &[char]) -> usize {
    let [slash, first, rest @ ..] = chars else { return 0 };
    if *slash != '/' || !first.is_ascii_alphabetic() {
        return 0;
    }
    let is_part = |c: &&char| is_word(**c) || **c == '-';
    2 + rest.iter().take(MAX_LIST_NAME - 1).take_while(is_part).count()
}

/// Whether `rest` continues an address or a longer word.
fn continues(rest: &[char]) -> bool {
    rest.first().is_some_and(|c| is_at_sign(*c) || is_accented_latin(*c))
        || rest.starts_with(&[':', '/', '/'])
}

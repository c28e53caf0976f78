//! Rules same-as-tweet and duplicate: what is said elsewhere already.

use super::folded::Folded;
use super::text::{Text, is_word};
use std::collections::HashMap;

/// Texts are nearly the same if so many of a hundred pairs of adjacent letters are in both.
const SIMILAR_PERCENT: usize = 90;

/// Whether a description is the text of its Tweet, or nearly so. Links, mentions, hashtags and emoji
/// of the Tweet do not count.
pub(super) fn is_tweet(text: &Text, tweet: &str) -> bool {
    let own = essence(&text.visible);
    let is_prose = |word: &&str| !word.contains("://") && !word.starts_with('@');
    let is_plain = |word: &&str| is_prose(word) && !word.starts_with('#');
    let whole: Vec<&str> = tweet.split_whitespace().filter(is_prose).collect();
    let plain: Vec<&str> = whole.iter().copied().filter(is_plain).collect();
    [plain, whole].iter().any(|words| is_similar(&own, &essence(&words.join(" "))))
}

/// Whether one of the other descriptions says the same, letter by letter.
pub(super) fn is_any(text: &Text, others: &[&str]) -> bool {
    let own = essence(&text.visible);
    others.iter().any(|other| {
        if own.is_empty() { text.visible == Text::of(other).visible } else { own == essence(other) }
    })
}

/// The letters and digits of a text, folded.
fn essence(text: &str) -> Vec<char> {
    Folded::of(text.chars()).chars.into_iter().filter(|c| is_word(*c)).collect()
}

fn is_similar(one: &[char], other: &[char]) -> bool {
    if one.is_empty() || other.is_empty() {
        return false;
    }
    if one == other {
        return true;
    }
    // Another number says something else.
    let digits =
        |text: &[char]| -> Vec<char> { text.iter().copied().filter(|c| c.is_numeric()).collect() };
    let shared = shared_pairs(one, other);
    let all = one.len() + other.len() - 2;
    digits(one) == digits(other) && 2 * shared * 100 >= all * SIMILAR_PERCENT && shared > 0
}

/// How many pairs of adjacent letters two texts have in common.
fn shared_pairs(one: &[char], other: &[char]) -> usize {
    let mut left: HashMap<(char, char), usize> = HashMap::new();
    for pair in one.windows(2) {
        *left.entry((pair[0], pair[1])).or_default() += 1;
    }
    let mut take = |pair: &[char]| match left.get_mut(&(pair[0], pair[1])) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    other.windows(2).filter(|pair| take(pair)).count()
}

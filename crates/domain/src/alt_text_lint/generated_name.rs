//! Names that cameras, phones and programs give to files.

use super::folded::fold;
use super::words::file_names::{CAMERAS, SCREENSHOTS};
use std::sync::LazyLock;

/// Digits behind the prefix of a camera.
const MIN_CAMERA_DIGITS: usize = 3;
/// Numbers in the date and time of a screenshot; digits, if they are one number.
const MIN_DATE_NUMBERS: usize = 3;
const MIN_DATE_DIGITS: usize = 8;
/// Letters that may stand between these, as in "at 10.22.07 AM".
const MAX_LETTERS: usize = 8;
/// The shortest hash.
const MIN_HASH: usize = 16;

/// Whether a name, folded and with or without an extension, was made by a machine.
pub(super) fn is_generated(name: &[char]) -> bool {
    static CAMERA_PREFIXES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| folded(CAMERAS));
    static SCREENSHOT_PREFIXES: LazyLock<Vec<Vec<char>>> = LazyLock::new(|| folded(SCREENSHOTS));
    let begins = |prefixes: &[Vec<char>], is_rest: fn(&[char]) -> bool| {
        prefixes.iter().any(|prefix| name.strip_prefix(prefix.as_slice()).is_some_and(is_rest))
    };
    begins(&CAMERA_PREFIXES, is_number)
        || begins(&SCREENSHOT_PREFIXES, is_date)
        || is_hash(name)
        || is_time(name)
}

fn folded(prefixes: &[&str]) -> Vec<Vec<char>> {
    prefixes.iter().map(|prefix| fold(prefix)).collect()
}

/// Whether what follows the prefix of a camera is a number: `0412-HDR`, but not `2000 people`.
fn is_number(rest: &[char]) -> bool {
    let digits = rest.iter().filter(|c| c.is_ascii_digit()).count();
    let has_word = rest.windows(2).any(|pair| pair[0] == ' ' && pair[1].is_alphabetic());
    digits >= MIN_CAMERA_DIGITS && !has_word && begins_with_digit(rest)
}

/// Whether what follows the prefix of a screenshot is a date and time, in any language.
fn is_date(rest: &[char]) -> bool {
    let numbers: Vec<usize> = rest
        .split(|c| !c.is_ascii_digit())
        .map(<[char]>::len)
        .filter(|length| *length > 0)
        .collect();
    let is_long = numbers.iter().any(|length| *length >= MIN_DATE_DIGITS);
    (is_long || numbers.len() >= MIN_DATE_NUMBERS) && begins_with_digit(rest)
}

/// Whether digits follow at once, with few letters and only what separates numbers between them.
fn begins_with_digit(rest: &[char]) -> bool {
    let first = rest.iter().find(|c| !matches!(c, '_' | '-' | ' ' | '('));
    let letters = rest.iter().filter(|c| c.is_alphabetic()).count();
    let is_part = |c: &char| c.is_alphanumeric() || "_- .:;()~".contains(*c);
    first.is_some_and(char::is_ascii_digit) && letters <= MAX_LETTERS && rest.iter().all(is_part)
}

/// A long hexadecimal number, as a whole or as a UUID.
fn is_hash(name: &[char]) -> bool {
    let digits = name.iter().filter(|c| c.is_ascii_digit()).count();
    let letters = name.iter().filter(|c| c.is_ascii_alphabetic()).count();
    digits > 0
        && letters > 0
        && digits + letters >= MIN_HASH
        && name.iter().all(|c| c.is_ascii_hexdigit() || *c == '-')
}

/// `20240317_184501`.
fn is_time(name: &[char]) -> bool {
    let is_digit = |c: &char| c.is_ascii_digit();
    name.len() >= 15
        && matches!(name[8], '_' | '-')
        && name[..8].iter().all(is_digit)
        && name[9..15].iter().all(is_digit)
        && name[15..].iter().all(|c| is_digit(c) || matches!(c, '_' | '-' | '(' | ')'))
}

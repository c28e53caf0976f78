//! Names that cameras, phones and programs give to files.

use super::folded::fold;
use super::words::file_names::{CAMERAS, SCREENSHOTS};
use std::sync::LazyLock;

/// Digits behind the prefix of a camera.
const MIN_CAMERA_DIGITS: usize = 3;
/// Digits of the date and time of a screenshot.
const MIN_DATE_DIGITS: usize = 6;
/// Letters that may stand between these digits, as in "at 10.22.07 AM".
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
        || begins(&SCREENSHOT_PREFIXES, |rest| is_numbered(rest, MIN_DATE_DIGITS))
        || is_hash(name)
        || is_time(name)
}

fn folded(prefixes: &[&str]) -> Vec<Vec<char>> {
    prefixes.iter().map(|prefix| fold(prefix)).collect()
}

/// Whether what follows the prefix of a camera begins with digits.
fn is_number(rest: &[char]) -> bool {
    let first = rest.iter().find(|c| !matches!(c, '_' | '-' | ' ' | '('));
    first.is_some_and(char::is_ascii_digit) && is_numbered(rest, MIN_CAMERA_DIGITS)
}

/// Whether digits, separators and few letters follow a prefix.
fn is_numbered(rest: &[char], min_digits: usize) -> bool {
    let digits = rest.iter().filter(|c| c.is_ascii_digit()).count();
    let letters = rest.iter().filter(|c| c.is_alphabetic()).count();
    let is_part = |c: &char| c.is_alphanumeric() || "_- .,:;()~".contains(*c);
    digits >= min_digits && letters <= MAX_LETTERS && rest.iter().all(is_part)
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

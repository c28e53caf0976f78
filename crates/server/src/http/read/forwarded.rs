//! `Forwarded` (RFC 7239).

/// A parameter of an element of `Forwarded`.
pub(super) fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.trim().split_once('='));
    let pair = pairs.find(|(key, _)| key.eq_ignore_ascii_case(name));
    pair.map(|(_, value)| value.trim_matches('"'))
}

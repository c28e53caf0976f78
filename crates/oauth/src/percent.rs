//! Percent encoding (RFC 3986) and decoding.

use std::cmp::Ordering;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Encodes everything but letters, digits, `-`, `.`, `_` and `~`.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    encode_into(&mut out, text);
    out
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Passes the text, encoded twice, to `sink` in pieces, without a copy of it.
pub fn encode_twice(text: &str, sink: &mut impl FnMut(&[u8])) {
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate().filter(|(_, byte)| !is_unreserved(**byte)) {
        sink(bytes.get(plain..at).unwrap_or_default());
        sink(&[b'%', b'2', b'5', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        plain = at + 1;
    }
    sink(bytes.get(plain..).unwrap_or_default());
}

/// Compares two texts as if they were encoded.
pub fn compare_encoded(one: &str, other: &str) -> Ordering {
    // No encoded byte is the start of another, so the first difference decides.
    let encoded = |byte: u8| if is_unreserved(byte) { (byte, 0) } else { (b'%', byte) };
    match one.bytes().zip(other.bytes()).find(|(a, b)| a != b) {
        Some((a, b)) => encoded(a).cmp(&encoded(b)),
        None => one.len().cmp(&other.len()),
    }
}

/// Appends the encoded text.
pub fn encode_into(out: &mut String, text: &str) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if is_unreserved(byte) {
            continue;
        }
        // A run of unreserved bytes is ASCII, so its ends are character boundaries.
        out.push_str(text.get(plain..at).unwrap_or_default());
        out.push('%');
        out.push(char::from(HEX[usize::from(byte >> 4)]));
        out.push(char::from(HEX[usize::from(byte & 15)]));
        plain = at + 1;
    }
    out.push_str(text.get(plain..).unwrap_or_default());
}

/// Decodes form text: `+` and `%20` are spaces, a `%` without two digits is kept, invalid UTF-8
/// becomes U+FFFD.
pub fn decode_form(text: &[u8]) -> String {
    decode_bytes(text, true)
}

/// Decodes percent sequences only, as header values need it.
pub fn decode(text: &str) -> String {
    decode_bytes(text.as_bytes(), false)
}

fn decode_bytes(text: &[u8], plus_is_space: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(&byte) = text.get(at) {
        at += 1;
        match byte {
            b'+' if plus_is_space => out.push(b' '),
            b'%' => match (digit(text.get(at)), digit(text.get(at + 1))) {
                (Some(high), Some(low)) => {
                    out.push(high << 4 | low);
                    at += 2;
                }
                _ => out.push(b'%'),
            },
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn digit(byte: Option<&u8>) -> Option<u8> {
    match *byte? {
        b @ b'0'..=b'9' => Some(b - b'0'),
        b @ b'a'..=b'f' => Some(b - b'a' + 10),
        b @ b'A'..=b'F' => Some(b - b'A' + 10),
        _ => None,
    }
}

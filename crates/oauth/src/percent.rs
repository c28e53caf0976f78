//! Percent encoding (RFC 3986) and decoding.

use std::cmp::Ordering;
use std::fmt;

const HEX: &[u8; 16] = b"0123456789ABCDEF";
/// Encoded text is passed on in blocks of about this many bytes.
const BLOCK_BYTES: usize = 4096;

/// Encodes everything but letters, digits, `-`, `.`, `_` and `~`.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    encode_into(&mut out, text).expect("a string takes everything");
    out
}

/// Appends the encoded text.
pub fn encode_into(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    encode_with(out, text, "%")
}

/// Appends the text, encoded and then encoded again.
pub fn encode_twice_into(out: &mut impl fmt::Write, text: &str) -> fmt::Result {
    encode_with(out, text, "%25")
}

fn encode_with(out: &mut impl fmt::Write, text: &str, mark: &str) -> fmt::Result {
    // In blocks: a form of megabytes is hashed, and calls for each byte take longer than the hash.
    let mut block = String::new();
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        if is_unreserved(byte) {
            continue;
        }
        // A run of unreserved bytes is ASCII, so its ends are character boundaries.
        let run = text.get(plain..at).unwrap_or_default();
        if block.len() + run.len() >= BLOCK_BYTES {
            out.write_str(&block)?;
            out.write_str(run)?;
            block.clear();
        } else {
            block.push_str(run);
        }
        block.push_str(mark);
        block.push(char::from(HEX[usize::from(byte >> 4)]));
        block.push(char::from(HEX[usize::from(byte & 15)]));
        plain = at + 1;
    }
    out.write_str(&block)?;
    out.write_str(text.get(plain..).unwrap_or_default())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Compares two texts as if they were encoded.
pub fn compare(one: &str, other: &str) -> Ordering {
    // A percent sign is less than every unreserved byte.
    let key = |byte: u8| (is_unreserved(byte), byte);
    one.bytes().map(key).cmp(other.bytes().map(key))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_longer_than_a_block_is_encoded_like_its_pieces() {
        let run = "a".repeat(BLOCK_BYTES);
        for text in ["!".repeat(3 * BLOCK_BYTES), format!("{run}é{run}{run}! {run}"), run.clone()]
        {
            let pieces = |encode: fn(&str) -> String| -> String {
                text.split_inclusive(|_: char| true).map(encode).collect()
            };
            assert_eq!(encode(&text), pieces(encode));
            let twice = |text: &str| {
                let mut out = String::new();
                encode_twice_into(&mut out, text).unwrap();
                out
            };
            assert_eq!(twice(&text), encode(&encode(&text)));
            assert_eq!(twice(&text), pieces(|piece| encode(&encode(piece))));
        }
    }
}

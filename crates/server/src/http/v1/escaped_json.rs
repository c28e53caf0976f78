//! JSON as the real v1.1 service writes it: no spaces, keys in the recorded order, and `/`, `<`,
//! `>` and everything beyond ASCII escaped (recorded: `"image\/gif"`, `\u00f6`).

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use std::io::{self, Write};

struct EscapingFormatter;

impl Formatter for EscapingFormatter {
    fn write_string_fragment<W>(&mut self, out: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        let mut unwritten = 0;
        for (at, c) in fragment.char_indices() {
            if c.is_ascii() && !matches!(c, '/' | '<' | '>' | '\u{7f}') {
                continue;
            }
            out.write_all(&fragment.as_bytes()[unwritten..at])?;
            unwritten = at + c.len_utf8();
            if c == '/' {
                out.write_all(b"\\/")?;
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        out.write_all(&fragment.as_bytes()[unwritten..])
    }
}

/// Serializes `value` to escaped JSON.
pub(crate) fn to_escaped_json(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(512);
    value.serialize(&mut Serializer::with_formatter(&mut out, EscapingFormatter))?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_match_the_recorded_ones() {
        let text = "a/b <i> w\u{f6}rld \u{1F426} \"q\" \\ \n";
        let expected = r#""a\/b \u003ci\u003e w\u00f6rld \ud83d\udc26 \"q\" \\ \n""#;
        assert_eq!(String::from_utf8(to_escaped_json(&text).unwrap()).unwrap(), expected);
    }
}

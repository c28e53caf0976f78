//! Base64 that arrives in pieces of any length, with or without line breaks and padding.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes pieces of text; keeps at most three characters between them.
#[derive(Debug, Default)]
pub struct Base64Decoder {
    rest: Vec<u8>,
    has_ended: bool,
    space_is_plus: bool,
}

/// The text is not base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBase64;

impl Base64Decoder {
    /// For a parameter of an urlencoded form or query: a `+` that the client did not encode has become
    /// a space.
    pub fn of_form() -> Self {
        Self { space_is_plus: true, ..Self::default() }
    }

    /// Decodes one piece.
    pub fn push(&mut self, piece: &[u8]) -> Result<Vec<u8>, NotBase64> {
        let mut text = std::mem::take(&mut self.rest);
        for byte in piece {
            match byte {
                b' ' if self.space_is_plus && !self.has_ended => text.push(b'+'),
                b'\r' | b'\n' | b' ' | b'\t' => {}
                b'=' => self.has_ended = true,
                _ if self.has_ended => return Err(NotBase64),
                b'-' => text.push(b'+'),
                b'_' => text.push(b'/'),
                other => text.push(*other),
            }
        }
        let whole = text.len() / 4 * 4;
        self.rest = text.split_off(whole);
        ENGINE.decode(text).map_err(|_| NotBase64)
    }

    /// Decodes the remaining characters.
    pub fn finish(self) -> Result<Vec<u8>, NotBase64> {
        ENGINE.decode(self.rest).map_err(|_| NotBase64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn in_a_form_a_space_is_a_plus() {
        let mut decoder = Base64Decoder::of_form();
        let mut out = decoder.push(b"  / \r\n + ").unwrap();
        out.extend(decoder.push(b"A== ").unwrap());
        out.extend(decoder.finish().unwrap());
        let plain = base64::engine::general_purpose::STANDARD.encode(&out);
        assert_eq!(plain, "++/++++A");
        let mut decoder = Base64Decoder::default();
        assert_eq!(decoder.push(b"AA AA\t").unwrap(), [0, 0, 0]);
    }

    proptest! {
        #[test]
        fn any_split_into_pieces_decodes_to_the_same_bytes(bytes: Vec<u8>, cut in 1_usize..90, line in 1_usize..80) {
            let text = base64::engine::general_purpose::STANDARD.encode(&bytes);
            let lines: Vec<&[u8]> = text.as_bytes().chunks(line).collect();
            let text = lines.join(&b"\r\n"[..]);
            let mut decoder = Base64Decoder::default();
            let mut out = Vec::new();
            for piece in text.chunks(cut) {
                out.extend(decoder.push(piece).unwrap());
            }
            out.extend(decoder.finish().unwrap());
            prop_assert_eq!(out, bytes);
        }

        #[test]
        fn any_input_is_decoded_or_refused(text: Vec<u8>) {
            let mut decoder = Base64Decoder::default();
            if decoder.push(&text).is_ok() {
                drop(decoder.finish());
            }
        }
    }
}

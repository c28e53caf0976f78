//! A JSON object whose member `media` holds a file as base64. The file is streamed to a blob while
//! the rest is gathered, so that memory does not grow with it.

use super::base64_stream::Decoder;
use super::body::Limited;
use super::call::Call;
use birdhouse_core::actions::upload;
use birdhouse_core::blobs::Incoming;
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;
use serde_json::{Map, Value};

/// Bytes that the object may have beside the file.
const REST_MAX: usize = 64 * 1024;

/// Where the reader stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Position {
    /// Between texts.
    Plain,
    /// In a text that is gathered; whether the next character is escaped.
    Text { is_escaped: bool },
    /// In the file's text; whether the next character is escaped.
    Media { is_escaped: bool },
    /// In `\u` of the file's text: digits to come, and the number so far.
    Unicode { left: u8, code: u32 },
}

/// Extracts the file's text from an object that arrives in pieces.
#[derive(Debug)]
struct MediaExtractor {
    at: Position,
    depth: u32,
    /// The object without the file.
    rest: Vec<u8>,
    /// Where the last text at the first depth began in `rest`.
    text_start: usize,
    /// Whether that text was `media` and a colon followed.
    is_media_next: bool,
    has_media: bool,
}

impl Default for MediaExtractor {
    fn default() -> Self {
        Self {
            at: Position::Plain,
            depth: 0,
            rest: Vec::new(),
            text_start: 0,
            is_media_next: false,
            has_media: false,
        }
    }
}

impl MediaExtractor {
    /// Takes a piece; returns what of it belongs to the file.
    fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        for &byte in piece {
            match self.at {
                Position::Plain => self.plain(byte),
                Position::Text { is_escaped } => {
                    self.rest.push(byte);
                    match byte {
                        b'"' if !is_escaped => self.at = Position::Plain,
                        _ => self.at = Position::Text { is_escaped: byte == b'\\' && !is_escaped },
                    }
                }
                Position::Media { is_escaped: false } => match byte {
                    b'"' => {
                        self.rest.push(byte);
                        self.at = Position::Plain;
                    }
                    b'\\' => self.at = Position::Media { is_escaped: true },
                    _ => file.push(byte),
                },
                Position::Media { is_escaped: true } if byte == b'u' => {
                    self.at = Position::Unicode { left: 4, code: 0 };
                }
                Position::Media { is_escaped: true } => {
                    // Of the short escapes only the slash is base64; breaks of lines are not
                    // looked at, and of anything else the decoder says that it is none.
                    file.push(match byte {
                        b'n' | b'r' | b't' => b'\n',
                        b'/' => b'/',
                        _ => b'?',
                    });
                    self.at = Position::Media { is_escaped: false };
                }
                Position::Unicode { left, code } => {
                    let digit = char::from(byte).to_digit(16).unwrap_or(0xffff);
                    let code = code.saturating_mul(16).saturating_add(digit);
                    if left == 1 {
                        file.push(u8::try_from(code).unwrap_or(b'?'));
                        self.at = Position::Media { is_escaped: false };
                    } else {
                        self.at = Position::Unicode { left: left - 1, code };
                    }
                }
            }
        }
        file
    }

    fn plain(&mut self, byte: u8) {
        match byte {
            // A second one stays, and what is read of the object says that it is no base64 text.
            b'"' if self.is_media_next && !self.has_media => {
                self.has_media = true;
                self.is_media_next = false;
                self.at = Position::Media { is_escaped: false };
            }
            b'"' => {
                self.text_start = self.rest.len();
                self.at = Position::Text { is_escaped: false };
            }
            b':' => {
                let key = self.rest.get(self.text_start..).unwrap_or_default().trim_ascii_end();
                self.is_media_next = self.depth == 1 && key == b"\"media\"";
            }
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if !byte.is_ascii_whitespace() && byte != b':' && byte != b'"' {
            self.is_media_next = false;
        }
        self.rest.push(byte);
    }
}

/// Reads the object, or nothing; `media` remains in it as a blank text if it held a file. At most
/// `limit` bytes of file, decoded.
pub async fn read(call: &Call, limit: u64) -> Result<(Map<String, Value>, Option<Incoming>)> {
    let app = &call.app;
    let mut extractor = MediaExtractor::default();
    let mut decoded =
        DecodedMedia { media: upload::receive(app, limit), decoder: Decoder::default() };
    if let Some(json) = &call.json_in_form {
        decoded.write(&extractor.push(json)).await?;
    } else if let Some(body) = call.take_body() {
        let mut body = Limited::new(app, body);
        while let Some(bytes) = body.next().await? {
            let outcome = decoded.write(&extractor.push(&bytes)).await;
            let is_too_long = extractor.rest.len() > REST_MAX;
            if outcome.is_err() || is_too_long {
                // The client reads the answer only after it has sent all.
                body.drain().await;
                outcome?;
                return Err(Fault::BodyTooLarge { limit: REST_MAX as u64 }.into());
            }
        }
    }
    let media = decoded.finish().await?;
    if extractor.rest.trim_ascii().is_empty() {
        return Ok((Map::new(), None));
    }
    let parsed = serde_json::from_slice(&extractor.rest);
    let members = parsed.map_err(|error| Fault::MetadataNotJson(error.to_string()))?;
    Ok((members, extractor.has_media.then_some(media)))
}

struct DecodedMedia {
    media: Incoming,
    decoder: Decoder,
}

impl DecodedMedia {
    async fn write(&mut self, text: &[u8]) -> Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        let bytes = self.decoder.push(text).map_err(|_| not_base64())?;
        self.media.write(&bytes).await
    }

    async fn finish(mut self) -> Result<Incoming> {
        let bytes = self.decoder.finish().map_err(|_| not_base64())?;
        self.media.write(&bytes).await?;
        Ok(self.media)
    }
}

fn not_base64() -> Fault {
    let why = "string found, base64 expected".to_owned();
    Fault::SchemaViolated { place: "$.media".to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn extract(body: &[u8], size: usize) -> (String, String, bool) {
        let mut extractor = MediaExtractor::default();
        let file: Vec<u8> =
            body.chunks(size.max(1)).flat_map(|piece| extractor.push(piece)).collect();
        let rest = String::from_utf8_lossy(&extractor.rest).into_owned();
        (rest, String::from_utf8_lossy(&file).into_owned(), extractor.has_media)
    }

    #[test]
    fn the_file_is_extracted_from_the_first_depth_only() {
        let cases = [
            (r#"{"media":"AA\/B\u002b","x":1}"#, r#"{"media":"","x":1}"#, "AA/B+", true),
            (r#"{ "x": [1], "media" : "AA=="}"#, r#"{ "x": [1], "media" : ""}"#, "AA==", true),
            (r#"{"x":{"media":"AA"}}"#, r#"{"x":{"media":"AA"}}"#, "", false),
            (r#"{"x":"media","y":"AA"}"#, r#"{"x":"media","y":"AA"}"#, "", false),
            (r#"{"media":7,"y":"AA"}"#, r#"{"media":7,"y":"AA"}"#, "", false),
            (r#"{"media":["AA"]}"#, r#"{"media":["AA"]}"#, "", false),
            (r#"{"a\"media":"AA"}"#, r#"{"a\"media":"AA"}"#, "", false),
        ];
        for (body, rest, file, has_media) in cases {
            for size in 1..body.len() {
                let got = extract(body.as_bytes(), size);
                assert_eq!(got, (rest.to_owned(), file.to_owned(), has_media), "{body}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_accepted(body: Vec<u8>, size in 1_usize..9) {
            extract(&body, size);
        }
    }
}

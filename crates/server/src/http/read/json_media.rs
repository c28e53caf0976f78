//! A JSON object whose member `media` is a file in base64. The file is streamed to a blob, so that
//! memory does not grow with it.

use super::base64_stream::Base64Decoder;
use super::body::LimitedBody;
use super::call::Call;
use birdhouse_core::actions::upload;
use birdhouse_core::blobs::Incoming;
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;
use serde_json::{Map, Value};

/// Maximum bytes of the object without the file.
const REST_MAX_BYTES: usize = 64 * 1024;

/// An object that is in memory already is decoded in pieces of this many bytes.
const PIECE_BYTES: usize = 64 * 1024;

/// The state of [`MediaExtractor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ExtractorState {
    /// Outside of strings.
    Structure,
    /// In a string that is kept; whether the next character is escaped.
    String { is_escaped: bool },
    /// In the string with the file; whether the next character is escaped.
    Media { is_escaped: bool },
    /// In a `\u` escape of that string: digits left, and the code so far.
    Unicode { left: u8, code: u32 },
}

/// Separates the base64 text of `media` from an object that arrives in pieces.
#[derive(Debug)]
struct MediaExtractor {
    state: ExtractorState,
    depth: u32,
    /// The object without the file.
    rest: Vec<u8>,
    /// Where the last string outside the file starts in `rest`.
    string_start: usize,
    /// Whether that string is the key `media`, and its value is next.
    is_media_next: bool,
    has_media: bool,
}

impl Default for MediaExtractor {
    fn default() -> Self {
        Self {
            state: ExtractorState::Structure,
            depth: 0,
            rest: Vec::new(),
            string_start: 0,
            is_media_next: false,
            has_media: false,
        }
    }
}

impl MediaExtractor {
    /// Consumes a piece; returns the part of it that belongs to the file.
    fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        for &byte in piece {
            match self.state {
                ExtractorState::Structure => self.push_structure(byte),
                ExtractorState::String { is_escaped } => {
                    self.rest.push(byte);
                    match byte {
                        b'"' if !is_escaped => self.state = ExtractorState::Structure,
                        _ => {
                            self.state =
                                ExtractorState::String { is_escaped: byte == b'\\' && !is_escaped }
                        }
                    }
                }
                ExtractorState::Media { is_escaped: false } => match byte {
                    b'"' => {
                        self.rest.push(byte);
                        self.state = ExtractorState::Structure;
                    }
                    b'\\' => self.state = ExtractorState::Media { is_escaped: true },
                    _ => file.push(byte),
                },
                ExtractorState::Media { is_escaped: true } if byte == b'u' => {
                    self.state = ExtractorState::Unicode { left: 4, code: 0 };
                }
                ExtractorState::Media { is_escaped: true } => {
                    // The decoder ignores line breaks and refuses `?`; of the short escapes, only
                    // the slash is in the alphabet.
                    file.push(match byte {
                        b'n' | b'r' | b't' => b'\n',
                        b'/' => b'/',
                        _ => b'?',
                    });
                    self.state = ExtractorState::Media { is_escaped: false };
                }
                ExtractorState::Unicode { left, code } => {
                    let digit = char::from(byte).to_digit(16).unwrap_or(0xffff);
                    let code = code.saturating_mul(16).saturating_add(digit);
                    if left == 1 {
                        file.push(u8::try_from(code).unwrap_or(b'?'));
                        self.state = ExtractorState::Media { is_escaped: false };
                    } else {
                        self.state = ExtractorState::Unicode { left: left - 1, code };
                    }
                }
            }
        }
        file
    }

    fn push_structure(&mut self, byte: u8) {
        match byte {
            // A second `media` is kept in the object.
            b'"' if self.is_media_next && !self.has_media => {
                self.has_media = true;
                self.is_media_next = false;
                self.state = ExtractorState::Media { is_escaped: false };
            }
            b'"' => {
                self.string_start = self.rest.len();
                self.state = ExtractorState::String { is_escaped: false };
            }
            b':' => {
                let key = self.rest.get(self.string_start..).unwrap_or_default().trim_ascii_end();
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

/// A JSON object, and the file that was in its member `media`.
pub struct JsonMedia {
    /// The object; `media` is an empty string if it was a file.
    pub members: Map<String, Value>,
    /// The file.
    pub media: Option<Incoming>,
}

/// Reads the object with at most `limit` bytes of file, decoded. An empty body is an empty object.
pub async fn read(call: &Call, limit: u64) -> Result<JsonMedia> {
    let app = &call.app;
    call.count_early(None)?;
    let mut extractor = MediaExtractor::default();
    let mut decoded = DecodedMedia {
        media: upload::receive(app, &call.caller, limit, call.declared_length)?,
        decoder: Base64Decoder::default(),
    };
    if let Some(json) = &call.json_in_form {
        for piece in json.chunks(PIECE_BYTES) {
            decoded.write(&extractor.push(piece)).await?;
        }
    } else if let Some(body) = call.take_body() {
        let mut body = LimitedBody::new(app, body);
        while let Some(bytes) = body.next().await? {
            let outcome = decoded.write(&extractor.push(&bytes)).await;
            let is_too_long = extractor.rest.len() > REST_MAX_BYTES;
            if outcome.is_err() || is_too_long {
                // The client reads the response only after it has sent everything.
                body.drain().await;
                outcome?;
                return Err(Fault::BodyTooLarge { limit: REST_MAX_BYTES as u64 }.into());
            }
        }
    }
    let media = decoded.finish().await?;
    if extractor.rest.trim_ascii().is_empty() {
        return Ok(JsonMedia { members: Map::new(), media: None });
    }
    let parsed = serde_json::from_slice(&extractor.rest);
    let members = parsed.map_err(|error| Fault::MetadataNotJson(error.to_string()))?;
    Ok(JsonMedia { members, media: extractor.has_media.then_some(media) })
}

struct DecodedMedia {
    media: Incoming,
    decoder: Base64Decoder,
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
    fn media_is_extracted_at_the_top_level_only() {
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
        fn any_bytes_are_processed_without_a_panic(body: Vec<u8>, size in 1_usize..9) {
            extract(&body, size);
        }
    }
}

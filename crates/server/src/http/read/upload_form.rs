//! The body of an upload, in every encoding that clients use, streamed to a blob.
//!
//! The rule that covers all of them: an urlencoded `media` or `media_data` is base64; a multipart
//! `media` is raw unless the part declares base64; a multipart `media_data` is base64.

use super::base64_stream::Base64Decoder;
use super::body::LimitedBody;
use super::call::Call;
use super::content_type::ContentType;
use super::multipart::{Part, Parts};
use birdhouse_core::actions::upload;
use birdhouse_core::blobs::Incoming;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::Fault;
use birdhouse_oauth::params::Params;
use serde_json::{Map, Value, json};

/// Parameter names under which clients send the file.
const MEDIA_NAMES: [&str; 3] = ["media", "media[]", "media_data"];
/// Maximum bytes of all text parts together.
const TEXT_MAX_BYTES: usize = 64 * 1024;
/// Maximum parts of a body.
const MAX_PARTS: usize = 100;
/// Maximum bytes of a multipart body besides its media: line breaks of base64, headers, text parts.
const MULTIPART_OVERHEAD_BYTES: u64 = 4 * 1024 * 1024;

/// Parameters and file of an upload.
pub struct UploadForm {
    /// Text parts of a multipart body.
    parts: Params,
    /// The file, if one was sent.
    pub media: Option<Incoming>,
}

impl UploadForm {
    /// Reads the body; at most `limit` bytes of media, decoded.
    pub async fn read(call: &Call, limit: u64) -> Result<Self> {
        let app = &call.app;
        let mut form = Self { parts: Params::default(), media: None };
        if let (ContentType::Multipart(boundary), Some(body)) =
            (&call.content_type, call.take_body())
        {
            let body = LimitedBody::new(app, body);
            form.read_multipart(call, body, boundary, limit).await?;
        }
        call.count_early(form.parts.get("command"))?;
        if form.media.is_none() {
            form.read_text_media(call, limit).await?;
        }
        Ok(form)
    }

    /// A text parameter: from the parts, the urlencoded body or the query.
    pub fn get<'a>(&'a self, call: &'a Call, name: &str) -> Option<&'a str> {
        self.parts.get(name).filter(|v| !v.is_empty()).or_else(|| call.get(name))
    }

    /// All text parameters of the parts, the urlencoded body and the query, without the file; the
    /// first of each name.
    pub fn texts(&self, call: &Call) -> Map<String, Value> {
        let all = [&self.parts, &call.form, &call.query];
        let is_text = |name: &str| !name.starts_with("oauth_") && !MEDIA_NAMES.contains(&name);
        let mut texts = Map::new();
        for (name, value) in all.into_iter().flat_map(|params| &params.0) {
            if is_text(name) {
                texts.entry(name).or_insert_with(|| json!(value));
            }
        }
        texts
    }

    async fn read_multipart(
        &mut self,
        call: &Call,
        body: LimitedBody,
        boundary: &str,
        limit: u64,
    ) -> Result<()> {
        let max_bytes = limit * 3 / 2 + MULTIPART_OVERHEAD_BYTES;
        let mut parts = Parts::new(body, boundary, max_bytes, limit)?;
        let read = self.read_parts(call, &mut parts, limit).await;
        let is_sending = !matches!(read, Ok(()) | Err(Error::Refused(Fault::BodyIncomplete)));
        if is_sending {
            // The client reads the response only after it has sent everything.
            parts.drain().await;
        }
        read
    }

    async fn read_parts(&mut self, call: &Call, parts: &mut Parts, limit: u64) -> Result<()> {
        let (mut count, mut text_bytes_left) = (0, TEXT_MAX_BYTES);
        while let Some(part) = parts.next().await? {
            count += 1;
            if count > MAX_PARTS {
                return Err(Fault::BodyMalformed("it has too many parts").into());
            }
            let name = part.name();
            if !MEDIA_NAMES.contains(&name.as_str()) {
                let text = read_text(part, text_bytes_left).await?;
                text_bytes_left -= text.len().min(text_bytes_left);
                self.parts.push(&name, &text);
                continue;
            }
            call.count_early(self.parts.get("command"))?;
            let media = read_media(self.receive(call, limit)?, part, &name).await?;
            // Some clients send an empty `media` beside `media_data`, and on INIT.
            if self.media.is_none() || !media.is_empty() {
                self.media = Some(media);
            }
        }
        Ok(())
    }

    /// Starts to receive a file, for which there is room if the body is as long as it was declared.
    fn receive(&self, call: &Call, limit: u64) -> Result<Incoming> {
        let received = self.media.as_ref().map_or(0, Incoming::len);
        let rest = call.declared_length.map(|length| length.saturating_sub(received));
        upload::receive(&call.app, &call.caller, limit, rest)
    }

    /// Base64 in the urlencoded body, or even in the query.
    async fn read_text_media(&mut self, call: &Call, limit: u64) -> Result<()> {
        let values = MEDIA_NAMES.iter().filter_map(|name| self.parts.get(name).or(call.get(name)));
        let Some(text) = values.clone().find(|text| !text.is_empty()) else {
            let is_empty = values.clone().next().is_some();
            self.media = is_empty.then(|| self.receive(call, 0)).transpose()?;
            return Ok(());
        };
        let mut media = self.receive(call, limit)?;
        let mut decoder = Base64Decoder::of_form();
        for piece in text.as_bytes().chunks(64 * 1024) {
            let bytes = decoder.push(piece).map_err(|_| not_base64(text))?;
            media.write(&bytes).await?;
        }
        media.write(&decoder.finish().map_err(|_| not_base64(text))?).await?;
        self.media = Some(media);
        Ok(())
    }
}

async fn read_text(mut part: Part, max_bytes: usize) -> Result<String> {
    let mut text = Vec::new();
    while let Some(bytes) = part.chunk().await? {
        if text.len() + bytes.len() > max_bytes {
            return Err(Fault::BodyMalformed("its text parts are too long").into());
        }
        text.extend_from_slice(&bytes);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

async fn read_media(mut media: Incoming, mut part: Part, name: &str) -> Result<Incoming> {
    let is_base64 = part.is_declared_base64() || name == "media_data";
    let mut decoder = is_base64.then(Base64Decoder::default);
    let not_base64 = || Error::from(Fault::MediaUnrecognized("the part is not base64".to_owned()));
    while let Some(bytes) = part.chunk().await? {
        match &mut decoder {
            None => media.write(&bytes).await?,
            Some(decoder) => {
                media.write(&decoder.push(&bytes).map_err(|_| not_base64())?).await?;
            }
        }
    }
    if let Some(decoder) = decoder {
        media.write(&decoder.finish().map_err(|_| not_base64())?).await?;
    }
    media.give_back_room();
    Ok(media)
}

fn not_base64(text: &str) -> Error {
    let why = if text.starts_with("data:") {
        "the text starts with `data:`; send the base64 alone, without a data: prefix"
    } else {
        "the text is not base64"
    };
    Fault::MediaUnrecognized(why.to_owned()).into()
}

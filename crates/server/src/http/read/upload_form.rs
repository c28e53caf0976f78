//! The body of an upload, in every encoding that clients use, streamed to a blob.
//!
//! The rule that fits all of them: an urlencoded `media` or `media_data` is base64; a multipart
//! `media` is raw unless its part says base64; a multipart `media_data` is base64.

use super::base64_stream::Decoder;
use super::body::Limited;
use super::call::Call;
use super::content_type::Content;
use birdhouse_core::actions::upload;
use birdhouse_core::app::App;
use birdhouse_core::blobs::Incoming;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::Fault;
use birdhouse_oauth::params::Params;
use multer::{Constraints, Field, Multipart, SizeLimit};

/// Names under which clients send the bytes.
const MEDIA_NAMES: [&str; 3] = ["media", "media[]", "media_data"];
/// Bytes of all text parts together.
const TEXT_BYTES: usize = 64 * 1024;
/// Parts of one body.
const MAX_PARTS: usize = 100;
/// Bytes that a multipart body may have beside its media: line breaks of base64, heads, texts.
const SLACK: u64 = 4 * 1024 * 1024;

/// Parameters and bytes of an upload.
pub struct UploadForm {
    /// Text parameters that stand in the body's parts.
    parts: Params,
    /// The bytes, if any came.
    pub media: Option<Incoming>,
}

impl UploadForm {
    /// Reads the body; at most `limit` bytes of media, decoded.
    pub async fn read(call: &Call, limit: u64) -> Result<Self> {
        let app = &call.app;
        let mut form = Self { parts: Params::default(), media: None };
        if let (Content::Multipart(boundary), Some(body)) = (&call.content, call.take_body()) {
            let body = Limited::new(app, body);
            form.read_multipart(app, body, boundary, limit).await?;
        }
        if form.media.is_none() {
            form.read_text_media(app, call, limit).await?;
        }
        Ok(form)
    }

    /// A text parameter: from the parts, the urlencoded body or the query.
    pub fn get<'a>(&'a self, call: &'a Call, name: &str) -> Option<&'a str> {
        self.parts.get(name).filter(|v| !v.is_empty()).or_else(|| call.get(name))
    }

    /// All text parameters: of the parts, the urlencoded body and the query; of several with one
    /// name the first.
    pub fn texts(&self, call: &Call) -> Vec<(String, String)> {
        let all = [&self.parts, &call.form, &call.query];
        let pairs = all.into_iter().flat_map(|params| params.0.iter().cloned());
        let mut texts: Vec<(String, String)> = Vec::new();
        for (name, value) in pairs.filter(|(name, _)| !name.starts_with("oauth_")) {
            if !texts.iter().any(|(known, _)| *known == name) {
                texts.push((name, value));
            }
        }
        texts
    }

    async fn read_multipart(
        &mut self,
        app: &App,
        body: Limited,
        boundary: &str,
        limit: u64,
    ) -> Result<()> {
        if boundary.is_empty() || boundary.len() > 200 {
            return Err(Fault::BodyMalformed("the multipart boundary is missing").into());
        }
        let whole = SizeLimit::new().whole_stream(limit * 3 / 2 + SLACK);
        let constraints = Constraints::new().size_limit(whole);
        let mut parts = Multipart::with_constraints(body.into_stream(), boundary, constraints);
        let read = self.read_parts(app, &mut parts, limit).await;
        if read.is_err() {
            // The client reads the answer only after it has sent all.
            while let Ok(Some(mut part)) = parts.next_field().await {
                while let Ok(Some(_)) = part.chunk().await {}
            }
        }
        read
    }

    async fn read_parts(&mut self, app: &App, parts: &mut Multipart<'_>, limit: u64) -> Result<()> {
        let (mut count, mut room) = (0, TEXT_BYTES);
        while let Some(part) = parts.next_field().await.map_err(|e| refusal(&e, limit))? {
            count += 1;
            if count > MAX_PARTS {
                return Err(Fault::BodyMalformed("it has too many parts").into());
            }
            let name = part.name().unwrap_or_default().to_owned();
            if !MEDIA_NAMES.contains(&name.as_str()) {
                let text = read_text(part, limit, room).await?;
                room -= text.len().min(room);
                self.parts.push(&name, &text);
                continue;
            }
            let media = read_media(upload::receive(app, limit), part, &name, limit).await?;
            // An empty `media` stands beside a full `media_data` in some clients, and on INIT.
            if self.media.is_none() || !media.is_empty() {
                self.media = Some(media);
            }
        }
        Ok(())
    }

    /// Base64 in the urlencoded body, or even in the query.
    async fn read_text_media(&mut self, app: &App, call: &Call, limit: u64) -> Result<()> {
        let given = MEDIA_NAMES.iter().filter_map(|name| self.parts.get(name).or(call.get(name)));
        let Some(text) = given.clone().find(|text| !text.is_empty()) else {
            self.media = given.clone().next().map(|_| upload::receive(app, limit));
            return Ok(());
        };
        let mut media = upload::receive(app, limit);
        let mut decoder = Decoder::default();
        for piece in text.as_bytes().chunks(64 * 1024) {
            let bytes = decoder.push(piece).map_err(|_| not_base64(text))?;
            media.write(&bytes).await?;
        }
        media.write(&decoder.finish().map_err(|_| not_base64(text))?).await?;
        self.media = Some(media);
        Ok(())
    }
}

async fn read_text(mut part: Field<'_>, limit: u64, room: usize) -> Result<String> {
    let mut text = Vec::new();
    while let Some(bytes) = part.chunk().await.map_err(|e| refusal(&e, limit))? {
        if text.len() + bytes.len() > room {
            return Err(Fault::BodyMalformed("its text parts are too long").into());
        }
        text.extend_from_slice(&bytes);
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

async fn read_media(
    mut media: Incoming,
    mut part: Field<'_>,
    name: &str,
    limit: u64,
) -> Result<Incoming> {
    let encoding = part.headers().get("content-transfer-encoding");
    let says_base64 = encoding
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("base64"));
    let mut decoder = (says_base64 || name == "media_data").then(Decoder::default);
    let refused = || Error::from(Fault::MediaUnrecognized("the part is not base64".to_owned()));
    while let Some(bytes) = part.chunk().await.map_err(|e| refusal(&e, limit))? {
        match &mut decoder {
            None => media.write(&bytes).await?,
            Some(decoder) => {
                media.write(&decoder.push(&bytes).map_err(|_| refused())?).await?;
            }
        }
    }
    if let Some(decoder) = decoder {
        media.write(&decoder.finish().map_err(|_| refused())?).await?;
    }
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

fn refusal(error: &multer::Error, limit: u64) -> Error {
    match error {
        multer::Error::StreamSizeExceeded { .. } => Fault::FileTooLarge { limit }.into(),
        multer::Error::StreamReadFailed(_) => Fault::BodyIncomplete.into(),
        multer::Error::IncompleteStream
        | multer::Error::IncompleteFieldData { .. }
        | multer::Error::IncompleteHeaders => {
            Fault::BodyMalformed("the multipart body ends before its last boundary").into()
        }
        _ => Fault::BodyMalformed("it is not multipart").into(),
    }
}

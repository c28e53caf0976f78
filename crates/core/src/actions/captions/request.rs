//! What a captioning service is sent.

use crate::config::{Captioner, CaptionerKind};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use birdhouse_domain::{Language, MediaId};
use bytes::Bytes;
use serde_json::{Value, json};

/// An image to describe.
pub(super) struct Image<'a> {
    /// Its id.
    pub(super) media: MediaId,
    /// Its content type.
    pub(super) mime: &'a str,
    /// Its bytes.
    pub(super) bytes: &'a Bytes,
    /// The language to describe it in.
    pub(super) lang: &'a Language,
}

/// The JSON of a request.
pub(super) fn body(service: &Captioner, image: &Image<'_>) -> String {
    let value = match service.kind {
        CaptionerKind::Birdhouse => json!({
            "media_id": image.media.to_string(),
            "mime": image.mime,
            "lang": image.lang.as_str(),
            "image": STANDARD.encode(image.bytes),
        }),
        CaptionerKind::Chat => chat(service, image),
    };
    value.to_string()
}

/// The form of most services that chat about images.
fn chat(service: &Captioner, image: &Image<'_>) -> Value {
    let mut prompt = service.prompt.clone();
    if !image.lang.is_default() {
        prompt.push_str(" Answer in the language with the BCP 47 tag ");
        prompt.push_str(image.lang.as_str());
        prompt.push('.');
    }
    let url = format!("data:{};base64,{}", image.mime, STANDARD.encode(image.bytes));
    json!({
        "model": service.model,
        "max_tokens": 300,
        "messages": [{"role": "user", "content": [
            {"type": "text", "text": prompt},
            {"type": "image_url", "image_url": {"url": url}},
        ]}],
    })
}

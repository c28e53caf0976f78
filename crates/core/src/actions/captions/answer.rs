//! What a captioning service answers.

use crate::config::{Captioner, CaptionerKind};
use serde_json::Value;

/// The most characters of the name of a model that are kept.
const MODEL_CHARS: usize = 100;

/// A description as the service sent it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Caption {
    /// The description.
    pub(super) text: String,
    /// Its language, if the service says so.
    pub(super) lang: Option<String>,
    /// What generated it, if the service says so.
    pub(super) model: Option<String>,
}

/// Reads an answer; `None` if it is not as the contract says.
pub(super) fn read(service: &Captioner, body: &[u8]) -> Option<Caption> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let (text, lang) = match service.kind {
        CaptionerKind::Birdhouse => (&value["text"], value["lang"].as_str()),
        CaptionerKind::Chat => (&value["choices"][0]["message"]["content"], None),
    };
    // `null` is the answer of a service that has nothing to say.
    let text = if text.is_null() && value.is_object() { "" } else { text.as_str()? };
    let model = value["model"].as_str().map(|name| name.chars().take(MODEL_CHARS).collect());
    Some(Caption { text: text.to_owned(), lang: lang.map(str::to_owned), model })
}

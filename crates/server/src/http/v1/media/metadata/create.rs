//! `POST /1.1/media/metadata/create.json`: sets the alt text of a media item.
//!
//! Documented: a JSON body in `application/json` or `text/plain`. Clients also send no
//! Content-Type, `media_id` as string or number, and unknown members.

use crate::http::read::call::Call;
use crate::http::read::content_type::ContentType;
use crate::http::read::json_body::{self, not_json};
use crate::http::v1;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Result;
use birdhouse_domain::{AltText, Fault, MediaId};
use serde_json::Value;

/// The parsed body.
struct Metadata {
    media_id: MediaId,
    alt_text: AltText,
}

/// Sets the alt text.
pub async fn handle(call: Call) -> Result<Response> {
    let fidelity = call.app.config.fidelity;
    let metadata = read(&call, fidelity).await?;
    let caller = call.caller.user()?;
    actions::alt_text::set(&call.app, caller, metadata.media_id, &metadata.alt_text).await?;
    match fidelity {
        // Recorded: 200 without a body, which one known client cannot parse.
        Fidelity::Strict => Ok(v1::empty(StatusCode::OK)),
        Fidelity::Lenient => v1::json(StatusCode::OK, &serde_json::Map::new()),
    }
}

async fn read(call: &Call, fidelity: Fidelity) -> Result<Metadata> {
    let bytes = json_body::bytes(call).await?;
    if call.content_type == ContentType::Form && bytes.is_empty() {
        return from_form(call, fidelity);
    }
    let value = json_body::parse(bytes, fidelity)?;
    let alt_text = match (&value["alt_text"], &value["alt_text"]["text"]) {
        (Value::Object(_), Value::String(text)) => Some(text),
        _ => None,
    };
    let media_id = json_body::media_id(&value["media_id"])?;
    let alt_text = AltText::parse(alt_text.ok_or(Fault::AltTextMissing)?)?;
    Ok(Metadata { media_id, alt_text })
}

/// Parses a form, which the real service refuses, but which is all that some libraries can send.
fn from_form(call: &Call, fidelity: Fidelity) -> Result<Metadata> {
    if fidelity == Fidelity::Strict {
        return Err(not_json("the body is a form").into());
    }
    if call.form.is_empty() {
        return Err(not_json("the body is empty").into());
    }
    let media_id = call.form.get("media_id").filter(|id| !id.is_empty());
    let media_id = media_id.ok_or(Fault::MetadataMediaIdMissing)?;
    let media_id = MediaId::parse(media_id).ok_or(Fault::MediaNotFound)?;
    let text = call.form.get("alt_text[text]").or_else(|| call.form.get("alt_text"));
    let alt_text = AltText::parse(text.ok_or(Fault::AltTextMissing)?)?;
    Ok(Metadata { media_id, alt_text })
}

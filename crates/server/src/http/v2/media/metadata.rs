//! `POST /2/media/metadata` and `/2/media/metadata/create`: sets metadata of a media item.
//!
//! Three formats are in use: the members under `metadata` beside `id` (documented), the members
//! beside `media_id` under `/create` (documented until March 2025), and the members beside `id`
//! under `/metadata` (undocumented). The real service ignores the members of the last, so that the
//! alt text is lost; here they are stored, or refused with a reason if fidelity is strict.

use super::super::{input, json, schemas};
use crate::http::read::call::Call;
use crate::http::read::json_body;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::{AltText, Fault, MediaId};
use serde_json::{Map, Value, json};

/// Members under `metadata`.
pub async fn handle(call: Call) -> Result<Response> {
    let body = body(&call).await?;
    if let Some(member) = body.keys().find(|name| schemas::is_metadata_member(name))
        && call.is_strict()
    {
        let member = member.clone();
        return Err(Fault::MetadataMisplaced { member, belongs_in: "metadata" }.into());
    }
    store(&call, body).await
}

/// Members beside `media_id`.
pub async fn handle_flat(call: Call) -> Result<Response> {
    let body = body(&call).await?;
    store(&call, body).await
}

async fn body(call: &Call) -> Result<Map<String, Value>> {
    match json_body::read(call).await? {
        Value::Object(body) => Ok(body),
        _ => Err(Fault::MetadataNotJson("it is not an object".to_owned()).into()),
    }
}

async fn store(call: &Call, mut body: Map<String, Value>) -> Result<Response> {
    if !body.contains_key("id")
        && let Some(id) = body.remove("media_id")
    {
        body.insert("id".to_owned(), id);
    }
    if !call.is_strict() {
        normalize_alt_text(&mut body);
    }
    let (id, members) = parse(body)?;
    let text = match members.get("alt_text") {
        None => None,
        Some(alt_text) => {
            let text = alt_text["text"].as_str().ok_or(Fault::AltTextMissing)?;
            Some(AltText::parse(text)?)
        }
    };
    let others: Vec<(String, String)> = members
        .iter()
        .filter(|(name, _)| *name != "alt_text")
        .map(|(name, value)| (name.clone(), value.to_string()))
        .collect();
    if !call.is_strict() && members.is_empty() {
        let place = "$.metadata".to_owned();
        let why = "has no known member; alt text belongs in $.metadata.alt_text.text".into();
        return Err(Fault::SchemaViolated { place, why }.into());
    }
    let caller = call.caller.user()?;
    actions::alt_text::set_metadata(&call.app, caller, id, text.as_ref(), &others).await?;
    let data = json!({"id": id.to_string(), "associated_metadata": members});
    json(StatusCode::OK, &json!({"data": data}))
}

/// Validates the body; returns the id, and the known members at either level.
fn parse(body: Map<String, Value>) -> Result<(MediaId, Map<String, Value>)> {
    let body = Value::Object(body);
    schemas::METADATA.validate(&body)?;
    schemas::METADATA_FLAT.validate(&body)?;
    // Members under `metadata` take precedence.
    let levels = [body.as_object(), body.get("metadata").and_then(Value::as_object)];
    let members = levels.into_iter().flatten().flatten();
    let members = members.filter(|(name, _)| schemas::is_metadata_member(name));
    let members = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    let id = input::text(&body["id"]).unwrap_or_default();
    Ok((MediaId::parse(&id).ok_or(Fault::MediaNotFound)?, members))
}

/// Accepts `alt_text` as a string, which some clients send because an emulator accepts it.
fn normalize_alt_text(body: &mut Map<String, Value>) {
    let wrap = |members: &mut Map<String, Value>| {
        if let Some(alt_text @ Value::String(_)) = members.get_mut("alt_text") {
            *alt_text = json!({"text": alt_text.take()});
        }
    };
    wrap(body);
    if let Some(Value::Object(members)) = body.get_mut("metadata") {
        wrap(members);
    }
}

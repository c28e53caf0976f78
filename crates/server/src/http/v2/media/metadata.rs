//! `POST /2/media/metadata` and `/2/media/metadata/create`: what is said of a media.
//!
//! Three shapes are in use: the members under `metadata` beside `id` (documented), the members
//! beside `media_id` under `/create` (documented until March 2025), and the members beside `id`
//! under `/metadata`, which is nobody's contract. The real service takes the last for nothing said,
//! so that the description is lost; here it is kept, or refused with the reason if answers are
//! strict.

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
    if let Some(member) = body.keys().find(|name| schemas::is_member(name))
        && call.is_strict()
    {
        let member = member.clone();
        return Err(Fault::MetadataMisplaced { member, belongs_in: "metadata" }.into());
    }
    keep(&call, body).await
}

/// Members beside `media_id`.
pub async fn handle_flat(call: Call) -> Result<Response> {
    let body = body(&call).await?;
    keep(&call, body).await
}

async fn body(call: &Call) -> Result<Map<String, Value>> {
    match json_body::read(call).await? {
        Value::Object(body) => Ok(body),
        _ => Err(Fault::MetadataNotJson("it is not an object".to_owned()).into()),
    }
}

async fn keep(call: &Call, mut body: Map<String, Value>) -> Result<Response> {
    if !body.contains_key("id")
        && let Some(id) = body.remove("media_id")
    {
        body.insert("id".to_owned(), id);
    }
    if !call.is_strict() {
        straighten(&mut body);
    }
    let (id, members) = read(body)?;
    let text = match members.get("alt_text") {
        None => None,
        Some(given) => {
            let text = given["text"].as_str().ok_or(Fault::AltTextMissing)?;
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
        let why = "says nothing that is known; alt text belongs in $.metadata.alt_text.text".into();
        return Err(Fault::SchemaViolated { place, why }.into());
    }
    let caller = call.caller.user()?;
    actions::alt_text::set_metadata(&call.app, caller, id, text.as_ref(), &others).await?;
    let data = json!({"id": id.to_string(), "associated_metadata": members});
    json(StatusCode::OK, &json!({"data": data}))
}

/// The id and the known members, checked, wherever they stand.
fn read(body: Map<String, Value>) -> Result<(MediaId, Map<String, Value>)> {
    let body = Value::Object(body);
    schemas::METADATA.validate(&body)?;
    schemas::METADATA_FLAT.validate(&body)?;
    // What stands under `metadata` counts before what stands beside it.
    let places = [body.as_object(), body.get("metadata").and_then(Value::as_object)];
    let stands = places.into_iter().flatten().flatten();
    let members = stands.filter(|(name, _)| schemas::is_member(name));
    let members = members.map(|(name, value)| (name.clone(), value.clone())).collect();
    let id = input::text(&body["id"]).unwrap_or_default();
    Ok((MediaId::parse(&id).ok_or(Fault::MediaNotFound)?, members))
}

/// An alt text that is a plain text means its `text`, as an emulator taught some clients.
fn straighten(body: &mut Map<String, Value>) {
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

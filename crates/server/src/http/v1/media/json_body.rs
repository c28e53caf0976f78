//! JSON bodies, whatever their Content-Type says: `application/json`, `text/plain`, a form, or
//! nothing at all (all seen from known clients).

use crate::app::Shared;
use crate::config::Fidelity;
use crate::error::Result;
use crate::http::body;
use crate::http::call::Call;
use crate::http::json::without_comments;
use birdhouse_domain::{Fault, MediaId};
use serde_json::Value;

/// Bytes of a JSON body.
const MAX_BYTES: usize = 64 * 1024;

/// The body's bytes.
pub async fn bytes(app: &Shared, call: &Call) -> Result<Vec<u8>> {
    match (call.json_in_form.clone(), call.take_body()) {
        (Some(json), _) => Ok(json),
        (None, Some(body)) => body::read_all(body, MAX_BYTES, crate::http::idle_limit(app)).await,
        (None, None) => Ok(Vec::new()),
    }
}

/// The JSON object that a call carries.
pub async fn read(app: &Shared, call: &Call) -> Result<Value> {
    parse(bytes(app, call).await?, app.config.fidelity)
}

/// Reads a JSON object; comments are taken out unless answers are strict.
pub fn parse(bytes: Vec<u8>, fidelity: Fidelity) -> Result<Value> {
    let mut text = String::from_utf8(bytes).map_err(|_| not_json("it is not UTF-8"))?;
    if fidelity == Fidelity::Lenient {
        text = without_comments(text.trim_start_matches('\u{feff}'));
    }
    let value: Value = serde_json::from_str(&text).map_err(|e| not_json(&e.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(not_json("it is not an object").into()) }
}

/// What is no JSON object.
pub fn not_json(why: &str) -> Fault {
    Fault::MetadataNotJson(why.to_owned())
}

/// A media id as text or number, exact to 64 bits.
pub fn media_id(value: &Value) -> Result<MediaId> {
    let parsed = match value {
        Value::Null => return Err(Fault::MetadataMediaIdMissing.into()),
        Value::String(text) if text.is_empty() => return Err(Fault::MetadataMediaIdMissing.into()),
        Value::String(text) => MediaId::parse(text),
        Value::Number(number) => MediaId::parse(&number.to_string()),
        _ => return Err(Fault::ParameterInvalid("media_id").into()),
    };
    Ok(parsed.ok_or(Fault::MediaNotFound)?)
}

//! `GET /2/media` and `/2/media/:media_key`: media that a Tweet shows, and the asker's own.

use super::super::fields::View;
use super::super::{error, input, json, render};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::media::by_key;
use birdhouse_core::error::Result;
use serde_json::{Map, Value, json};

/// By keys.
pub async fn many(call: Call) -> Result<Response> {
    let keys = input::list(&call, "media_keys")?;
    if let Some(bad) = keys.iter().find(|key| !is_key(key)) {
        return Err(input::invalid("media_keys", bad).into());
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for key in &keys {
        match look(&call, key).await? {
            Some(media) => found.push(media),
            None => missing.push(error::not_found(&call.app, "media", "media_keys", key)),
        }
    }
    let mut body = Map::new();
    if !found.is_empty() {
        body.insert("data".into(), json!(found));
    }
    if !missing.is_empty() {
        body.insert("errors".into(), json!(missing));
    }
    json(StatusCode::OK, &Value::Object(body))
}

/// By one key.
pub async fn one(call: Call) -> Result<Response> {
    let key = call.segment(1);
    if !is_key(key) {
        return Err(input::invalid("media_key", key).into());
    }
    let body = match look(&call, key).await? {
        Some(media) => json!({"data": media}),
        None => json!({"errors": [error::not_found(&call.app, "media", "media_key", key)]}),
    };
    json(StatusCode::OK, &body)
}

async fn look(call: &Call, key: &str) -> Result<Option<Value>> {
    let view = View::of(call);
    let found = by_key(&call.app, &call.caller, key).await?;
    let public_url = &call.app.config.public_url;
    Ok(found.map(|found| render::media::media(&found.media, &found.variants, &view, public_url)))
}

/// `^([0-9]+)_([0-9]+)$`
fn is_key(key: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    key.len() <= 40 && key.split_once('_').is_some_and(|(kind, id)| digits(kind) && digits(id))
}

//! `GET /2/media` and `/2/media/:media_key`: media in Tweets, and the caller's own.

use super::super::fields::FieldSelection;
use super::super::{error, input, json, render};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::media::by_key;
use birdhouse_core::error::Result;
use serde_json::{Map, Value, json};

/// Up to 100 media items.
pub async fn many(call: Call) -> Result<Response> {
    let keys = input::list(&call, "media_keys")?;
    if let Some(bad) = keys.iter().find(|key| !is_key(key)) {
        return Err(input::invalid("media_keys", bad).into());
    }
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for key in &keys {
        match find(&call, key).await? {
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

/// One media item.
pub async fn one(call: Call) -> Result<Response> {
    let key = call.segment(1);
    if !is_key(key) {
        return Err(input::invalid("media_key", key).into());
    }
    let body = match find(&call, key).await? {
        Some(media) => json!({"data": media}),
        None => json!({"errors": [error::not_found(&call.app, "media", "media_key", key)]}),
    };
    json(StatusCode::OK, &body)
}

async fn find(call: &Call, key: &str) -> Result<Option<Value>> {
    let selection = FieldSelection::of(call);
    let item = by_key(&call.app, &call.caller, key).await?;
    let public_url = &call.app.config.public_url;
    Ok(item.map(|item| render::media::media(&item.media, &item.variants, &selection, public_url)))
}

/// `^([0-9]+)_([0-9]+)$`
fn is_key(key: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    key.len() <= 40 && key.split_once('_').is_some_and(|(kind, id)| digits(kind) && digits(id))
}

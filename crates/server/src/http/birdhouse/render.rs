//! JSON of our own API.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::descriptions::DescriptionEntry;
use birdhouse_core::error::Result;
use birdhouse_domain::{Timestamp, UserId};
use serde_json::{Value, json};

/// A JSON response.
#[expect(clippy::unnecessary_wraps, reason = "handlers return its result")]
pub(super) fn json(status: StatusCode, value: &Value) -> Result<Response> {
    let mime = [(header::CONTENT_TYPE, "application/json")];
    Ok((status, mime, value.to_string()).into_response())
}

/// A time in RFC 3339, to the millisecond.
pub(super) fn time(at: Timestamp) -> Value {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    json!(format!("{at:.3}"))
}

/// A user's id and screen name.
pub(super) fn user((id, name): &(UserId, String)) -> Value {
    json!({"id": id.to_string(), "username": name})
}

/// A description, or an entry of its history.
pub(super) fn description(entry: &DescriptionEntry) -> Value {
    let (app, app_name) = &entry.app;
    json!({
        "lang": entry.lang,
        "alt_text": Some(&entry.alt_text).filter(|text| !text.is_empty()),
        "extended": entry.extended,
        "decorative": entry.is_decorative,
        "origin": entry.origin.name(),
        "author": user(&entry.author),
        "app": {"id": app.to_string(), "name": app_name},
        "suggestion_id": entry.suggestion.map(|id| id.to_string()),
        "updated_at": time(entry.created_at),
    })
}

/// An entry of the history.
pub(super) fn history_entry(entry: &DescriptionEntry) -> Value {
    let mut value = description(entry);
    value["id"] = json!(entry.id.to_string());
    value["removed"] = json!(entry.is_removed());
    value["undo"] = json!(entry.restores.is_some());
    value
}

//! `GET /1.1/application/rate_limit_status.json`: the state of the caller's
//! rate windows.

use crate::http::read::call::Call;
use crate::http::v1;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::error::Result;
use birdhouse_domain::Caller;
use serde_json::{Map, Value, json};

/// Reports the windows, of all families or of those in `resources`.
pub async fn handle(call: Call) -> Result<Response> {
    let requested: Option<Vec<&str>> =
        call.get("resources").filter(|r| !r.is_empty()).map(|r| r.split(',').collect());
    let mut families = Map::new();
    let now = call.app.now().seconds();
    for (path, window) in call.app.memory.rates.statuses(call.caller.rate_limit_key(), now) {
        let family = path.split('/').nth(1).unwrap_or_default();
        if requested.as_ref().is_some_and(|names| !names.contains(&family)) {
            continue;
        }
        let entry = families.entry(family).or_insert_with(|| json!({}));
        entry[path] = json!({
            "limit": window.limit,
            "remaining": window.remaining,
            "reset": window.reset,
        });
    }
    let context = match &call.caller {
        Caller::User(caller) => json!({"access_token": caller.token}),
        Caller::App(app) => json!({"application": app.consumer_key}),
    };
    let body = json!({"rate_limit_context": context, "resources": Value::Object(families)});
    v1::json(StatusCode::OK, &body)
}

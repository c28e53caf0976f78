//! `GET /1.1/application/rate_limit_status.json`: where the asker stands in every window.

use crate::app::Shared;
use crate::auth::Caller;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::v1;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

/// Tells the windows, of all families or of those in `resources`.
pub async fn handle(app: Shared, call: Call) -> Result<Response> {
    let wanted: Option<Vec<&str>> =
        call.get("resources").filter(|r| !r.is_empty()).map(|r| r.split(',').collect());
    let mut families = Map::new();
    for (path, standing) in app.rates.standings(call.caller.holder(), app.now().seconds()) {
        let family = path.split('/').nth(1).unwrap_or_default();
        if wanted.as_ref().is_some_and(|wanted| !wanted.contains(&family)) {
            continue;
        }
        let entry = families.entry(family).or_insert_with(|| json!({}));
        entry[path] = json!({
            "limit": standing.limit,
            "remaining": standing.remaining,
            "reset": standing.reset,
        });
    }
    let context = match &call.caller {
        Caller::User(caller) => json!({"access_token": caller.token}),
        Caller::App { consumer_key, .. } => json!({"application": consumer_key}),
    };
    let body = json!({"rate_limit_context": context, "resources": Value::Object(families)});
    v1::json(StatusCode::OK, &body)
}

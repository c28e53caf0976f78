//! `/birdhouse/v1/webhooks`: URLs that are told what happens to the caller's media.

use super::{render, schemas};
use crate::http::read::call::Call;
use crate::http::v2::input::body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::webhooks::{self, Outcome, Webhook};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, WebhookEvent};
use serde_json::{Value, json};

/// `POST /birdhouse/v1/webhooks`; only this response has the secret.
pub(super) async fn add(call: Call) -> Result<Response> {
    let body = body(&call, &schemas::WEBHOOK).await?;
    let names = body["events"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let events = names.filter_map(WebhookEvent::parse).collect();
    let url = body["url"].as_str().unwrap_or_default();
    let (added, secret) = webhooks::add(&call.app, call.caller.user()?, url, events).await?;
    let mut value = webhook(&added);
    value["secret"] = json!(secret);
    render::json(StatusCode::CREATED, &value)
}

/// `GET /birdhouse/v1/webhooks`.
pub(super) async fn list(call: Call) -> Result<Response> {
    let all = webhooks::list(&call.app, call.caller.user()?).await?;
    let all: Vec<Value> = all.iter().map(webhook).collect();
    render::json(StatusCode::OK, &json!({"webhooks": all}))
}

/// `GET /birdhouse/v1/webhooks/{id}`.
pub(super) async fn get(call: Call) -> Result<Response> {
    let found = webhooks::get(&call.app, call.caller.user()?, id(&call)?).await?;
    render::json(StatusCode::OK, &webhook(&found))
}

/// `DELETE /birdhouse/v1/webhooks/{id}`.
pub(super) async fn delete(call: Call) -> Result<Response> {
    webhooks::remove(&call.app, call.caller.user()?, id(&call)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `POST /birdhouse/v1/webhooks/{id}/test`.
pub(super) async fn test(call: Call) -> Result<Response> {
    let outcome = webhooks::test(&call.app, call.caller.user()?, id(&call)?).await?;
    let status = match outcome {
        Outcome::Answered(status) => Some(status),
        Outcome::Unanswered(_) => None,
    };
    let error = outcome.failure();
    let value = json!({"delivered": error.is_none(), "status": status, "error": error});
    render::json(StatusCode::OK, &value)
}

fn id(call: &Call) -> Result<i64> {
    let id = call.segment(2).parse().ok().filter(|id| *id > 0);
    Ok(id.ok_or(Fault::WebhookNotFound)?)
}

fn webhook(one: &Webhook) -> Value {
    let state = match (one.disabled_at, one.failing_since) {
        (Some(_), _) => "disabled",
        (None, Some(_)) => "failing",
        (None, None) => "working",
    };
    json!({
        "id": one.id.to_string(),
        "url": one.url,
        "events": one.events.names(),
        "state": state,
        "created_at": render::time(one.created_at),
        "delivered_at": one.delivered_at.map(render::time),
        "failing_since": one.failing_since.map(render::time),
        "disabled_at": one.disabled_at.map(render::time),
        "last_error": one.last_error,
    })
}

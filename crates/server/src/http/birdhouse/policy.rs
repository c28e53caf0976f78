//! `/birdhouse/v1/policy`: what is required of the descriptions in the caller's Tweets.

use super::{render, schemas};
use crate::http::read::call::Call;
use crate::http::v2::input::body;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::alt_text_policy;
use birdhouse_core::error::Result;
use birdhouse_domain::alt_text_lint::Level;
use birdhouse_domain::alt_text_policy::{AltTextPolicy, PolicyMode};
use serde_json::{Value, json};

/// The caller's own policy, and the one that applies.
pub(super) async fn show(call: Call) -> Result<Response> {
    respond(&call).await
}

/// Sets the caller's own policy.
pub(super) async fn put(call: Call) -> Result<Response> {
    let body = body(&call, &schemas::POLICY).await?;
    let policy = AltTextPolicy {
        mode: body["mode"].as_str().and_then(PolicyMode::parse).unwrap_or_default(),
        minimum: body["minimum"].as_u64().and_then(|n| n.try_into().ok()).unwrap_or_default(),
        level: body["level"].as_str().and_then(Level::parse),
    };
    alt_text_policy::set_own(&call.app, call.caller.user()?, &policy).await?;
    respond(&call).await
}

async fn respond(call: &Call) -> Result<Response> {
    let caller = call.caller.user()?;
    let own = alt_text_policy::own(&call.app, caller).await?;
    let effective = alt_text_policy::effective(&call.app, caller).await?;
    render::json(StatusCode::OK, &json!({"own": policy(own), "effective": policy(effective)}))
}

fn policy(policy: AltTextPolicy) -> Value {
    json!({
        "mode": policy.mode.name(),
        "minimum": policy.minimum,
        "level": policy.level.map_or("none", Level::name),
    })
}

//! `/oauth2/token` and `/oauth2/invalidate_token`: app-only bearer tokens. Recorded: the same token
//! until it is made invalid.

use super::basic;
use crate::actions::{accounts, authorize};
use crate::app::{App, Shared};
use crate::error::Result;
use crate::http::body;
use crate::http::v1::error::{Family, render};
use crate::store::apps;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_domain::Fault;
use birdhouse_oauth::params::Params;
use birdhouse_oauth::{percent, secret};
use serde_json::{Value, json};

const FORM_BYTES: usize = 16 * 1024;

pub(super) async fn token(State(app): State<Shared>, request: Request) -> Response {
    finish(&app, "/oauth2/token", give(&app, request).await)
}

pub(super) async fn invalidate_token(State(app): State<Shared>, request: Request) -> Response {
    finish(&app, "/oauth2/invalidate_token", invalidate(&app, request).await)
}

fn finish(app: &App, path: &str, outcome: Result<Value>) -> Response {
    match outcome {
        Ok(value) => {
            let kind = [(header::CONTENT_TYPE, "application/json;charset=utf-8")];
            (StatusCode::OK, kind, value.to_string()).into_response()
        }
        Err(error) => render(&error, Family::Errors, path, app.config.fidelity),
    }
}

async fn give(app: &App, request: Request) -> Result<Value> {
    let (client, parameters) = read(app, request).await?;
    match parameters.get("grant_type") {
        None => Err(Fault::ParameterMissing("grant_type").into()),
        Some("client_credentials") => {
            let token = accounts::bearer(app, &client.consumer_key).await?;
            Ok(json!({"token_type": "bearer", "access_token": token}))
        }
        Some(_) => Err(Fault::ParameterInvalid("grant_type").into()),
    }
}

async fn invalidate(app: &App, request: Request) -> Result<Value> {
    let (client, parameters) = read(app, request).await?;
    let given = parameters.get("access_token").ok_or(Fault::ParameterMissing("access_token"))?;
    // Some clients send it encoded twice, as the documented sample does.
    let token = percent::decode(given);
    if !app.store.remove_bearer(client.id, &secret::hash_token(&token)).await? {
        return Err(Fault::TokenInvalid.into());
    }
    Ok(json!({"access_token": token}))
}

async fn read(app: &App, request: Request) -> Result<(apps::App, Params)> {
    let (parts, raw) = request.into_parts();
    let (key, secret) = basic(&parts.headers).ok_or(Fault::AppCredentialsInvalid)?;
    let client = authorize::client(app, &key, &secret).await?;
    let idle = std::time::Duration::from_millis(app.config.limits.idle_ms);
    let form = body::read_all(raw, FORM_BYTES, idle).await?;
    let mut all = Params::parse(&form);
    all.0.extend(Params::parse(parts.uri.query().unwrap_or_default().as_bytes()).0);
    Ok((client, all))
}

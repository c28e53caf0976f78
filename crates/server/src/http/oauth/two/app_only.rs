//! `/oauth2/token` and `/oauth2/invalidate_token`: app-only bearer tokens. Recorded: an app
//! gets the same token until it is revoked.

use super::basic_credentials;
use crate::http::dialects;
use crate::http::read::body;
use crate::http::read::call::{Call, CallOptions};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::access::{issue, oauth2::ClientApp, three_legged};
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::Result;
use birdhouse_domain::{Caller, Fault};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::percent;
use serde_json::{Value, json};

const FORM_BYTES: usize = 16 * 1024;

/// Issues the app-only token.
pub(super) async fn token(State(app): State<Shared>, request: Request) -> Response {
    finish(&app, "/oauth2/token", issue_token(&app, request).await)
}

/// Revokes the app-only token. Accepted: the app's key and secret, or a request signed by OAuth 1.0a,
/// with the keys of the app or of one of its users (documented at different times).
pub(super) async fn invalidate_token(State(app): State<Shared>, request: Request) -> Response {
    finish(&app, "/oauth2/invalidate_token", invalidate(&app, request).await)
}

fn finish(app: &App, path: &str, outcome: Result<Value>) -> Response {
    match outcome {
        Ok(value) => {
            let headers = [(header::CONTENT_TYPE, "application/json;charset=utf-8")];
            (StatusCode::OK, headers, value.to_string()).into_response()
        }
        Err(error) => dialects::error_response(app, path, &error),
    }
}

async fn issue_token(app: &App, request: Request) -> Result<Value> {
    let (client, parameters) = read(app, request).await?;
    match parameters.get("grant_type") {
        None => Err(Fault::ParameterMissing("grant_type").into()),
        Some("client_credentials") => {
            let token = issue::ensure_bearer(app, &client.consumer_key).await?;
            Ok(json!({"token_type": "bearer", "access_token": token}))
        }
        Some(_) => Err(Fault::ParameterInvalid("grant_type").into()),
    }
}

async fn invalidate(app: &Shared, request: Request) -> Result<Value> {
    let (client, encoded) = if is_signed(request.headers()) {
        let options = CallOptions { form_bytes: FORM_BYTES, ..CallOptions::default() };
        let call = Call::read(app, request, options).await?;
        let client = match &call.caller {
            Caller::User(user) => user.app,
            Caller::App(client) => client.app,
        };
        (client, call.get("access_token").map(str::to_owned))
    } else {
        let (client, parameters) = read(app, request).await?;
        (client.id, parameters.get("access_token").map(str::to_owned))
    };
    let encoded = encoded.ok_or(Fault::ParameterMissing("access_token"))?;
    // Some clients encode it twice, as the documented sample does.
    let token = percent::decode(&encoded);
    issue::revoke_bearer(app, client, &token).await?;
    Ok(json!({"access_token": token}))
}

/// Whether the `Authorization` header is one of OAuth 1.0a.
fn is_signed(headers: &HeaderMap) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let scheme = value.and_then(|value| value.trim_start().split_once(' '));
    scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("oauth"))
}

async fn read(app: &App, request: Request) -> Result<(ClientApp, Params)> {
    let (parts, raw) = request.into_parts();
    let (key, secret) = basic_credentials(&parts.headers).ok_or(Fault::AppCredentialsInvalid)?;
    let client = three_legged::client(app, &key, &secret).await?;
    let form = body::read_unknown(app, &parts.extensions, raw, FORM_BYTES).await?;
    let mut all = Params::parse(&form)?;
    all.0.extend(Params::parse(parts.uri.query().unwrap_or_default().as_bytes())?.0);
    Ok((client, all))
}

//! `POST /2/oauth2/token`, `/revoke` and `/introspect`.
//!
//! Parameters come as a form, as JSON, or in the query with an empty body; the client's id and
//! secret in the header, in the body, or in both (all seen from known clients).

use super::basic;
use crate::http::read::body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::access::oauth2::{
    self, ClientApp, ClientCredentials, IssuedTokens, Outcome, Refusal,
};
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::TokenKind;
use birdhouse_oauth::params::Params;
use serde_json::{Map, Value, json};

const FORM_BYTES: usize = 64 * 1024;
/// The exchange of a token of OAuth 1.0a. The real service has one, of which only the fact is
/// known; the name is the one that RFC 8693 has for an exchange.
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Issues tokens.
pub(super) async fn give(State(app): State<Shared>, request: Request) -> Response {
    let outcome = async {
        let request = match read(&app, request).await? {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match grant(&app, &request).await? {
            Ok(given) => Ok(Ok(rendered(&given))),
            Err(refusal) => Ok(Err(refusal)),
        }
    };
    answer(outcome.await)
}

/// Revokes a token (RFC 7009).
pub(super) async fn revoke(State(app): State<Shared>, request: Request) -> Response {
    let outcome = async {
        let request = match read(&app, request).await? {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(token) = request.get("token") else { return Ok(Err(missing("token"))) };
        oauth2::revoke(&app, &request.client, token).await?;
        Ok(Ok(json!({"revoked": true})))
    };
    answer(outcome.await)
}

/// Reports what a token of the calling client allows (RFC 7662); a confidential client only.
pub(super) async fn introspect(State(app): State<Shared>, request: Request) -> Response {
    let outcome = async {
        let request = match read(&app, request).await? {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if request.client.is_public {
            let text = "Only a confidential client may ask.";
            return Ok(Err(Refusal::new("unauthorized_client", text)));
        }
        let Some(token) = request.get("token") else { return Ok(Err(missing("token"))) };
        let found = oauth2::introspect(&app, Some(&request.client), token).await?;
        Ok(Ok(found.map_or_else(|| json!({"active": false}), |facts| {
            json!({
                "active": true,
                "scope": facts.scopes.to_string(),
                "client_id": request.client.client_id,
                "username": facts.screen_name,
                "token_type": if facts.kind == TokenKind::Access { "bearer" } else { "refresh_token" },
                "exp": facts.expires_at.seconds(),
                "iat": facts.created_at.seconds(),
                "sub": facts.user.to_string(),
            })
        })))
    };
    answer(outcome.await)
}

/// A request whose client is authenticated.
struct TokenRequest {
    client: ClientApp,
    parameters: Params,
}

impl TokenRequest {
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).filter(|value| !value.is_empty())
    }
}

async fn grant(app: &App, request: &TokenRequest) -> Outcome<IssuedTokens> {
    let Some(kind) = request.get("grant_type") else { return Ok(Err(missing("grant_type"))) };
    match kind {
        "authorization_code" => {
            let Some(code) = request.get("code") else { return Ok(Err(missing("code"))) };
            let Some(uri) = request.get("redirect_uri") else {
                return Ok(Err(missing("redirect_uri")));
            };
            let Some(verifier) = request.get("code_verifier") else {
                return Ok(Err(missing("code_verifier")));
            };
            oauth2::exchange(app, &request.client, code, uri, verifier).await
        }
        "refresh_token" => {
            let Some(token) = request.get("refresh_token") else {
                return Ok(Err(missing("refresh_token")));
            };
            oauth2::refresh(app, &request.client, token, request.get("scope")).await
        }
        EXCHANGE => {
            let token = request.get("subject_token").or_else(|| request.get("oauth_token"));
            let Some(token) = token else { return Ok(Err(missing("subject_token"))) };
            let Some(secret) = request.get("oauth_token_secret") else {
                return Ok(Err(missing("oauth_token_secret")));
            };
            oauth2::from_oauth1(app, &request.client, token, secret).await
        }
        _ => {
            let text = "grant_type must be authorization_code, refresh_token or \
                        urn:ietf:params:oauth:grant-type:token-exchange; app-only tokens are \
                        given at /oauth2/token.";
            Ok(Err(Refusal::new("unsupported_grant_type", text)))
        }
    }
}

async fn read(app: &App, request: Request) -> Outcome<TokenRequest> {
    let (parts, raw) = request.into_parts();
    let bytes = match body::read_all(app, raw, FORM_BYTES).await {
        Ok(bytes) => bytes,
        Err(Error::Refused(_)) => {
            let text = "The request body cannot be read.";
            return Ok(Err(Refusal::new("invalid_request", text)));
        }
        Err(broken) => return Err(broken),
    };
    let mut parameters = if bytes.trim_ascii_start().starts_with(b"{") {
        let Ok(object) = serde_json::from_slice::<Map<String, Value>>(&bytes) else {
            let text = "Request body is not valid JSON.";
            return Ok(Err(Refusal::new("invalid_request", text)));
        };
        from_json(object)
    } else {
        Params::parse(&bytes)
    };
    let query = parts.uri.query().unwrap_or_default();
    parameters.0.extend(Params::parse(query.as_bytes()).0);
    let text = |name| parameters.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let proof = match basic(&parts.headers) {
        Some((id, secret)) => ClientCredentials { id: Some(id), secret: Some(secret) },
        None => ClientCredentials { id: text("client_id"), secret: text("client_secret") },
    };
    // Both are fine if they say the same.
    if text("client_id").is_some_and(|id| Some(id) != proof.id) {
        let text = "client_id in the body is another than in the header.";
        return Ok(Err(Refusal::new("invalid_request", text)));
    }
    Ok(oauth2::authenticate(app, &proof).await?.map(|client| TokenRequest { client, parameters }))
}

fn from_json(object: Map<String, Value>) -> Params {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let given = object.into_iter().filter(|(_, value)| !value.is_null());
    given.map(|(name, value)| (name, text(value))).collect()
}

fn missing(name: &str) -> Refusal {
    Refusal::new("invalid_request", format!("Missing required parameter [{name}]."))
}

fn rendered(given: &IssuedTokens) -> Value {
    let mut all = json!({
        "token_type": "bearer",
        "expires_in": given.expires_in,
        "access_token": given.access_token,
        "scope": given.scopes.to_string(),
    });
    if let Some(token) = &given.refresh_token {
        all["refresh_token"] = json!(token);
    }
    all
}

fn answer(outcome: Result<std::result::Result<Value, Refusal>>) -> Response {
    let (status, value) = match outcome {
        Ok(Ok(value)) => (StatusCode::OK, value),
        Ok(Err(refusal)) => {
            let status = match refusal.error {
                // Recorded.
                "unauthorized_client" | "invalid_client" => StatusCode::UNAUTHORIZED,
                _ => StatusCode::BAD_REQUEST,
            };
            let value = json!({"error": refusal.error, "error_description": refusal.description});
            (status, value)
        }
        Err(error) => {
            tracing::error!(?error, "a token request failed");
            let value = json!({"error": "server_error", "error_description": "Please try again."});
            (StatusCode::INTERNAL_SERVER_ERROR, value)
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = (status, headers, value.to_string()).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let basic = HeaderValue::from_static("Basic realm=\"oauth2\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
    }
    response
}

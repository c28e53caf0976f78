//! `POST /2/oauth2/token`, `/revoke` and `/introspect`.
//!
//! Parameters are accepted as a form, as JSON, or in the query with an empty body; the client id
//! and secret in the header, in the body, or in both (all sent by known clients).

use super::basic_credentials;
use crate::http::read::body;
use crate::http::trouble::Trouble;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::access::oauth2::{
    self, ClientApp, ClientCredentials, IssuedTokens, Outcome, Refusal,
};
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::Result;
use birdhouse_domain::TokenKind;
use birdhouse_oauth::params::{PARAMETERS_MAX, Params, TooManyParameters};
use serde_json::{Map, Value, json};

const FORM_BYTES: usize = 64 * 1024;
/// Exchange of an OAuth 1.0a token. The real service has such a grant, but its name is unknown;
/// this is the one of RFC 8693.
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Issues tokens.
pub(super) async fn issue(State(app): State<Shared>, request: Request) -> Response {
    let outcome = async {
        let request = match parse_request(&app, request).await? {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        match grant(&app, &request).await? {
            Ok(tokens) => Ok(Ok(render_tokens(&tokens))),
            Err(refusal) => Ok(Err(refusal)),
        }
    };
    respond(outcome.await)
}

/// Revokes a token (RFC 7009).
pub(super) async fn revoke(State(app): State<Shared>, request: Request) -> Response {
    let outcome = async {
        let request = match parse_request(&app, request).await? {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let Some(token) = request.get("token") else { return Ok(Err(missing("token"))) };
        oauth2::revoke(&app, &request.client, token).await?;
        Ok(Ok(json!({"revoked": true})))
    };
    respond(outcome.await)
}

/// Reports the scopes of a token of the client (RFC 7662); for confidential clients only.
pub(super) async fn introspect(State(app): State<Shared>, request: Request) -> Response {
    let outcome = async {
        let request = match parse_request(&app, request).await? {
            Ok(request) => request,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if request.client.is_public {
            let text = "Only confidential clients may introspect tokens.";
            return Ok(Err(Refusal::new("unauthorized_client", text)));
        }
        let Some(token) = request.get("token") else { return Ok(Err(missing("token"))) };
        let token_info = oauth2::introspect(&app, Some(&request.client), token).await?;
        Ok(Ok(token_info.map_or_else(|| json!({"active": false}), |info| {
            json!({
                "active": true,
                "scope": info.scopes.to_string(),
                "client_id": request.client.client_id,
                "username": info.screen_name,
                "token_type": if info.kind == TokenKind::Access { "bearer" } else { "refresh_token" },
                "exp": info.expires_at.seconds(),
                "iat": info.created_at.seconds(),
                "sub": info.user.to_string(),
            })
        })))
    };
    respond(outcome.await)
}

/// A request of an authenticated client.
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
        TOKEN_EXCHANGE => {
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
                        issued at /oauth2/token.";
            Ok(Err(Refusal::new("unsupported_grant_type", text)))
        }
    }
}

async fn parse_request(app: &App, request: Request) -> Outcome<TokenRequest> {
    let (parts, raw) = request.into_parts();
    let bytes = body::read_unknown(app, &parts.extensions, raw, FORM_BYTES).await?;
    let mut parameters = if bytes.trim_ascii_start().starts_with(b"{") {
        let Ok(object) = serde_json::from_slice::<Map<String, Value>>(&bytes) else {
            let text = "Request body is not valid JSON.";
            return Ok(Err(Refusal::new("invalid_request", text)));
        };
        if object.len() > PARAMETERS_MAX {
            return Err(TooManyParameters.into());
        }
        from_json(object)
    } else {
        Params::parse(&bytes)?
    };
    let query = parts.uri.query().unwrap_or_default();
    parameters.0.extend(Params::parse(query.as_bytes())?.0);
    let text = |name| parameters.get(name).filter(|value| !value.is_empty()).map(str::to_owned);
    let proof = match basic_credentials(&parts.headers) {
        Some((id, secret)) => ClientCredentials { id: Some(id), secret: Some(secret) },
        None => ClientCredentials { id: text("client_id"), secret: text("client_secret") },
    };
    // Both places may have it if they agree.
    if text("client_id").is_some_and(|id| Some(id) != proof.id) {
        let text = "client_id in the body differs from the one in the header.";
        return Ok(Err(Refusal::new("invalid_request", text)));
    }
    Ok(oauth2::authenticate(app, &proof).await?.map(|client| TokenRequest { client, parameters }))
}

fn from_json(object: Map<String, Value>) -> Params {
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let present = object.into_iter().filter(|(_, value)| !value.is_null());
    present.map(|(name, value)| (name, text(value))).collect()
}

fn missing(name: &str) -> Refusal {
    Refusal::new("invalid_request", format!("Missing required parameter [{name}]."))
}

fn render_tokens(tokens: &IssuedTokens) -> Value {
    let mut body = json!({
        "token_type": "bearer",
        "expires_in": tokens.expires_in,
        "access_token": tokens.access_token,
        "scope": tokens.scopes.to_string(),
    });
    if let Some(token) = &tokens.refresh_token {
        body["refresh_token"] = json!(token);
    }
    body
}

fn respond(outcome: Result<std::result::Result<Value, Refusal>>) -> Response {
    let mut trouble = None;
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
            let Trouble { status, code, text } = *trouble.insert(Trouble::of(&error));
            (status, json!({"error": code, "error_description": text}))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json;charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = (status, headers, value.to_string()).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"oauth2\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    if let Some(trouble) = trouble {
        trouble.set_headers(&mut response);
    }
    response
}

//! `POST /oauth/access_token`: exchanges an allowed request token. Parameters may be
//! in header, query or body. The documented sample is not signed, but a signature that is present
//! must be valid. Errors are plain text (recorded).

use crate::http::dialects;
use crate::http::read::body;
use crate::http::read::content_type::{ContentType, parse_content_type};
use crate::http::read::hosts::bases;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::access::three_legged::{self, ExchangeRefusal};
use birdhouse_core::app::Shared;
use birdhouse_core::auth::oauth1::{SignedRequest, SignedWith, find_keys};
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;
use birdhouse_oauth::header as oauth_header;
use birdhouse_oauth::params::Params;

const FORM_BYTES: usize = 16 * 1024;

/// Exchanges a request token.
pub(super) async fn handle(State(app): State<Shared>, request: Request) -> Response {
    match exchange(&app, request).await {
        Ok(response) => response,
        Err(error) => dialects::error_response(&app, "/oauth/access_token", &error),
    }
}

async fn exchange(app: &Shared, request: Request) -> Result<Response> {
    let (parts, raw) = request.into_parts();
    let content_type = parse_content_type(&parts.headers);
    let form = match content_type {
        ContentType::Form => {
            Params::parse(&body::read_unknown(app, &parts.extensions, raw, FORM_BYTES).await?)?
        }
        ContentType::Multipart(_) | ContentType::Other => Params::default(),
    };
    let query = Params::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
    let header = match parts.headers.get(header::AUTHORIZATION).map(|value| value.to_str()) {
        Some(Ok(value)) => oauth_header::parse(value).map_err(|_| Fault::NotAuthenticated)?,
        _ => Params::default(),
    };
    let all: Params = [&header, &query, &form].into_iter().flat_map(|p| p.0.clone()).collect();
    let Some(token) = all.get("oauth_token").filter(|token| !token.is_empty()) else {
        return Ok(unauthorized("Request token missing"));
    };
    if all.get("oauth_signature").is_some() {
        let Some(secret) = three_legged::request_secret(app, token).await? else {
            return Ok(unauthorized("This feature is temporarily unavailable"));
        };
        let keys = find_keys(app, &all, SignedWith::RequestToken(secret)).await?;
        let signed = SignedRequest {
            method: parts.method.as_str(),
            path: parts.uri.path(),
            bases: bases(app, &parts),
            header: &header,
            query: &query,
            form: &form,
            is_multipart: matches!(content_type, ContentType::Multipart(_)),
            is_json_in_form: false,
        };
        keys.verify(app, &signed)?;
    }
    let verifier = all.get("oauth_verifier").unwrap_or_default();
    let issued = match three_legged::exchange(app, token, verifier).await? {
        Ok(issued) => issued,
        Err(ExchangeRefusal::VerifierInvalid) => {
            return Ok(unauthorized(
                "Error processing your OAuth request: Invalid oauth_verifier parameter",
            ));
        }
        Err(ExchangeRefusal::TokenMissing) => {
            return Ok(unauthorized("This feature is temporarily unavailable"));
        }
    };
    let body = format!(
        "oauth_token={}&oauth_token_secret={}&user_id={}&screen_name={}",
        issued.token, issued.secret, issued.user, issued.screen_name
    );
    Ok(([(header::CONTENT_TYPE, "text/html;charset=utf-8")], body).into_response())
}

fn unauthorized(text: &'static str) -> Response {
    let headers = [(header::CONTENT_TYPE, "text/html;charset=utf-8")];
    (StatusCode::UNAUTHORIZED, headers, text).into_response()
}

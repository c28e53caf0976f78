//! `POST /oauth/request_token`: gives an app a token to send a user with. Recorded: 200, a form
//! body as `text/html`; an unapproved callback is 403, in XML unless JSON is asked for.

use crate::http::dialects;
use crate::http::read::call::{Call, CallOptions};
use crate::http::v1::error::error_text;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::access::three_legged;
use birdhouse_core::app::Shared;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Access, Caller, Fault};

/// Bytes of an urlencoded body.
const FORM_BYTES: usize = 16 * 1024;

/// Gives a request token.
pub(super) async fn handle(State(app): State<Shared>, request: Request) -> Response {
    let accepts_json = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    match give(&app, request).await {
        Ok(response) => response,
        Err(Error::Refused(Fault::CallbackNotApproved)) if !accepts_json => xml(),
        // Recorded: here an unknown key is reported like a wrong signature.
        Err(Error::Refused(Fault::TokenInvalid)) => render(&app, &Fault::SignatureInvalid.into()),
        Err(error) => render(&app, &error),
    }
}

fn render(app: &Shared, error: &Error) -> Response {
    dialects::refuse(app, "/oauth/request_token", error)
}

async fn give(app: &Shared, request: Request) -> Result<Response> {
    let options = CallOptions { form_bytes: FORM_BYTES, ..CallOptions::default() };
    let call = Call::read(app, request, options).await?;
    let Caller::App(caller) = &call.caller else {
        return Err(Fault::SignatureInvalid.into());
    };
    let callback = call.oauth("oauth_callback").ok_or(Fault::ParameterMissing("oauth_callback"))?;
    let access = match call.oauth("x_auth_access_type") {
        None | Some("") => Access::ReadWrite,
        Some(name) => Access::parse(name).ok_or(Fault::ParameterInvalid("x_auth_access_type"))?,
    };
    let new = three_legged::begin(app, caller, callback, access).await?;
    let body = format!(
        "oauth_token={}&oauth_token_secret={}&oauth_callback_confirmed=true",
        new.token, new.secret
    );
    Ok(([(header::CONTENT_TYPE, "text/html;charset=utf-8")], body).into_response())
}

fn xml() -> Response {
    let text = error_text(&Fault::CallbackNotApproved);
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><errors><error code=\"415\">{}</error></errors>",
        text.message
    );
    let kind = [(header::CONTENT_TYPE, "application/xml;charset=utf-8")];
    (StatusCode::FORBIDDEN, kind, body).into_response()
}

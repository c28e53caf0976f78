//! `POST /oauth/request_token`: issues a request token to an app. Recorded: 200, a form
//! body as `text/html`; an unapproved callback is 403, in XML unless JSON is accepted.

use crate::http::dialects;
use crate::http::read::call::{Call, CallOptions};
use crate::http::read::client_address::client_address;
use crate::http::v1::error::error_text;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::access::three_legged;
use birdhouse_core::app::Shared;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Access, Caller, Fault};

/// Maximum bytes of an urlencoded body.
const FORM_BYTES: usize = 16 * 1024;

/// Issues a request token.
pub(super) async fn handle(State(app): State<Shared>, request: Request) -> Response {
    let accepts_json = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    match issue(&app, request).await {
        Ok(response) => response,
        Err(Error::Refused(Fault::CallbackNotApproved)) if !accepts_json => callback_error_xml(),
        // Recorded: an unknown key is reported like an invalid signature here.
        Err(Error::Refused(Fault::TokenInvalid)) => {
            error_response(&app, &Fault::SignatureInvalid.into())
        }
        Err(error) => error_response(&app, &error),
    }
}

fn error_response(app: &Shared, error: &Error) -> Response {
    dialects::error_response(app, "/oauth/request_token", error)
}

async fn issue(app: &Shared, request: Request) -> Result<Response> {
    let options = CallOptions { form_bytes: FORM_BYTES, ..CallOptions::default() };
    let address = client_address(app, request.extensions(), request.headers());
    let call = Call::read(app, request, options).await?;
    let Caller::App(caller) = &call.caller else {
        return Err(Fault::SignatureInvalid.into());
    };
    let callback = call.oauth("oauth_callback").ok_or(Fault::ParameterMissing("oauth_callback"))?;
    let access = match call.oauth("x_auth_access_type") {
        None | Some("") => Access::ReadWrite,
        Some(name) => Access::parse(name).ok_or(Fault::ParameterInvalid("x_auth_access_type"))?,
    };
    let issued = three_legged::begin(app, (caller, address), callback, access).await?;
    let body = format!(
        "oauth_token={}&oauth_token_secret={}&oauth_callback_confirmed=true",
        issued.token, issued.secret
    );
    Ok(([(header::CONTENT_TYPE, "text/html;charset=utf-8")], body).into_response())
}

fn callback_error_xml() -> Response {
    let text = error_text(&Fault::CallbackNotApproved);
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><errors><error code=\"415\">{}</error></errors>",
        text.message
    );
    let headers = [(header::CONTENT_TYPE, "application/xml;charset=utf-8")];
    (StatusCode::FORBIDDEN, headers, body).into_response()
}

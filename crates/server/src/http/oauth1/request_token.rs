//! `POST /oauth/request_token`: gives an app a token to send a user with. Recorded: 200, a form
//! body as `text/html`; an unapproved callback is 403, in XML unless JSON is asked for.

use crate::actions::authorize;
use crate::app::Shared;
use crate::auth::Caller;
use crate::error::{Error, Result};
use crate::http::call::{Call, FormLimit};
use crate::http::v1::error::{self, Family};
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_domain::{Access, Fault};
use std::sync::Arc;

/// Bytes of an urlencoded body.
const FORM_BYTES: usize = 16 * 1024;

/// Gives a request token.
pub(super) async fn handle(State(app): State<Shared>, request: Request) -> Response {
    let wants_json = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    match give(&app, request).await {
        Ok(response) => response,
        Err(Error::Refused(Fault::CallbackNotApproved)) if !wants_json => xml(),
        // Recorded: here an unknown key is told like a wrong signature.
        Err(Error::Refused(Fault::TokenInvalid)) => render(&app, &Fault::SignatureInvalid.into()),
        Err(error) => render(&app, &error),
    }
}

fn render(app: &Shared, error: &Error) -> Response {
    error::render(error, Family::Errors, "/oauth/request_token", app.config.fidelity)
}

async fn give(app: &Shared, request: Request) -> Result<Response> {
    let call = Call::read(app, request, FormLimit(FORM_BYTES), Arc::default()).await?;
    let Caller::App { consumer_key, app: id } = &call.caller else {
        return Err(Fault::SignatureInvalid.into());
    };
    let client = app.store.app_by_key(consumer_key).await?.ok_or(Fault::TokenInvalid)?;
    let callback = call.oauth("oauth_callback").ok_or(Fault::ParameterMissing("oauth_callback"))?;
    let access = match call.oauth("x_auth_access_type") {
        None | Some("") => Access::ReadWrite,
        Some(wanted) => {
            Access::parse(wanted).ok_or(Fault::ParameterInvalid("x_auth_access_type"))?
        }
    };
    let (token, secret) = authorize::begin(app, *id, callback, access, &client.callbacks).await?;
    let body =
        format!("oauth_token={token}&oauth_token_secret={secret}&oauth_callback_confirmed=true");
    Ok(([(header::CONTENT_TYPE, "text/html;charset=utf-8")], body).into_response())
}

fn xml() -> Response {
    let words = error::words(&Fault::CallbackNotApproved);
    let body = format!(
        "<?xml version='1.0' encoding='UTF-8'?><errors><error code=\"415\">{}</error></errors>",
        words.message
    );
    let kind = [(header::CONTENT_TYPE, "application/xml;charset=utf-8")];
    (StatusCode::FORBIDDEN, kind, body).into_response()
}

//! `GET` and `POST /oauth/sign_out`: the page that shows who is signed in on this browser, and ends
//! the session.

use super::browser;
use super::render::{finish, forged_form_page, html, redirect, see_other};
use crate::http::read::body;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::Result;
use birdhouse_oauth::params::Params;

const FORM_BYTES: usize = 16 * 1024;
/// Fields that are not repeated in the URL of the page that the user returns to.
const NOT_REPEATED: [&str; 4] = ["authenticity_token", "decision", "username", "password"];

#[derive(Template)]
#[template(path = "oauth/sign_out.html")]
struct SignOutPage<'a> {
    authenticity_token: &'a str,
    signed_in: Option<&'a str>,
}

/// Shows who is signed in.
pub(super) async fn show(State(app): State<Shared>, headers: HeaderMap) -> Response {
    finish(show_page(&app, &headers).await)
}

async fn show_page(app: &App, headers: &HeaderMap) -> Result<Response> {
    let user = browser::signed_in_user(app, headers).await?;
    let token = browser::form_token(app, headers);
    let mut response = html(
        StatusCode::OK,
        &SignOutPage {
            authenticity_token: &token.text,
            signed_in: user.as_ref().map(|user| user.screen_name.as_str()),
        },
    )?;
    token.set_cookie(app, &mut response);
    Ok(response)
}

/// Signs out, and returns to the consent page that the form was on.
pub(super) async fn submit(State(app): State<Shared>, request: Request) -> Response {
    finish(sign_out(&app, request).await)
}

async fn sign_out(app: &App, request: Request) -> Result<Response> {
    let (parts, raw) = request.into_parts();
    let form = body::read_unknown(app, &parts.extensions, raw, FORM_BYTES).await?;
    let form = Params::parse(&form)?;
    if !browser::is_authentic(app, &parts.headers, form.get("authenticity_token")) {
        return Ok(forged_form_page());
    }
    let fields = form.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let fields: Vec<_> = fields.filter(|(name, _)| !NOT_REPEATED.contains(name)).collect();
    let page = if form.get("client_id").is_some() {
        "/i/oauth2/authorize"
    } else if form.get("oauth_token").is_some() {
        "/oauth/authorize"
    } else {
        "/oauth/sign_out"
    };
    let mut response = see_other(redirect(page, &fields));
    browser::sign_out(app, &parts.headers, &mut response).await?;
    Ok(response)
}

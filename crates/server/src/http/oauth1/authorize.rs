//! `GET` and `POST /oauth/authorize` and `/oauth/authenticate`: the page where a user signs in
//! and allows an app. It works without scripts, by keyboard and screen reader.

use crate::actions::authorize::{self, OUT_OF_BAND};
use crate::app::{App, Shared};
use crate::error::{Error, Result};
use crate::http::body;
use crate::http::browser::{self, Decider};
use crate::http::page::{finish, html, message, redirect};
use crate::store::apps;
use crate::store::request_tokens::RequestToken;
use crate::store::users::User;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use birdhouse_domain::Access;
use birdhouse_oauth::params::Params;

const FORM_BYTES: usize = 16 * 1024;

#[derive(Template)]
#[template(path = "oauth/authorize.html")]
struct AuthorizePage<'a> {
    app_name: &'a str,
    may_write: bool,
    action: &'a str,
    oauth_token: &'a str,
    authenticity_token: &'a str,
    signed_in: Option<&'a str>,
    suggested_name: &'a str,
    problem: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "oauth/pin.html")]
struct PinPage<'a> {
    app_name: &'a str,
    pin: &'a str,
}

/// Always asks.
pub(super) async fn show(State(app): State<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    finish(open(&app, &parts, false).await)
}

/// Asks unless the user, signed in, has allowed the app before.
pub(super) async fn show_or_skip(State(app): State<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    finish(open(&app, &parts, true).await)
}

/// Takes the user's decision.
pub(super) async fn decide(State(app): State<Shared>, request: Request) -> Response {
    finish(take(&app, request).await)
}

fn token_is_gone() -> Response {
    let text = "The request token is unknown, was used or has expired. Go back to the \
                application and start again.";
    message(StatusCode::FORBIDDEN, "This page is no longer valid", text)
}

/// A request of the browser's.
struct Visit<'a> {
    action: &'a str,
    headers: &'a HeaderMap,
    parameters: Params,
}

async fn open(app: &App, parts: &Parts, may_skip: bool) -> Result<Response> {
    let parameters = Params::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let visit = Visit { action: parts.uri.path(), headers: &parts.headers, parameters };
    let token = visit.parameters.get("oauth_token").unwrap_or_default();
    let Some((asked, client)) = authorize::asking(app, token).await? else {
        return Ok(token_is_gone());
    };
    let forces_login = visit.parameters.get("force_login").is_some_and(crate::http::call::is_true);
    let user = if forces_login { None } else { browser::signed_in(app, visit.headers).await? };
    if let (true, Some(user)) = (may_skip, &user)
        && app.store.token_of(user.id, client.id, asked.access).await?.is_some()
    {
        return allow(app, &asked, &client, user).await;
    }
    page(app, &visit, (&asked, &client), user.as_ref(), None)
}

fn page(
    app: &App,
    visit: &Visit<'_>,
    (asked, client): (&RequestToken, &apps::App),
    user: Option<&User>,
    problem: Option<&str>,
) -> Result<Response> {
    let authenticity_token = browser::authenticity_token(visit.headers);
    let name = visit.parameters.get("username").or(visit.parameters.get("screen_name"));
    let status = if problem.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let mut response = html(
        status,
        &AuthorizePage {
            app_name: &client.name,
            may_write: asked.access == Access::ReadWrite,
            action: visit.action,
            oauth_token: &asked.token,
            authenticity_token: &authenticity_token,
            signed_in: user.map(|user| user.screen_name.as_str()),
            suggested_name: name.unwrap_or_default(),
            problem,
        },
    )?;
    browser::keep_authenticity(app, &mut response, &authenticity_token);
    Ok(response)
}

async fn take(app: &App, request: Request) -> Result<Response> {
    let (parts, raw) = request.into_parts();
    let idle = std::time::Duration::from_millis(app.config.limits.idle_ms);
    let form = match body::read_all(raw, FORM_BYTES, idle).await {
        Ok(form) => Params::parse(&form),
        Err(Error::Refused(_)) => return Ok(token_is_gone()),
        Err(broken) => return Err(broken),
    };
    let visit = Visit { action: parts.uri.path(), headers: &parts.headers, parameters: form };
    let get = |name| visit.parameters.get(name);
    if !browser::is_authentic(app, visit.headers, get("authenticity_token")) {
        let text = "The form did not come from this page. Go back and try again.";
        return Ok(message(StatusCode::FORBIDDEN, "That did not work", text));
    }
    let token = get("oauth_token").unwrap_or_default();
    let Some((asked, client)) = authorize::asking(app, token).await? else {
        return Ok(token_is_gone());
    };
    if get("decision") != Some("allow") {
        return deny(app, &asked, &client).await;
    }
    match browser::decider(app, visit.headers, &visit.parameters).await? {
        Decider::Known(user) => allow(app, &asked, &client, &user).await,
        Decider::New(user) => {
            let mut response = allow(app, &asked, &client, &user).await?;
            browser::sign_in(app, &mut response, user.id).await?;
            Ok(response)
        }
        Decider::Nobody(problem) => page(app, &visit, (&asked, &client), None, Some(problem)),
    }
}

async fn allow(
    app: &App,
    asked: &RequestToken,
    client: &apps::App,
    user: &User,
) -> Result<Response> {
    let Some(verifier) = authorize::allow(app, asked, user.id).await? else {
        return Ok(token_is_gone());
    };
    if asked.callback == OUT_OF_BAND {
        return html(StatusCode::OK, &PinPage { app_name: &client.name, pin: &verifier });
    }
    Ok(redirect(&asked.callback, &[("oauth_token", &asked.token), ("oauth_verifier", &verifier)]))
}

async fn deny(app: &App, asked: &RequestToken, client: &apps::App) -> Result<Response> {
    app.store.end_request_token(&asked.token).await?;
    if asked.callback == OUT_OF_BAND {
        let text = format!("{} was given no access to your account.", client.name);
        return Ok(message(StatusCode::OK, "You have canceled", &text));
    }
    Ok(redirect(&asked.callback, &[("denied", &asked.token)]))
}

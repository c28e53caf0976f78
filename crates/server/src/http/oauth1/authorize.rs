//! `GET` and `POST /oauth/authorize` and `/oauth/authenticate`: the page where a user signs in
//! and allows an app. It works without scripts, by keyboard and screen reader.

use super::browser;
use crate::actions::accounts;
use crate::actions::authorize::{self, OUT_OF_BAND};
use crate::app::{App, Shared};
use crate::error::{Error, Result};
use crate::http::body;
use crate::store::apps;
use crate::store::request_tokens::RequestToken;
use crate::store::users::User;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use birdhouse_domain::Access;
use birdhouse_oauth::params::Params;
use birdhouse_oauth::percent;

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

#[derive(Template)]
#[template(path = "oauth/message.html")]
struct MessagePage<'a> {
    heading: &'a str,
    text: &'a str,
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

fn finish(outcome: Result<Response>) -> Response {
    let mut response = outcome.unwrap_or_else(|error| {
        tracing::error!(?error, "the consent page failed");
        message(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong", "Please try again.")
    });
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn html(status: StatusCode, page: &impl Template) -> Result<Response> {
    let text = page.render().map_err(|e| Error::Broken(e.into()))?;
    Ok((status, Html(text)).into_response())
}

fn message(status: StatusCode, heading: &str, text: &str) -> Response {
    html(status, &MessagePage { heading, text }).unwrap_or_else(|_| status.into_response())
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
    if !browser::is_authentic(visit.headers, get("authenticity_token")) {
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
    let (name, password) = (get("username"), get("password"));
    let (Some(name), Some(password)) = (name, password) else {
        return match browser::signed_in(app, visit.headers).await? {
            Some(user) => allow(app, &asked, &client, &user).await,
            None => page(app, &visit, (&asked, &client), None, Some("Please sign in.")),
        };
    };
    if !app.sign_ins.may_try(name, app.now().seconds()) {
        let text = "Too many attempts. Please wait a quarter of an hour.";
        return page(app, &visit, (&asked, &client), None, Some(text));
    }
    let Some(user) = accounts::sign_in(app, name, password).await? else {
        let text = "The username and password do not match.";
        return page(app, &visit, (&asked, &client), None, Some(text));
    };
    let mut response = allow(app, &asked, &client, &user).await?;
    browser::sign_in(app, &mut response, user.id).await?;
    Ok(response)
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

/// Sends the browser to the callback, whose own query and fragment stay.
fn redirect(callback: &str, parameters: &[(&str, &str)]) -> Response {
    let (stem, fragment) = callback.split_once('#').unwrap_or((callback, ""));
    let mut url = stem.to_owned();
    for (name, value) in parameters {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        percent::encode_into(&mut url, value);
    }
    if !fragment.is_empty() {
        url.push('#');
        url.push_str(fragment);
    }
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

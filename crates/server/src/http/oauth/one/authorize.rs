//! `GET` and `POST /oauth/authorize` and `/oauth/authenticate`: the page where a user signs in
//! and allows an app. It works without scripts, by keyboard and screen reader.

use crate::http::pages::browser::{self, PageUser, Problem};
use crate::http::pages::render::{finish, forged_form_page, html, message, redirect};
use crate::http::read::body;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use birdhouse_core::actions::access::three_legged::{self, PendingConsent};
use birdhouse_core::actions::users::User;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::Result;
use birdhouse_domain::Access;
use birdhouse_domain::callback::{OUT_OF_BAND, destination};
use birdhouse_oauth::params::Params;

const FORM_BYTES: usize = 16 * 1024;

#[derive(Template)]
#[template(path = "oauth/authorize.html")]
struct AuthorizePage<'a> {
    app_name: &'a str,
    may_write: bool,
    /// Where the browser goes after consent; `None` if the user is shown a PIN.
    destination: Option<&'a str>,
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

/// Shows the consent page.
pub(super) async fn show(State(app): State<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    finish(show_page(&app, &parts, false).await)
}

/// Skips the consent page if the signed-in user has allowed the app before, and the app registered
/// the callback.
pub(super) async fn show_or_skip(State(app): State<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    finish(show_page(&app, &parts, true).await)
}

/// Handles the user's decision.
pub(super) async fn decide(State(app): State<Shared>, request: Request) -> Response {
    finish(handle_decision(&app, request).await)
}

fn invalid_token_page() -> Response {
    let text = "The request token is unknown, was used or has expired. Go back to the \
                application and start again.";
    message(StatusCode::FORBIDDEN, "This page is no longer valid", text)
}

/// A request for the page, or the submitted form.
struct PageRequest<'a> {
    action: &'a str,
    headers: &'a HeaderMap,
    parameters: Params,
}

async fn show_page(app: &App, parts: &Parts, may_skip: bool) -> Result<Response> {
    let parameters = Params::parse(parts.uri.query().unwrap_or_default().as_bytes())?;
    let page_request =
        PageRequest { action: parts.uri.path(), headers: &parts.headers, parameters };
    let token = page_request.parameters.get("oauth_token").unwrap_or_default();
    let Some(consent) = three_legged::pending(app, token).await? else {
        return Ok(invalid_token_page());
    };
    let forces_login =
        page_request.parameters.get("force_login").is_some_and(crate::http::read::call::is_true);
    let user = if forces_login {
        None
    } else {
        browser::signed_in_user(app, page_request.headers).await?
    };
    if let (true, Some(user)) = (may_skip, &user)
        && three_legged::may_skip(app, &consent, user.id).await?
    {
        return allow(app, &consent, user).await;
    }
    render_page(app, &page_request, &consent, user.as_ref(), None)
}

fn render_page(
    app: &App,
    page_request: &PageRequest<'_>,
    consent: &PendingConsent,
    user: Option<&User>,
    problem: Option<Problem>,
) -> Result<Response> {
    let token = browser::form_token(app, page_request.headers);
    let name =
        page_request.parameters.get("username").or(page_request.parameters.get("screen_name"));
    let status = problem.map_or(StatusCode::OK, |problem| problem.status);
    let callback = consent.request.callback.as_str();
    let mut response = html(
        status,
        &AuthorizePage {
            app_name: &consent.client.name,
            may_write: consent.request.access == Access::ReadWrite,
            destination: (callback != OUT_OF_BAND).then(|| destination(callback)),
            action: page_request.action,
            oauth_token: &consent.request.token,
            authenticity_token: &token.text,
            signed_in: user.map(|user| user.screen_name.as_str()),
            suggested_name: name.unwrap_or_default(),
            problem: problem.map(|problem| problem.text),
        },
    )?;
    token.set_cookie(app, &mut response);
    Ok(response)
}

async fn handle_decision(app: &App, request: Request) -> Result<Response> {
    let (parts, raw) = request.into_parts();
    let form = body::read_unknown(app, &parts.extensions, raw, FORM_BYTES).await?;
    let form = Params::parse(&form)?;
    let page_request =
        PageRequest { action: parts.uri.path(), headers: &parts.headers, parameters: form };
    let get = |name| page_request.parameters.get(name);
    if !browser::is_authentic(app, page_request.headers, get("authenticity_token")) {
        return Ok(forged_form_page());
    }
    let token = get("oauth_token").unwrap_or_default();
    let Some(consent) = three_legged::pending(app, token).await? else {
        return Ok(invalid_token_page());
    };
    if get("decision") != Some("allow") {
        return deny(app, &consent).await;
    }
    match browser::page_user(app, &parts, &page_request.parameters).await? {
        PageUser::FromSession(user) => allow(app, &consent, &user).await,
        PageUser::FromPassword(user) => {
            let mut response = allow(app, &consent, &user).await?;
            browser::sign_in(app, &mut response, &user).await?;
            Ok(response)
        }
        PageUser::NotSignedIn(problem) => {
            render_page(app, &page_request, &consent, None, Some(problem))
        }
    }
}

async fn allow(app: &App, consent: &PendingConsent, user: &User) -> Result<Response> {
    let Some(verifier) = three_legged::allow(app, consent, user.id).await? else {
        return Ok(invalid_token_page());
    };
    let PendingConsent { request, client } = consent;
    if request.callback == OUT_OF_BAND {
        return html(StatusCode::OK, &PinPage { app_name: &client.name, pin: &verifier });
    }
    let parameters = [("oauth_token", &*request.token), ("oauth_verifier", &*verifier)];
    Ok(redirect(&request.callback, &parameters))
}

async fn deny(app: &App, consent: &PendingConsent) -> Result<Response> {
    three_legged::deny(app, consent).await?;
    let PendingConsent { request, client } = consent;
    if request.callback == OUT_OF_BAND {
        let text = format!(
            "You did not give {} access to your account. You can close this page.",
            client.name
        );
        return Ok(message(StatusCode::OK, "You canceled", &text));
    }
    Ok(redirect(&request.callback, &[("denied", &request.token)]))
}

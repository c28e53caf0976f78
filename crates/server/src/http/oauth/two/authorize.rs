//! `GET` and `POST /i/oauth2/authorize`, and the same under `/2`: the page where a user signs in and
//! allows an app what it requests. It works without scripts, by keyboard and screen reader.
//!
//! Until the redirect is known to be the app's own, what is wrong is shown on a page; from then on
//! it is reported to the app (RFC 6749, section 4.1.2.1).

use crate::http::pages::browser::{self, PageUser};
use crate::http::pages::render::{finish, html, message, redirect};
use crate::http::read::body;
use askama::Template;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use birdhouse_core::actions::access::oauth2::{
    self, AuthorizationRequest, ClientApp, Refusal, ValidRequest,
};
use birdhouse_core::actions::users::User;
use birdhouse_core::app::{App, Shared};
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::scope::KNOWN;
use birdhouse_oauth::params::Params;

const FORM_BYTES: usize = 16 * 1024;
/// What the page carries over, so that the decision is about what was shown.
const CARRIED: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

#[derive(Template)]
#[template(path = "oauth/consent.html")]
struct ConsentPage<'a> {
    app_name: &'a str,
    permissions: Vec<&'a str>,
    others: Vec<&'a str>,
    redirect_host: &'a str,
    carried: Vec<(&'a str, &'a str)>,
    authenticity_token: &'a str,
    signed_in: Option<&'a str>,
    suggested_name: &'a str,
    problem: Option<&'a str>,
}

/// A request of the browser's, validated.
struct Visit<'a> {
    headers: &'a HeaderMap,
    parameters: &'a Params,
    client: ClientApp,
    request: AuthorizationRequest<'a>,
    valid: ValidRequest,
}

/// Shows what is requested.
pub(super) async fn show(
    State(app): State<Shared>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    let parameters = Params::parse(uri.query().unwrap_or_default().as_bytes());
    finish(open(&app, &headers, &parameters).await)
}

async fn open(app: &App, headers: &HeaderMap, parameters: &Params) -> Result<Response> {
    let visit = match read(app, headers, parameters).await? {
        Ok(visit) => visit,
        Err(response) => return Ok(response),
    };
    let user = browser::signed_in(app, headers).await?;
    page(app, &visit, user.as_ref(), None)
}

/// Takes the user's decision.
pub(super) async fn decide(State(app): State<Shared>, request: Request) -> Response {
    finish(take(&app, request).await)
}

async fn take(app: &App, request: Request) -> Result<Response> {
    let (parts, raw) = request.into_parts();
    let form = match body::read_all(app, raw, FORM_BYTES).await {
        Ok(form) => Params::parse(&form),
        Err(Error::Refused(_)) => return Ok(not_ours()),
        Err(broken) => return Err(broken),
    };
    if !browser::is_authentic(app, &parts.headers, form.get("authenticity_token")) {
        return Ok(not_ours());
    }
    let visit = match read(app, &parts.headers, &form).await? {
        Ok(visit) => visit,
        Err(response) => return Ok(response),
    };
    if form.get("decision") != Some("allow") {
        let refusal = Refusal::new("access_denied", "The user denied the request.");
        return Ok(report(&visit.request, &refusal));
    }
    match browser::page_user(app, &parts.headers, &form).await? {
        PageUser::Known(user) => allow(app, &visit, &user).await,
        PageUser::SignedInNow(user) => {
            let mut response = allow(app, &visit, &user).await?;
            browser::sign_in(app, &mut response, user.id).await?;
            Ok(response)
        }
        PageUser::Nobody(problem) => page(app, &visit, None, Some(problem)),
    }
}

async fn allow(app: &App, visit: &Visit<'_>, user: &User) -> Result<Response> {
    let code = oauth2::allow(app, visit.client.id, user.id, &visit.request, &visit.valid).await?;
    let mut all = vec![("state", visit.request.state), ("code", &*code)];
    all.retain(|(_, value)| !value.is_empty());
    Ok(redirect(visit.request.redirect_uri, &all))
}

/// What is requested and by which app; or the answer that says what is wrong with it.
async fn read<'a>(
    app: &App,
    headers: &'a HeaderMap,
    parameters: &'a Params,
) -> Result<std::result::Result<Visit<'a>, Response>> {
    let get = |name| parameters.get(name).unwrap_or_default();
    let (client_id, redirect_uri) = (get("client_id"), get("redirect_uri"));
    let Some(client) = oauth2::client_by_id(app, client_id).await? else {
        return Ok(Err(page_refusal("No application has this client_id.")));
    };
    if !oauth2::is_registered(&client, redirect_uri) {
        return Ok(Err(page_refusal(
            "The redirect_uri is not one that the application registered. It must be the same to \
             the last character. The operator registers one with `birdhouse credentials --callback`.",
        )));
    }
    let request = AuthorizationRequest {
        response_type: get("response_type"),
        redirect_uri,
        scope: get("scope"),
        state: get("state"),
        challenge: get("code_challenge"),
        challenge_method: get("code_challenge_method"),
    };
    Ok(match oauth2::validate(&request) {
        Ok(valid) => Ok(Visit { headers, parameters, client, request, valid }),
        Err(refusal) => Err(report(&request, &refusal)),
    })
}

fn page(
    app: &App,
    visit: &Visit<'_>,
    user: Option<&User>,
    problem: Option<&str>,
) -> Result<Response> {
    let authenticity_token = browser::authenticity_token(visit.headers);
    let meaning =
        |name: &str| KNOWN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let names = || visit.valid.scopes.names();
    let status = if problem.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let carry = |name| (name, visit.parameters.get(name).unwrap_or_default());
    let rest = visit.request.redirect_uri.split_once("://").map_or("", |(_, rest)| rest);
    let mut response = html(
        status,
        &ConsentPage {
            app_name: &visit.client.name,
            permissions: names().filter_map(meaning).collect(),
            others: names().filter(|name| meaning(name).is_none()).collect(),
            redirect_host: rest.split(['/', '?', '#']).next().unwrap_or_default(),
            carried: CARRIED.into_iter().map(carry).collect(),
            authenticity_token: &authenticity_token,
            signed_in: user.map(|user| user.screen_name.as_str()),
            suggested_name: visit.parameters.get("username").unwrap_or_default(),
            problem,
        },
    )?;
    browser::keep_authenticity(app, &mut response, &authenticity_token);
    Ok(response)
}

/// Reports to the app, by way of the browser.
fn report(request: &AuthorizationRequest<'_>, refusal: &Refusal) -> Response {
    let mut all = vec![("error", refusal.error), ("error_description", &*refusal.description)];
    if !request.state.is_empty() {
        all.push(("state", request.state));
    }
    redirect(request.redirect_uri, &all)
}

fn page_refusal(text: &str) -> Response {
    message(StatusCode::BAD_REQUEST, "This application cannot be authorized", text)
}

fn not_ours() -> Response {
    let text = "The form did not come from this page. Go back and try again.";
    message(StatusCode::FORBIDDEN, "That did not work", text)
}

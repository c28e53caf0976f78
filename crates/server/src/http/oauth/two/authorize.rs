//! `GET` and `POST /i/oauth2/authorize`, and the same under `/2`: the page where a user signs in
//! and grants an app the requested scopes. It works without scripts, by keyboard and screen reader.
//!
//! Errors are shown on a page until the redirect URI is known to belong to the app, and reported to
//! the app afterwards (RFC 6749, section 4.1.2.1).

use crate::http::pages::browser::{self, PageUser, Problem};
use crate::http::pages::render::{finish, forged_form_page, html, message, redirect};
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
use birdhouse_core::error::Result;
use birdhouse_domain::callback::destination;
use birdhouse_domain::scope::KNOWN;
use birdhouse_oauth::params::Params;

const FORM_BYTES: usize = 16 * 1024;
/// Parameters that the form repeats, so that the decision is about the request that was shown.
const HIDDEN_FIELDS: [&str; 7] = [
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
    unknown_scopes: Vec<&'a str>,
    destination: &'a str,
    hidden_fields: Vec<(&'a str, &'a str)>,
    authenticity_token: &'a str,
    signed_in: Option<&'a str>,
    suggested_name: &'a str,
    problem: Option<&'a str>,
}

/// A validated authorization request, and the headers that it came with.
struct PageRequest<'a> {
    headers: &'a HeaderMap,
    parameters: &'a Params,
    client: ClientApp,
    request: AuthorizationRequest<'a>,
    valid: ValidRequest,
}

/// Shows the consent page.
pub(super) async fn show(
    State(app): State<Shared>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Response {
    finish(show_page(&app, &headers, uri.query().unwrap_or_default()).await)
}

async fn show_page(app: &App, headers: &HeaderMap, query: &str) -> Result<Response> {
    let parameters = Params::parse(query.as_bytes())?;
    let page_request = match parse_request(app, headers, &parameters).await? {
        Ok(page_request) => page_request,
        Err(response) => return Ok(response),
    };
    let user = browser::signed_in_user(app, headers).await?;
    render_page(app, &page_request, user.as_ref(), None)
}

/// Handles the user's decision.
pub(super) async fn decide(State(app): State<Shared>, request: Request) -> Response {
    finish(handle_decision(&app, request).await)
}

async fn handle_decision(app: &App, request: Request) -> Result<Response> {
    let (parts, raw) = request.into_parts();
    let form = body::read_unknown(app, &parts.extensions, raw, FORM_BYTES).await?;
    let form = Params::parse(&form)?;
    if !browser::is_authentic(app, &parts.headers, form.get("authenticity_token")) {
        return Ok(forged_form_page());
    }
    let page_request = match parse_request(app, &parts.headers, &form).await? {
        Ok(page_request) => page_request,
        Err(response) => return Ok(response),
    };
    if form.get("decision") != Some("allow") {
        let refusal = Refusal::new("access_denied", "The user denied the request.");
        return Ok(redirect_with_error(&page_request.request, &refusal));
    }
    match browser::page_user(app, &parts, &form).await? {
        PageUser::FromSession(user) => allow(app, &page_request, &user).await,
        PageUser::FromPassword(user) => {
            let mut response = allow(app, &page_request, &user).await?;
            browser::sign_in(app, &mut response, &user).await?;
            Ok(response)
        }
        PageUser::NotSignedIn(problem) => render_page(app, &page_request, None, Some(problem)),
    }
}

async fn allow(app: &App, page_request: &PageRequest<'_>, user: &User) -> Result<Response> {
    let code = oauth2::allow(
        app,
        page_request.client.id,
        user.id,
        &page_request.request,
        &page_request.valid,
    )
    .await?;
    let mut parameters = vec![("state", page_request.request.state), ("code", &*code)];
    parameters.retain(|(_, value)| !value.is_empty());
    Ok(redirect(page_request.request.redirect_uri, &parameters))
}

/// Validates the parameters; the inner error is the response that reports what is wrong.
async fn parse_request<'a>(
    app: &App,
    headers: &'a HeaderMap,
    parameters: &'a Params,
) -> Result<std::result::Result<PageRequest<'a>, Response>> {
    let get = |name| parameters.get(name).unwrap_or_default();
    let (client_id, redirect_uri) = (get("client_id"), get("redirect_uri"));
    let Some(client) = oauth2::client_by_id(app, client_id).await? else {
        return Ok(Err(error_page("No application has this client_id.")));
    };
    if !oauth2::is_registered(&client, redirect_uri) {
        return Ok(Err(error_page(
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
        Ok(valid) => Ok(PageRequest { headers, parameters, client, request, valid }),
        Err(refusal) => Err(redirect_with_error(&request, &refusal)),
    })
}

fn render_page(
    app: &App,
    page_request: &PageRequest<'_>,
    user: Option<&User>,
    problem: Option<Problem>,
) -> Result<Response> {
    let token = browser::form_token(app, page_request.headers);
    let describe =
        |name: &str| KNOWN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    let names = || page_request.valid.scopes.names();
    let status = problem.map_or(StatusCode::OK, |problem| problem.status);
    let hidden_field = |name| (name, page_request.parameters.get(name).unwrap_or_default());
    let mut response = html(
        status,
        &ConsentPage {
            app_name: &page_request.client.name,
            permissions: names().filter_map(describe).collect(),
            unknown_scopes: names().filter(|name| describe(name).is_none()).collect(),
            destination: destination(page_request.request.redirect_uri),
            hidden_fields: HIDDEN_FIELDS.into_iter().map(hidden_field).collect(),
            authenticity_token: &token.text,
            signed_in: user.map(|user| user.screen_name.as_str()),
            suggested_name: page_request.parameters.get("username").unwrap_or_default(),
            problem: problem.map(|problem| problem.text),
        },
    )?;
    token.set_cookie(app, &mut response);
    Ok(response)
}

/// Redirects to the app with an error.
fn redirect_with_error(request: &AuthorizationRequest<'_>, refusal: &Refusal) -> Response {
    let mut parameters =
        vec![("error", refusal.error), ("error_description", &*refusal.description)];
    if !request.state.is_empty() {
        parameters.push(("state", request.state));
    }
    redirect(request.redirect_uri, &parameters)
}

fn error_page(text: &str) -> Response {
    message(StatusCode::BAD_REQUEST, "This application cannot be authorized", text)
}

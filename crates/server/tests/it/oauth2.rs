//! OAuth 2.0: the authorization code flow of browser and app, and requests that must fail.

mod consent;
mod tokens;
mod windows;

use crate::support::{Call, FORM, Response, TestApp};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use birdhouse_core::actions::access::issue::{self, CredentialsRequest, IssuedCredentials};
use birdhouse_oauth::params::Params;
use serde_json::json;
use sha2::{Digest, Sha256};

pub(super) const CALLBACK: &str = "https://app.example/done";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub(super) const SCOPES: &str = "tweet.read users.read media.write offline.access space.read";

/// Registers an app with a callback.
pub(super) async fn register_app(test: &TestApp, name: &str, is_public: bool) -> IssuedCredentials {
    let request = CredentialsRequest {
        user: "alice".to_owned(),
        app: name.to_owned(),
        callbacks: vec![CALLBACK.to_owned()],
        is_public: Some(is_public),
        ..CredentialsRequest::default()
    };
    issue::issue(&test.app, &request).await.unwrap()
}

pub(super) fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

pub(super) fn params(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Params>().print()
}

pub(super) fn authorization_params<'a>(
    client_id: &'a str,
    challenge: &'a str,
) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("scope", SCOPES),
        ("state", "a state & more"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

pub(super) async fn open_consent_page(test: &TestApp, pairs: &[(&str, &str)]) -> Response {
    let path = format!("/i/oauth2/authorize?{}", params(pairs));
    test.send(Request::get(path).body(Body::empty()).unwrap()).await
}

pub(super) fn cookies(response: &Response) -> String {
    let lines = response.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

pub(super) async fn submit_decision(
    test: &TestApp,
    cookies: &str,
    pairs: &[(&str, &str)],
) -> Response {
    let request =
        Request::post("/i/oauth2/authorize").header("cookie", cookies).header("content-type", FORM);
    test.send(request.body(Body::from(params(pairs))).unwrap()).await
}

pub(super) fn authenticity_token(page: &Response) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"authenticity_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The parameters of a redirect to the callback.
pub(super) fn redirect_params(response: &Response) -> Params {
    assert_eq!(response.status, 302, "{}", response.line());
    let (url, query) = response.header("location").split_once('?').unwrap();
    assert_eq!(url, CALLBACK);
    Params::parse(query.as_bytes()).unwrap()
}

/// An authorization code for this app, after consent by alice.
pub(super) async fn obtain_code(test: &TestApp, client: &IssuedCredentials) -> String {
    let challenge = challenge(VERIFIER);
    let mut pairs = authorization_params(&client.client_id, &challenge);
    let page = open_consent_page(test, &pairs).await;
    assert_eq!(page.status, 200, "{}", page.line());
    let token = authenticity_token(&page);
    pairs.extend([
        ("authenticity_token", &*token),
        ("username", "alice"),
        ("password", "correct horse"),
        ("decision", "allow"),
    ]);
    let redirect = redirect_params(&submit_decision(test, &cookies(&page), &pairs).await);
    assert_eq!(redirect.get("state"), Some("a state & more"));
    redirect.get("code").unwrap().to_owned()
}

pub(super) async fn post_token(
    test: &TestApp,
    app: Option<&IssuedCredentials>,
    pairs: &[(&str, &str)],
) -> Response {
    let mut request = Request::post("/2/oauth2/token").header("content-type", FORM);
    if let Some(app) = app {
        let pair = format!("{}:{}", app.client_id, app.client_secret.clone().unwrap_or_default());
        request = request.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
    }
    test.send(request.body(Body::from(params(pairs))).unwrap()).await
}

pub(super) fn exchange_params<'a>(code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ]
}

/// Tokens for this app, after consent by alice.
pub(super) async fn obtain_tokens(test: &TestApp, app: &IssuedCredentials) -> Response {
    let code = obtain_code(test, app).await;
    post_token(test, Some(app), &exchange_params(&code, VERIFIER)).await
}

pub(super) fn field(response: &Response, name: &str) -> String {
    response.json()[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {}", response.line()))
        .to_owned()
}

pub(super) async fn refresh(test: &TestApp, app: &IssuedCredentials, token: &str) -> Response {
    post_token(test, Some(app), &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

/// Whether the access token is accepted.
pub(super) async fn is_accepted(test: &TestApp, token: &str) -> bool {
    // Valid tokens are cached for a second.
    test.app.clock.advance(1000);
    test.send_with_token(token, Call::get("/2/users/me")).await.status == 200
}

pub(super) fn assert_error(response: &Response, status: u16, error: &str) {
    assert_eq!(
        (response.status, field(response, "error")),
        (status, error.to_owned()),
        "{}",
        response.line()
    );
    assert!(!field(response, "error_description").is_empty());
    assert_eq!(response.header("cache-control"), "no-store");
}

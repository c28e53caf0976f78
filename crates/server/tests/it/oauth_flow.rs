//! The three-legged OAuth 1.0a flow of browser and app.

use crate::support::{Call, Response, TestApp};
use axum::body::Body;
use axum::http::Request;
use birdhouse_core::actions::access::issue::{self, CredentialsRequest, IssuedCredentials};
use birdhouse_oauth::params::Params;
use serde_json::json;

fn consumer_only(test: &TestApp) -> IssuedCredentials {
    IssuedCredentials {
        access_token: String::new(),
        access_token_secret: String::new(),
        ..test.alice.clone()
    }
}

pub(crate) async fn obtain_request_token(test: &TestApp, callback: &str) -> Params {
    let path = "/oauth/request_token";
    let response = test
        .send_signed(&consumer_only(test), Call::form(path, &[("oauth_callback", callback)]))
        .await;
    assert_eq!(response.status, 200, "{}", response.line());
    let token = Params::parse(&response.body).unwrap();
    assert_eq!(token.get("oauth_callback_confirmed"), Some("true"));
    token
}

pub(crate) fn cookies(response: &Response) -> String {
    let lines = response.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

pub(crate) async fn open(test: &TestApp, page: &str, token: &str, cookies: &str) -> Response {
    let path = format!("/oauth/{page}?oauth_token={token}");
    test.send(Request::get(path).header("cookie", cookies).body(Body::empty()).unwrap()).await
}

pub(crate) async fn submit(test: &TestApp, cookies: &str, pairs: &[(&str, &str)]) -> Response {
    submit_to(test, "/oauth/authorize", cookies, pairs).await
}

/// Submits a form as a browser with these cookies.
pub(crate) async fn submit_to(
    test: &TestApp,
    path: &str,
    cookies: &str,
    pairs: &[(&str, &str)],
) -> Response {
    let body = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Params>();
    let request = Request::post(path)
        .header("cookie", cookies)
        .header("content-type", "application/x-www-form-urlencoded");
    test.send(request.body(Body::from(body.print())).unwrap()).await
}

pub(crate) fn authenticity_token(page: &Response) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"authenticity_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// Submits consent; returns the response and the session cookies.
pub(crate) async fn allow(test: &TestApp, token: &str) -> (Response, String) {
    let page = open(test, "authorize", token, "").await;
    assert_eq!(page.status, 200);
    let response = submit(
        test,
        &cookies(&page),
        &[
            ("oauth_token", token),
            ("authenticity_token", &authenticity_token(&page)),
            ("username", "alice"),
            ("password", "correct horse"),
            ("decision", "allow"),
        ],
    )
    .await;
    let session = cookies(&response);
    (response, session)
}

async fn exchange(test: &TestApp, token: &Params, verifier: &str) -> Response {
    let credentials = IssuedCredentials {
        access_token: token.get("oauth_token").unwrap().to_owned(),
        access_token_secret: token.get("oauth_token_secret").unwrap().to_owned(),
        ..test.alice.clone()
    };
    let path = "/oauth/access_token";
    test.send_signed(&credentials, Call::form(path, &[("oauth_verifier", verifier)])).await
}

#[tokio::test]
async fn an_app_gets_a_valid_token_once_the_user_consents() {
    let test = TestApp::start().await;
    let token = obtain_request_token(&test, "https://app.example/done?x=1").await;
    let (response, session) = allow(&test, token.get("oauth_token").unwrap()).await;
    assert_eq!(response.status, 302, "{}", response.line());
    let (url, query) = response.header("location").split_once("&oauth_token=").unwrap();
    assert_eq!(url, "https://app.example/done?x=1");
    let verifier = query.split_once("oauth_verifier=").unwrap().1;
    let response = exchange(&test, &token, verifier).await;
    let access = Params::parse(&response.body).unwrap();
    assert_eq!(access.get("screen_name"), Some("alice"));
    let mut credentials = test.alice.clone();
    credentials.access_token = access.get("oauth_token").unwrap().to_owned();
    credentials.access_token_secret = access.get("oauth_token_secret").unwrap().to_owned();
    assert_eq!(
        test.send_signed(&credentials, Call::get("/1.1/account/verify_credentials.json"))
            .await
            .status,
        200
    );

    let again = exchange(&test, &token, verifier).await;
    assert_eq!(again.line(), "401 This feature is temporarily unavailable");
    // Anyone who has the app's key can name a callback: the page says where it leads.
    let next = obtain_request_token(&test, "https://evil.example/app.example").await;
    let page = open(&test, "authenticate", next.get("oauth_token").unwrap(), &session).await;
    assert_eq!(page.status, 200, "{}", page.line());
    assert!(page.text().contains("You will be sent to <strong>evil.example</strong>."));
    let next = obtain_request_token(&test, "oob").await;
    let page = open(&test, "authenticate", next.get("oauth_token").unwrap(), &session).await;
    assert_eq!(page.status, 200, "{}", page.line());
    // With a registered callback authenticate skips the page; authorize does not.
    let callbacks = vec!["https://app.example/".to_owned()];
    let request = CredentialsRequest {
        user: "alice".to_owned(),
        app: "tests".to_owned(),
        callbacks,
        ..CredentialsRequest::default()
    };
    issue::issue(&test.app, &request).await.unwrap();
    let next = obtain_request_token(&test, "https://app.example/").await;
    let next = next.get("oauth_token").unwrap();
    assert_eq!(open(&test, "authorize", next, &session).await.status, 200);
    assert_eq!(open(&test, "authenticate", next, &session).await.status, 302);
}

#[tokio::test]
async fn a_pin_is_displayed_and_only_the_right_one_is_accepted() {
    let test = TestApp::start().await;
    let token = obtain_request_token(&test, "oob").await;
    let (page, _) = allow(&test, token.get("oauth_token").unwrap()).await;
    let text = page.text();
    let pin = text.split_once("<code>").unwrap().1.split('<').next().unwrap();
    assert!(pin.len() == 7 && pin.bytes().all(|b| b.is_ascii_digit()), "{text}");
    assert_eq!(
        exchange(&test, &token, "0").await.line(),
        "401 Error processing your OAuth request: Invalid oauth_verifier parameter"
    );
    assert_eq!(exchange(&test, &token, pin).await.status, 200);
}

#[tokio::test]
async fn a_pin_is_void_after_five_wrong_guesses() {
    let test = TestApp::start().await;
    let token = obtain_request_token(&test, "oob").await;
    let (page, _) = allow(&test, token.get("oauth_token").unwrap()).await;
    let text = page.text();
    let pin = text.split_once("<code>").unwrap().1.split('<').next().unwrap();
    for _ in 0..5 {
        assert_eq!(exchange(&test, &token, "wrong").await.status, 401);
    }
    assert_eq!(exchange(&test, &token, pin).await.status, 401);
}

#[tokio::test]
async fn pins_tried_at_the_same_time_do_not_exceed_five() {
    let test = TestApp::start().await;
    let token = obtain_request_token(&test, "oob").await;
    allow(&test, token.get("oauth_token").unwrap()).await;
    let tries = (0..40).map(|_| exchange(&test, &token, "wrong"));
    let answers = futures_util::future::join_all(tries).await;
    let compared = answers.iter().filter(|a| a.text().contains("oauth_verifier")).count();
    assert_eq!(compared, 5);
    assert!(answers.iter().all(|answer| answer.status == 401));
}

#[tokio::test]
async fn a_forged_form_and_a_wrong_password_are_refused() {
    let test = TestApp::start().await;
    let token = obtain_request_token(&test, "oob").await;
    let token = token.get("oauth_token").unwrap();
    let page = open(&test, "authorize", token, "").await;
    let (cookies, authenticity) = (cookies(&page), authenticity_token(&page));
    let form = |authenticity: &'static str, password: &'static str| {
        [
            ("oauth_token", ""),
            ("authenticity_token", authenticity),
            ("username", "alice"),
            ("password", password),
            ("decision", "allow"),
        ]
    };
    let mut forged = form("forged", "correct horse");
    forged[0].1 = token;
    assert_eq!(submit(&test, &cookies, &forged).await.status, 403);
    assert_eq!(submit(&test, "", &forged).await.status, 403);
    let wrong = [
        ("oauth_token", token),
        ("authenticity_token", &*authenticity),
        ("username", "alice"),
        ("password", "wrong"),
        ("decision", "allow"),
    ];
    let refused = submit(&test, &cookies, &wrong).await;
    assert_eq!(refused.status, 401);
    assert!(refused.text().contains("role=\"alert\""));
    let deny =
        [("oauth_token", token), ("authenticity_token", &*authenticity), ("decision", "deny")];
    assert!(
        submit(&test, &cookies, &deny)
            .await
            .text()
            .contains("You did not give tests access to your account.")
    );
    assert_eq!(open(&test, "authorize", token, "").await.status, 403);
}

#[tokio::test]
async fn an_unapproved_callback_is_refused_in_xml() {
    let test = TestApp::start().await;
    let path = "/oauth/request_token";
    let callback = [("oauth_callback", "javascript:alert(1)")];
    let xml = test.send_signed(&consumer_only(&test), Call::form(path, &callback)).await;
    assert_eq!(xml.status, 403);
    assert!(
        xml.text()
            .starts_with("<?xml version='1.0' encoding='UTF-8'?><errors><error code=\"415\">")
    );
}

#[tokio::test]
async fn a_bearer_token_is_the_same_until_it_is_invalidated() {
    let test = TestApp::start().await;
    let basic = |key: &str, secret: &str| {
        use base64::Engine;
        let text = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
        format!("Basic {text}")
    };
    let authorization = basic(&test.alice.consumer_key, &test.alice.consumer_secret);
    let post = |path: &'static str, header: String, body: String| {
        let request = Request::post(path)
            .header("authorization", header)
            .header("content-type", "application/x-www-form-urlencoded");
        test.send(request.body(Body::from(body)).unwrap())
    };
    let grant = || "grant_type=client_credentials".to_owned();
    let first = post("/oauth2/token", authorization.clone(), grant()).await.json();
    assert_eq!(first["token_type"], "bearer");
    let token = first["access_token"].as_str().unwrap().to_owned();
    assert_eq!(post("/oauth2/token", authorization.clone(), grant()).await.json(), first);
    let wrong = post("/oauth2/token", basic("x", "y"), grant()).await;
    assert_eq!(
        wrong.line(),
        r#"403 {"errors":[{"code":99,"label":"authenticity_token_error","message":"Unable to verify your credentials"}]}"#
    );
    let invalidated =
        post("/oauth2/invalidate_token", authorization.clone(), format!("access_token={token}"))
            .await;
    assert_eq!(invalidated.json(), json!({"access_token": token}));
    let next = post("/oauth2/token", authorization, grant()).await.json();
    assert_ne!(next["access_token"], json!(token));
}

#[tokio::test]
async fn request_tokens_are_issued_to_an_app_at_an_address_within_a_window() {
    let test = TestApp::start_with(|layer| {
        layer.rate_figures = Some([("oauth_request_token".to_owned(), 1)].into());
    })
    .await;
    for (address, status) in [("192.0.2.1", 200), ("192.0.2.1", 429), ("192.0.2.2", 200)] {
        let form = [("oauth_callback", "oob")];
        let call = Call::form("/oauth/request_token", &form);
        let url = format!("http://birdhouse.test{}", call.path);
        let request = Request::post(call.path)
            .header("host", "birdhouse.test")
            .header("x-forwarded-for", address)
            .header("authorization", test.authorization(&consumer_only(&test), &url, &call))
            .header("content-type", crate::support::FORM);
        let response = test.send(request.body(Body::from(call.body)).unwrap()).await;
        assert_eq!(response.status, status, "{address}: {}", response.line());
        if status == 429 {
            assert_eq!(response.json()["errors"][0]["code"], json!(88));
        }
    }
}

//! Signing in and out on the consent page, and what ends what.

use crate::oauth_flow::{
    allow, authenticity_token, cookies, obtain_request_token, open, submit, submit_to,
};
use crate::support::{Call, Response, TestApp, VERIFY};
use axum::body::Body;
use axum::http::Request;
use birdhouse_core::actions::access::issue::{self, CredentialsRequest};
use birdhouse_core::actions::access::sign_in;
use birdhouse_oauth::params::Params;

const SIGN_OUT: &str = "/oauth/sign_out";

/// A request token as text.
async fn request_token(test: &TestApp) -> String {
    obtain_request_token(test, "oob").await.get("oauth_token").unwrap().to_owned()
}

/// Signs alice in; returns the cookies of her browser.
async fn sign_in(test: &TestApp) -> String {
    let token = request_token(test).await;
    let form = open(test, "authorize", &token, "").await;
    let (response, session) = allow(test, &token).await;
    assert_eq!(response.status, 200);
    assert!(session.contains("birdhouse_session="), "{session}");
    // The nonce of another page does: the form's token is made for both.
    format!("{}; {session}", cookies(&form))
}

async fn is_signed_in(test: &TestApp, cookies: &str) -> bool {
    let page =
        test.send(Request::get(SIGN_OUT).header("cookie", cookies).body(Body::empty()).unwrap());
    page.await.text().contains("signed in as <strong>@alice")
}

/// Submits the consent form with this name and password, as a browser at this address.
async fn try_password(test: &TestApp, from: (&str, &str), name: &str, password: &str) -> Response {
    let (address, known) = from;
    let token = request_token(test).await;
    let page = open(test, "authorize", &token, known).await;
    let body: Params = [
        ("oauth_token", token.as_str()),
        ("authenticity_token", &authenticity_token(&page)),
        ("username", name),
        ("password", password),
        ("decision", "allow"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .collect();
    let request = Request::post("/oauth/authorize")
        .header("cookie", format!("{known}; {}", cookies(&page)))
        .header("x-forwarded-for", format!("198.51.100.1, {address}"))
        .header("content-type", crate::support::FORM);
    test.send(request.body(Body::from(body.print())).unwrap()).await
}

#[tokio::test]
async fn a_planted_cookie_with_an_equal_field_is_refused() {
    let test = TestApp::start().await;
    let token = request_token(&test).await;
    let planted = "x".repeat(43);
    // What anybody gets who opens the page without a session.
    let foreign = open(&test, "authorize", &token, "").await;
    let own = sign_in(&test).await;
    let session = own.split("; ").find(|c| c.starts_with("birdhouse_session=")).unwrap();
    for (cookies, field) in [
        ("birdhouse_authenticity=".to_owned(), String::new()),
        (format!("birdhouse_authenticity={planted}"), planted.clone()),
        (format!("{}; {session}", cookies(&foreign)), authenticity_token(&foreign)),
    ] {
        let form =
            [("oauth_token", &*token), ("authenticity_token", &*field), ("decision", "allow")];
        let refused = submit(&test, &cookies, &form).await;
        assert_eq!(refused.status, 403, "{cookies}");
    }
    let page = open(&test, "authorize", &token, &own).await;
    let field = authenticity_token(&page);
    let form = [("oauth_token", &*token), ("authenticity_token", &*field), ("decision", "allow")];
    assert_eq!(submit(&test, &own, &form).await.status, 200);
}

#[tokio::test]
async fn who_signs_out_returns_to_the_consent_page_without_a_session() {
    let test = TestApp::start().await;
    let own = sign_in(&test).await;
    let token = request_token(&test).await;
    let page = open(&test, "authorize", &token, &own).await;
    assert!(page.text().contains("formaction=\"/oauth/sign_out\""), "{}", page.text());
    let field = authenticity_token(&page);
    let form = [("oauth_token", &*token), ("authenticity_token", &*field)];
    let forged = [("oauth_token", &*token), ("authenticity_token", "forged")];
    assert_eq!(submit_to(&test, SIGN_OUT, &own, &forged).await.status, 403);
    assert!(is_signed_in(&test, &own).await);
    let response = submit_to(&test, SIGN_OUT, &own, &form).await;
    assert_eq!(response.status, 303, "{}", response.line());
    assert_eq!(response.header("location"), format!("/oauth/authorize?oauth_token={token}"));
    assert!(cookies(&response).contains("birdhouse_session="));
    assert!(response.header("set-cookie").contains("Max-Age=0"));
    assert!(!is_signed_in(&test, &own).await, "the session ended, not only its cookie");
    let page = open(&test, "authorize", &token, &own).await;
    let field = authenticity_token(&page);
    let form = [("\r\nX: &#", "1"), ("authenticity_token", &*field)];
    let odd = submit_to(&test, SIGN_OUT, &own, &form).await;
    assert_eq!(odd.header("location"), "/oauth/sign_out?%0D%0AX%3A%20%26%23=1");
}

#[tokio::test]
async fn a_new_password_ends_all_sessions_and_if_asked_all_tokens() {
    let test = TestApp::start().await;
    let tokens = test.issue_token(&test.alice, "users.read tweet.read offline.access").await;
    let (first, second) = (sign_in(&test).await, sign_in(&test).await);
    let mut request = CredentialsRequest {
        user: "alice".to_owned(),
        app: "tests".to_owned(),
        password: Some("new password".to_owned()),
        ..CredentialsRequest::default()
    };
    issue::issue(&test.app, &request).await.unwrap();
    assert!(!is_signed_in(&test, &first).await && !is_signed_in(&test, &second).await);
    let me = || test.send_with_token(&tokens.access_token, Call::get("/2/users/me"));
    assert_eq!((me().await.status, test.get(VERIFY).await.status), (200, 200));

    request.revokes_all = true;
    let next = issue::issue(&test.app, &request).await.unwrap();
    assert_eq!((me().await.status, test.get(VERIFY).await.status), (401, 401));
    assert_ne!(next.access_token, test.alice.access_token);
    assert_eq!(test.send_signed(&next, Call::get(VERIFY)).await.status, 200);
}

#[tokio::test]
async fn who_guesses_locks_nobody_out_elsewhere() {
    let test = TestApp::start().await;
    let known = sign_in(&test).await;
    let (guesser, elsewhere) = (("192.0.2.1", ""), ("192.0.2.2", ""));
    for _ in 0..10 {
        assert_eq!(try_password(&test, guesser, "alice", "a guess").await.status, 401);
    }
    let refused = try_password(&test, guesser, "Alice", "correct horse").await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("Please wait 15 minutes."), "{}", refused.text());
    assert_eq!(try_password(&test, elsewhere, "alice", "correct horse").await.status, 200);
    // Beside the guesser, in a browser that she signed in on before.
    assert_eq!(
        try_password(&test, ("192.0.2.1", &known), "alice", "correct horse").await.status,
        200
    );
    assert_eq!(try_password(&test, ("192.0.2.1", &known), "bob", "a guess").await.status, 401);
    test.app.clock.advance(900_000);
    assert_eq!(try_password(&test, guesser, "alice", "correct horse").await.status, 200);
}

#[tokio::test]
async fn an_empty_password_signs_nobody_in() {
    let test = TestApp::start().await;
    let empty = try_password(&test, ("192.0.2.1", ""), "alice", "").await;
    assert_eq!(empty.status, 401);
}

#[tokio::test]
async fn what_another_process_revoked_is_refused_within_a_second() {
    let test = TestApp::start().await;
    let tokens = test.issue_token(&test.alice, "users.read tweet.read offline.access").await;
    let bearer = test.alice.bearer_token.clone();
    let session = sign_in(&test).await;
    let statuses = async || {
        let me = test.send_with_token(&tokens.access_token, Call::get("/2/users/me")).await.status;
        let lookup = "/1.1/application/rate_limit_status.json";
        let limits = test.send_with_token(&bearer, Call::get(lookup)).await.status;
        (me, limits, test.get(VERIFY).await.status, is_signed_in(&test, &session).await)
    };
    assert_eq!(statuses().await, (200, 200, 200, true));
    let alice = test.alice.user_id.parse().map(birdhouse_domain::UserId).unwrap();
    test.catalog.revoke_all(alice, test.app.now()).await.unwrap();
    let app = test.catalog.app_by_key(&test.alice.consumer_key).await.unwrap().unwrap();
    let hash = birdhouse_oauth::secret::hash_token(&bearer);
    assert!(test.catalog.remove_bearer(app.id, &hash).await.unwrap());
    test.app.clock.advance(1000);
    assert_eq!(statuses().await, (401, 401, 401, false));
}

#[tokio::test]
async fn a_user_has_a_hundred_sessions_and_the_oldest_one_ends() {
    let test = TestApp::start().await;
    let oldest = sign_in(&test).await;
    test.app.clock.advance(1000);
    let second = sign_in(&test).await;
    let user = test.catalog.user_by_name("alice").await.unwrap().unwrap();
    for n in 2..=100 {
        assert!(n < 100 || is_signed_in(&test, &oldest).await);
        test.app.clock.advance(1);
        sign_in::start_session(&test.app, &user).await.unwrap().unwrap();
    }
    assert!(!is_signed_in(&test, &oldest).await);
    assert!(is_signed_in(&test, &second).await);
}

//! OAuth 2.0: the authorization code flow of browser and app, and requests that must fail.

use crate::support::{Call, FORM, Response, TestApp};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use birdhouse_core::actions::access::issue::{self, CredentialsRequest, IssuedCredentials};
use birdhouse_oauth::params::Params;
use serde_json::json;
use sha2::{Digest, Sha256};

const CALLBACK: &str = "https://app.example/done";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SCOPES: &str = "tweet.read users.read media.write offline.access space.read";

/// Registers an app with a callback.
async fn register_app(test: &TestApp, name: &str, is_public: bool) -> IssuedCredentials {
    let request = CredentialsRequest {
        user: "alice".to_owned(),
        app: name.to_owned(),
        callbacks: vec![CALLBACK.to_owned()],
        is_public: Some(is_public),
        ..CredentialsRequest::default()
    };
    issue::issue(&test.app, &request).await.unwrap()
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn params(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Params>().print()
}

fn authorization_params<'a>(client_id: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
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

async fn open_consent_page(test: &TestApp, pairs: &[(&str, &str)]) -> Response {
    let path = format!("/i/oauth2/authorize?{}", params(pairs));
    test.send(Request::get(path).body(Body::empty()).unwrap()).await
}

fn cookies(response: &Response) -> String {
    let lines = response.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

async fn submit_decision(test: &TestApp, cookies: &str, pairs: &[(&str, &str)]) -> Response {
    let request =
        Request::post("/i/oauth2/authorize").header("cookie", cookies).header("content-type", FORM);
    test.send(request.body(Body::from(params(pairs))).unwrap()).await
}

fn authenticity_token(page: &Response) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"authenticity_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The parameters of a redirect to the callback.
fn redirect_params(response: &Response) -> Params {
    assert_eq!(response.status, 302, "{}", response.line());
    let (url, query) = response.header("location").split_once('?').unwrap();
    assert_eq!(url, CALLBACK);
    Params::parse(query.as_bytes())
}

/// An authorization code for this app, after consent by alice.
async fn obtain_code(test: &TestApp, client: &IssuedCredentials) -> String {
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

async fn post_token(
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

fn exchange_params<'a>(code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", verifier),
    ]
}

fn field(response: &Response, name: &str) -> String {
    response.json()[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {}", response.line()))
        .to_owned()
}

async fn refresh(test: &TestApp, app: &IssuedCredentials, token: &str) -> Response {
    post_token(test, Some(app), &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

/// Whether the access token is accepted.
async fn is_accepted(test: &TestApp, token: &str) -> bool {
    // Valid tokens are cached for a second.
    test.app.clock.advance(1000);
    test.send_with_token(token, Call::get("/2/users/me")).await.status == 200
}

fn assert_error(response: &Response, status: u16, error: &str) {
    assert_eq!(
        (response.status, field(response, "error")),
        (status, error.to_owned()),
        "{}",
        response.line()
    );
    assert!(!field(response, "error_description").is_empty());
    assert_eq!(response.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_user_allows_an_app_which_gets_and_renews_tokens() {
    let test = TestApp::start().await;
    let app = register_app(&test, "an <app>", false).await;
    let challenge = challenge(VERIFIER);
    let page =
        open_consent_page(&test, &authorization_params(&app.client_id, &challenge)).await.text();
    assert!(page.contains("an &#60;app&#62; wants to access your account"), "{page}");
    assert!(page.contains("Upload media for you and describe them."), "{page}");
    assert!(
        page.contains("<code>space.read</code>. This server does not have these features"),
        "{page}"
    );
    assert!(!page.contains("Post and delete Tweets"), "only requested scopes");
    assert!(page.contains("<strong>app.example</strong>"), "{page}");

    let code = obtain_code(&test, &app).await;
    let issued = post_token(&test, Some(&app), &exchange_params(&code, VERIFIER)).await;
    let (access, refresh_token) = (field(&issued, "access_token"), field(&issued, "refresh_token"));
    assert_eq!(
        issued.json(),
        json!({"token_type": "bearer", "expires_in": 7200, "access_token": access,
               "scope": SCOPES, "refresh_token": refresh_token})
    );
    assert!(is_accepted(&test, &access).await);
    test.app.clock.advance(7_200_000);
    assert!(!is_accepted(&test, &access).await, "it expires after two hours");
    let next = refresh(&test, &app, &refresh_token).await;
    assert_eq!(next.status, 200, "{}", next.line());
    assert!(is_accepted(&test, &field(&next, "access_token")).await);
    assert_ne!(field(&next, "refresh_token"), refresh_token);
}

#[tokio::test]
async fn denied_consent_redirects_with_access_denied() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    let mut pairs = authorization_params(&app.client_id, &challenge);
    let page = open_consent_page(&test, &pairs).await;
    let token = authenticity_token(&page);
    pairs.extend([("authenticity_token", &*token), ("decision", "deny")]);
    let redirect = redirect_params(&submit_decision(&test, &cookies(&page), &pairs).await);
    assert_eq!(
        (redirect.get("error"), redirect.get("state")),
        (Some("access_denied"), Some("a state & more"))
    );
}

#[tokio::test]
async fn redirect_uris_must_equal_a_registered_callback() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    for wrong in [
        "https://app.example/done/",
        "https://app.example/done?x=1",
        "https://app.example/DONE",
        "https://app.example.evil.example/done",
        "https://evil.example/",
        "javascript://x",
        "",
        "https://app.example/done#x",
        "//app.example/done",
        "https://app.example/done\r\nx: y",
    ] {
        let mut pairs = authorization_params(&app.client_id, &challenge);
        pairs[2].1 = wrong;
        let response = open_consent_page(&test, &pairs).await;
        assert_eq!((response.status, response.header("location")), (400, ""), "{wrong}");
        // The decision validates it again.
        let page =
            open_consent_page(&test, &authorization_params(&app.client_id, &challenge)).await;
        let token = authenticity_token(&page);
        pairs.extend([("authenticity_token", &*token), ("decision", "deny")]);
        let response = submit_decision(&test, &cookies(&page), &pairs).await;
        assert_eq!((response.status, response.header("location")), (400, ""), "{wrong}");
    }
    let unknown = open_consent_page(&test, &authorization_params("nobody", &challenge)).await;
    assert_eq!(unknown.status, 400);
    let code = obtain_code(&test, &app).await;
    let mut pairs = exchange_params(&code, VERIFIER);
    pairs[2].1 = "https://app.example/other";
    assert_error(&post_token(&test, Some(&app), &pairs).await, 400, "invalid_request");
}

#[tokio::test]
async fn invalid_authorization_requests_redirect_with_an_error() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    let long = "s".repeat(501);
    for (index, value, error) in [
        (0, "token", "unsupported_response_type"),
        (3, "", "invalid_scope"),
        (3, "a\"b", "invalid_scope"),
        (4, &*long, "invalid_request"),
        // PKCE is required.
        (5, "", "invalid_request"),
        (5, "not a key", "invalid_request"),
        (6, "none", "invalid_request"),
    ] {
        let mut pairs = authorization_params(&app.client_id, &challenge);
        pairs[index].1 = value;
        let redirect = redirect_params(&open_consent_page(&test, &pairs).await);
        assert_eq!(redirect.get("error"), Some(error), "{value}");
    }
}

#[tokio::test]
async fn a_form_without_its_csrf_token_or_cookie_is_refused() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    let page = open_consent_page(&test, &authorization_params(&app.client_id, &challenge)).await;
    for (token, cookies) in
        [("x".repeat(43), cookies(&page)), (authenticity_token(&page), String::new())]
    {
        let mut pairs = authorization_params(&app.client_id, &challenge);
        pairs.extend([
            ("authenticity_token", &*token),
            ("username", "alice"),
            ("password", "correct horse"),
            ("decision", "allow"),
        ]);
        let response = submit_decision(&test, &cookies, &pairs).await;
        assert_eq!((response.status, response.header("location")), (403, ""));
    }
    for (name, value) in
        [("x-frame-options", ""), ("content-security-policy", "frame-ancestors 'none'")]
    {
        assert!(page.header(name).contains(value), "{name}");
    }
}

#[tokio::test]
async fn a_code_is_valid_once_for_its_app_with_its_verifier_for_thirty_seconds() {
    let test = TestApp::start().await;
    let (app, other) =
        (register_app(&test, "app", false).await, register_app(&test, "other", false).await);
    let first = obtain_code(&test, &app).await;
    for verifier in ["wrong-verifier-wrong-verifier-wrong-verifier", &challenge(VERIFIER)] {
        let response = post_token(&test, Some(&app), &exchange_params(&first, verifier)).await;
        assert_error(&response, 400, "invalid_request");
    }
    let without = &exchange_params(&first, VERIFIER)[..3];
    assert_error(&post_token(&test, Some(&app), without).await, 400, "invalid_request");
    assert_error(
        &post_token(&test, Some(&other), &exchange_params(&first, VERIFIER)).await,
        400,
        "invalid_request",
    );
    let issued = post_token(&test, Some(&app), &exchange_params(&first, VERIFIER)).await;
    let access = field(&issued, "access_token");
    assert!(is_accepted(&test, &access).await);
    // A code used twice has leaked, so its tokens are revoked.
    assert_error(
        &post_token(&test, Some(&app), &exchange_params(&first, VERIFIER)).await,
        400,
        "invalid_request",
    );
    assert!(!is_accepted(&test, &access).await);
    assert_error(
        &refresh(&test, &app, &field(&issued, "refresh_token")).await,
        400,
        "invalid_request",
    );

    let late = obtain_code(&test, &app).await;
    test.app.clock.advance(30_000);
    assert_error(
        &post_token(&test, Some(&app), &exchange_params(&late, VERIFIER)).await,
        400,
        "invalid_request",
    );
}

#[tokio::test]
async fn a_refresh_token_used_twice_revokes_its_family() {
    let test = TestApp::start().await;
    let (app, other) =
        (register_app(&test, "app", false).await, register_app(&test, "other", false).await);
    let issued =
        post_token(&test, Some(&app), &exchange_params(&obtain_code(&test, &app).await, VERIFIER))
            .await;
    let first = field(&issued, "refresh_token");
    assert_error(&refresh(&test, &other, &first).await, 400, "invalid_request");
    let second = refresh(&test, &app, &first).await;
    let access = field(&second, "access_token");
    assert!(is_accepted(&test, &access).await);
    let again = refresh(&test, &app, &first).await;
    assert_error(&again, 400, "invalid_request");
    assert_eq!(field(&again, "error_description"), "Value passed for the token was invalid.");
    assert!(!is_accepted(&test, &access).await);
    assert!(!is_accepted(&test, &field(&issued, "access_token")).await);
    assert_error(
        &refresh(&test, &app, &field(&second, "refresh_token")).await,
        400,
        "invalid_request",
    );
    // An access token is no refresh token.
    assert_error(&refresh(&test, &app, &access).await, 400, "invalid_request");
}

#[tokio::test]
async fn refreshing_never_adds_scopes() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let issued =
        post_token(&test, Some(&app), &exchange_params(&obtain_code(&test, &app).await, VERIFIER))
            .await;
    let token = field(&issued, "refresh_token");
    let more =
        [("grant_type", "refresh_token"), ("refresh_token", &*token), ("scope", "tweet.write")];
    assert_error(&post_token(&test, Some(&app), &more).await, 400, "invalid_scope");
    let less = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*token),
        ("scope", "tweet.read users.read"),
    ];
    let narrow = post_token(&test, Some(&app), &less).await;
    assert_eq!(field(&narrow, "scope"), "tweet.read users.read");
    let access = field(&narrow, "access_token");
    assert!(is_accepted(&test, &access).await);
    let upload = Call::json("/2/media/upload", "{}");
    assert_eq!(test.send_with_token(&access, upload).await.status, 403);
    // A refresh token is no access token.
    assert!(!is_accepted(&test, &field(&narrow, "refresh_token")).await);
    let without = test.issue_token(&app, "tweet.read users.read").await;
    assert!(without.refresh_token.is_none(), "only with offline.access");
}

#[tokio::test]
async fn client_authentication_follows_the_type_of_client() {
    let test = TestApp::start().await;
    let (app, public) =
        (register_app(&test, "app", false).await, register_app(&test, "public", true).await);
    assert_eq!(public.client_secret, None);
    let wrong = IssuedCredentials { client_secret: Some("guess".to_owned()), ..app.clone() };
    let first = obtain_code(&test, &app).await;
    let refusal = post_token(&test, Some(&wrong), &exchange_params(&first, VERIFIER)).await;
    assert_error(&refusal, 401, "unauthorized_client");
    assert_eq!(field(&refusal, "error_description"), "Missing valid authorization header");
    assert_error(
        &post_token(&test, None, &exchange_params(&first, VERIFIER)).await,
        400,
        "invalid_request",
    );
    let mut pairs = exchange_params(&first, VERIFIER);
    pairs.push(("client_id", &app.client_id));
    assert_error(&post_token(&test, None, &pairs).await, 401, "unauthorized_client");
    let mut pairs = exchange_params(&first, VERIFIER);
    pairs.push(("client_id", &public.client_id));
    assert_error(&post_token(&test, Some(&app), &pairs).await, 400, "invalid_request");
    pairs[4].1 = "nobody";
    assert_error(&post_token(&test, None, &pairs).await, 401, "invalid_client");

    let public_code = obtain_code(&test, &public).await;
    let mut pairs = exchange_params(&public_code, VERIFIER);
    pairs.push(("client_id", &public.client_id));
    assert_eq!(post_token(&test, None, &pairs).await.status, 200);
    let bad = post_token(&test, Some(&app), &[("grant_type", "password")]).await;
    assert_error(&bad, 400, "unsupported_grant_type");
    assert_error(&post_token(&test, Some(&app), &[]).await, 400, "invalid_request");
}

#[tokio::test]
async fn a_token_is_revoked_with_its_whole_family_by_its_own_app() {
    let test = TestApp::start().await;
    let (app, other) =
        (register_app(&test, "app", false).await, register_app(&test, "other", false).await);
    let issued =
        post_token(&test, Some(&app), &exchange_params(&obtain_code(&test, &app).await, VERIFIER))
            .await;
    let (access, refresh_token) = (field(&issued, "access_token"), field(&issued, "refresh_token"));
    let revoke = async |client: &IssuedCredentials, token: &str| {
        let pair = format!("{}:{}", client.client_id, client.client_secret.as_ref().unwrap());
        let body = params(&[("token", token), ("token_type_hint", "access_token")]);
        let request = Request::post("/2/oauth2/revoke")
            .header("content-type", FORM)
            .header("authorization", format!("Basic {}", STANDARD.encode(pair)));
        test.send(request.body(Body::from(body)).unwrap()).await
    };
    assert_eq!(revoke(&other, &access).await.json(), json!({"revoked": true}), "no oracle");
    assert!(is_accepted(&test, &access).await, "another app cannot revoke it");
    assert_eq!(revoke(&app, &access).await.status, 200);
    assert!(!is_accepted(&test, &access).await);
    assert_error(&refresh(&test, &app, &refresh_token).await, 400, "invalid_request");
    assert_eq!(revoke(&app, "unknown").await.status, 200);
}

#[tokio::test]
async fn a_token_is_introspected_by_its_own_app_only() {
    let test = TestApp::start().await;
    let (app, other) =
        (register_app(&test, "app", false).await, register_app(&test, "other", false).await);
    let issued =
        post_token(&test, Some(&app), &exchange_params(&obtain_code(&test, &app).await, VERIFIER))
            .await;
    let token = field(&issued, "access_token");
    let introspect = async |client: &IssuedCredentials| {
        let pair = format!("{}:{}", client.client_id, client.client_secret.as_ref().unwrap());
        let request = Request::post("/2/oauth2/introspect")
            .header("content-type", FORM)
            .header("authorization", format!("Basic {}", STANDARD.encode(pair)));
        test.send(request.body(Body::from(params(&[("token", &token)]))).unwrap()).await.json()
    };
    let introspected = introspect(&app).await;
    let now = test.app.now().seconds();
    assert_eq!(
        introspected,
        json!({"active": true, "scope": SCOPES, "client_id": app.client_id, "username": "alice",
               "token_type": "bearer", "exp": now + 7200, "iat": now, "sub": app.user_id})
    );
    assert_eq!(introspect(&other).await, json!({"active": false}));
}

#[tokio::test]
async fn an_oauth_1_token_is_exchanged_for_oauth_2_tokens_with_the_same_rights() {
    let test = TestApp::start().await;
    let (app, other) =
        (register_app(&test, "app", false).await, register_app(&test, "other", false).await);
    let token_exchange_params = |issued: &IssuedCredentials| {
        [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
            ("subject_token", issued.access_token.clone()),
            ("oauth_token_secret", issued.access_token_secret.clone()),
        ]
    };
    let post_exchange = async |client: &IssuedCredentials, pairs: &[(&str, String)]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        post_token(&test, Some(client), &pairs).await
    };
    let issued = post_exchange(&app, &token_exchange_params(&app)).await;
    assert_eq!(
        field(&issued, "scope"),
        "tweet.read tweet.write users.read media.write offline.access"
    );
    assert!(is_accepted(&test, &field(&issued, "access_token")).await);
    assert_error(
        &post_exchange(&other, &token_exchange_params(&app)).await,
        400,
        "invalid_request",
    );
    let mut wrong = token_exchange_params(&app);
    wrong[2].1 = "guess".to_owned();
    assert_error(&post_exchange(&app, &wrong).await, 400, "invalid_request");
    let request = CredentialsRequest {
        user: "alice".into(),
        app: "app".into(),
        is_read_only: true,
        ..CredentialsRequest::default()
    };
    let reader = issue::issue(&test.app, &request).await.unwrap();
    let issued = post_exchange(&app, &token_exchange_params(&reader)).await;
    assert_eq!(field(&issued, "scope"), "tweet.read users.read offline.access");
}

#[tokio::test]
async fn no_secret_is_stored_in_plain_text() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let code = obtain_code(&test, &app).await;
    let issued = post_token(&test, Some(&app), &exchange_params(&code, VERIFIER)).await;
    let secrets = [
        code,
        field(&issued, "access_token"),
        field(&issued, "refresh_token"),
        app.client_secret.unwrap(),
    ];
    if std::env::var("TEST_DATABASE_URL").is_ok() {
        return;
    }
    for file in std::fs::read_dir(&test.app.config.data_dir).unwrap() {
        let path = file.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        for secret in &secrets {
            assert!(
                !bytes.windows(secret.len()).any(|w| w == secret.as_bytes()),
                "{}",
                path.display()
            );
        }
    }
}

#[tokio::test]
async fn expired_tokens_are_deleted() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let issued =
        post_token(&test, Some(&app), &exchange_params(&obtain_code(&test, &app).await, VERIFIER))
            .await;
    let token = field(&issued, "refresh_token");
    test.app.clock.advance(3 * 3600 * 1000);
    birdhouse_core::jobs::sweep_once(&test.app).await.unwrap();
    let hash = |token: &str| birdhouse_oauth::secret::hash_token(token);
    assert!(
        test.catalog.oauth2_token(&hash(&field(&issued, "access_token"))).await.unwrap().is_none()
    );
    let next = refresh(&test, &app, &token).await;
    assert_eq!(next.status, 200, "{}", next.line());
    test.app.clock.advance(183 * 24 * 3600 * 1000);
    birdhouse_core::jobs::sweep_once(&test.app).await.unwrap();
    assert!(test.catalog.oauth2_token(&hash(&token)).await.unwrap().is_none());
}

#[tokio::test]
async fn hostile_token_requests_are_refused() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", app.client_id, app.client_secret.unwrap()))
    );
    let long = vec![b'x'; 100_000];
    for path in ["/2/oauth2/token", "/2/oauth2/revoke", "/2/oauth2/introspect"] {
        for body in
            [&b"{"[..], b"{}", b"[]", b"\xff\xfe", b"grant_type=%00", b"{\"grant_type\":{}}", &long]
        {
            for authorization in [&*basic, "Basic !!!", "Basic Og==", "Bearer x", ""] {
                let request = Request::post(path).header("authorization", authorization);
                let response = test.send(request.body(Body::from(body.to_vec())).unwrap()).await;
                assert!((400..500).contains(&response.status), "{path}: {}", response.line());
                assert!(response.json()["error"].is_string(), "{path}: {}", response.line());
            }
        }
    }
}

#[tokio::test]
async fn the_origin_of_a_form_may_be_the_public_url() {
    let test = TestApp::start_with(|layer| {
        layer.public_url = Some("https://birdhouse.example".to_owned());
    })
    .await;
    let app = register_app(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    for (origin, status) in [
        ("https://birdhouse.example", 302),
        ("https://evil.example", 403),
        ("https://birdhouse.example.evil.example", 403),
        ("null", 403),
    ] {
        let mut pairs = authorization_params(&app.client_id, &challenge);
        let page = open_consent_page(&test, &pairs).await;
        let token = authenticity_token(&page);
        pairs.extend([("authenticity_token", &*token), ("decision", "deny")]);
        let request = Request::post("/i/oauth2/authorize")
            .header("cookie", cookies(&page))
            .header("host", "127.0.0.1:8080")
            .header("origin", origin)
            .header("content-type", FORM);
        let response = test.send(request.body(Body::from(params(&pairs))).unwrap()).await;
        assert_eq!(response.status, status, "{origin}: {}", response.line());
    }
}

#[tokio::test]
async fn null_and_blank_parameters_count_as_absent_and_nuls_match_nothing() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", app.client_id, app.client_secret.clone().unwrap()))
    );
    let first = obtain_code(&test, &app).await;
    let issued = post_token(&test, Some(&app), &exchange_params(&first, VERIFIER)).await;
    let body = json!({"grant_type": "refresh_token", "refresh_token": field(&issued, "refresh_token"), "scope": null, "client_id": null});
    let request = Request::post("/2/oauth2/token").header("authorization", &basic);
    let next = test.send(request.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(next.status, 200, "{}", next.line());
    let refresh_token = field(&next, "refresh_token");
    let blank = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*refresh_token),
        ("client_id", ""),
        ("scope", ""),
    ];
    assert_eq!(post_token(&test, Some(&app), &blank).await.status, 200);
    let nul = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "\0")];
    assert_error(&post_token(&test, None, &nul).await, 401, "invalid_client");
    let mut pairs = authorization_params("\0", VERIFIER);
    assert_eq!(open_consent_page(&test, &pairs).await.status, 400);
    pairs[1].1 = &app.client_id;
    let page = open_consent_page(&test, &pairs).await;
    let token = authenticity_token(&page);
    pairs.extend([
        ("authenticity_token", &*token),
        ("username", "\0"),
        ("password", "\0"),
        ("decision", "allow"),
    ]);
    assert_eq!(submit_decision(&test, &cookies(&page), &pairs).await.status, 401);
}

//! OAuth 2.0: the flow as a browser and an app walk it, and everything that must not work.

use crate::support::{Answer, Call, FORM, TestApp};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use birdhouse_core::actions::access::issue::{self, CredentialsRequest, IssuedCredentials};
use birdhouse_oauth::params::Params;
use serde_json::json;
use sha2::{Digest, Sha256};

const DONE: &str = "https://app.example/done";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SCOPES: &str = "tweet.read users.read media.write offline.access space.read";

/// An app with its callback.
async fn client(test: &TestApp, name: &str, is_public: bool) -> IssuedCredentials {
    let wanted = CredentialsRequest {
        user: "alice".to_owned(),
        app: name.to_owned(),
        callbacks: vec![DONE.to_owned()],
        is_public: Some(is_public),
        ..CredentialsRequest::default()
    };
    issue::issue(&test.app, &wanted).await.unwrap()
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}

fn params(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect::<Params>().print()
}

fn asked<'a>(client_id: &'a str, challenge: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client_id),
        ("redirect_uri", DONE),
        ("scope", SCOPES),
        ("state", "a state & more"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ]
}

async fn open(test: &TestApp, pairs: &[(&str, &str)]) -> Answer {
    let path = format!("/i/oauth2/authorize?{}", params(pairs));
    test.send(Request::get(path).body(Body::empty()).unwrap()).await
}

fn cookies(answer: &Answer) -> String {
    let lines = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

async fn decide(test: &TestApp, cookies: &str, pairs: &[(&str, &str)]) -> Answer {
    let request =
        Request::post("/i/oauth2/authorize").header("cookie", cookies).header("content-type", FORM);
    test.send(request.body(Body::from(params(pairs))).unwrap()).await
}

fn hidden(page: &Answer) -> String {
    let text = page.text();
    let (_, rest) = text.split_once("name=\"authenticity_token\" value=\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

/// The parameters that the browser brings back.
fn brought(answer: &Answer) -> Params {
    assert_eq!(answer.status, 302, "{}", answer.line());
    let (url, query) = answer.header("location").split_once('?').unwrap();
    assert_eq!(url, DONE);
    Params::parse(query.as_bytes())
}

/// A code that alice gave this app.
async fn code(test: &TestApp, client: &IssuedCredentials) -> String {
    let challenge = challenge(VERIFIER);
    let mut pairs = asked(&client.client_id, &challenge);
    let page = open(test, &pairs).await;
    assert_eq!(page.status, 200, "{}", page.line());
    let token = hidden(&page);
    pairs.extend([
        ("authenticity_token", &*token),
        ("username", "alice"),
        ("password", "correct horse"),
        ("decision", "allow"),
    ]);
    let back = brought(&decide(test, &cookies(&page), &pairs).await);
    assert_eq!(back.get("state"), Some("a state & more"));
    back.get("code").unwrap().to_owned()
}

async fn at_token(
    test: &TestApp,
    who: Option<&IssuedCredentials>,
    pairs: &[(&str, &str)],
) -> Answer {
    let mut request = Request::post("/2/oauth2/token").header("content-type", FORM);
    if let Some(who) = who {
        let pair = format!("{}:{}", who.client_id, who.client_secret.clone().unwrap_or_default());
        request = request.header("authorization", format!("Basic {}", STANDARD.encode(pair)));
    }
    test.send(request.body(Body::from(params(pairs))).unwrap()).await
}

fn exchange<'a>(code: &'a str, verifier: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", DONE),
        ("code_verifier", verifier),
    ]
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name].as_str().unwrap_or_else(|| panic!("{name}: {}", answer.line())).to_owned()
}

async fn refresh(test: &TestApp, who: &IssuedCredentials, token: &str) -> Answer {
    at_token(test, Some(who), &[("grant_type", "refresh_token"), ("refresh_token", token)]).await
}

async fn works(test: &TestApp, token: &str) -> bool {
    // What another process ended may be believed for a second.
    test.app.clock.advance(1000);
    test.bearing(token, Call::get("/2/users/me")).await.status == 200
}

fn refused(answer: &Answer, status: u16, error: &str) {
    assert_eq!(
        (answer.status, text(answer, "error")),
        (status, error.to_owned()),
        "{}",
        answer.line()
    );
    assert!(!text(answer, "error_description").is_empty());
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn a_user_allows_an_app_which_gets_and_renews_tokens() {
    let test = TestApp::start().await;
    let app = client(&test, "an <app>", false).await;
    let challenge = challenge(VERIFIER);
    let page = open(&test, &asked(&app.client_id, &challenge)).await.text();
    assert!(page.contains("an &#60;app&#62; wants to access your account"), "{page}");
    assert!(page.contains("Upload media for you and describe them."), "{page}");
    assert!(page.contains("<code>space.read</code>, which allow nothing here"), "{page}");
    assert!(!page.contains("Post and delete Tweets"), "only what is asked for");
    assert!(page.contains("<strong>app.example</strong>"), "{page}");

    let code = code(&test, &app).await;
    let given = at_token(&test, Some(&app), &exchange(&code, VERIFIER)).await;
    let (access, renewal) = (text(&given, "access_token"), text(&given, "refresh_token"));
    assert_eq!(
        given.json(),
        json!({"token_type": "bearer", "expires_in": 7200, "access_token": access,
               "scope": SCOPES, "refresh_token": renewal})
    );
    assert!(works(&test, &access).await);
    test.app.clock.advance(7_200_000);
    assert!(!works(&test, &access).await, "it lives for two hours");
    let next = refresh(&test, &app, &renewal).await;
    assert_eq!(next.status, 200, "{}", next.line());
    assert!(works(&test, &text(&next, "access_token")).await);
    assert_ne!(text(&next, "refresh_token"), renewal);
}

#[tokio::test]
async fn a_user_may_deny_and_the_app_is_told() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    let mut pairs = asked(&app.client_id, &challenge);
    let page = open(&test, &pairs).await;
    let token = hidden(&page);
    pairs.extend([("authenticity_token", &*token), ("decision", "deny")]);
    let back = brought(&decide(&test, &cookies(&page), &pairs).await);
    assert_eq!(
        (back.get("error"), back.get("state")),
        (Some("access_denied"), Some("a state & more"))
    );
}

#[tokio::test]
async fn redirects_must_be_the_registered_ones_to_the_last_character() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
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
        let mut pairs = asked(&app.client_id, &challenge);
        pairs[2].1 = wrong;
        let answer = open(&test, &pairs).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{wrong}");
        // And again where the decision is taken, whatever the page showed.
        let page = open(&test, &asked(&app.client_id, &challenge)).await;
        let token = hidden(&page);
        pairs.extend([("authenticity_token", &*token), ("decision", "deny")]);
        let answer = decide(&test, &cookies(&page), &pairs).await;
        assert_eq!((answer.status, answer.header("location")), (400, ""), "{wrong}");
    }
    let unknown = open(&test, &asked("nobody", &challenge)).await;
    assert_eq!(unknown.status, 400);
    let code = code(&test, &app).await;
    let mut pairs = exchange(&code, VERIFIER);
    pairs[2].1 = "https://app.example/other";
    refused(&at_token(&test, Some(&app), &pairs).await, 400, "invalid_request");
}

#[tokio::test]
async fn what_is_asked_wrongly_is_told_to_the_app() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    let long = "s".repeat(501);
    for (place, value, error) in [
        (0, "token", "unsupported_response_type"),
        (3, "", "invalid_scope"),
        (3, "a\"b", "invalid_scope"),
        (4, &*long, "invalid_request"),
        // Without a proof key the code would be anybody's.
        (5, "", "invalid_request"),
        (5, "not a key", "invalid_request"),
        (6, "none", "invalid_request"),
    ] {
        let mut pairs = asked(&app.client_id, &challenge);
        pairs[place].1 = value;
        let back = brought(&open(&test, &pairs).await);
        assert_eq!(back.get("error"), Some(error), "{value}");
    }
}

#[tokio::test]
async fn a_form_of_another_site_decides_nothing() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    let page = open(&test, &asked(&app.client_id, &challenge)).await;
    for (token, cookies) in [("x".repeat(43), cookies(&page)), (hidden(&page), String::new())] {
        let mut pairs = asked(&app.client_id, &challenge);
        pairs.extend([
            ("authenticity_token", &*token),
            ("username", "alice"),
            ("password", "correct horse"),
            ("decision", "allow"),
        ]);
        let answer = decide(&test, &cookies, &pairs).await;
        assert_eq!((answer.status, answer.header("location")), (403, ""));
    }
    for (name, value) in
        [("x-frame-options", ""), ("content-security-policy", "frame-ancestors 'none'")]
    {
        assert!(page.header(name).contains(value), "{name}");
    }
}

#[tokio::test]
async fn a_code_works_once_for_its_app_with_its_key_in_its_time() {
    let test = TestApp::start().await;
    let (app, other) = (client(&test, "app", false).await, client(&test, "other", false).await);
    let first = code(&test, &app).await;
    for verifier in ["wrong-verifier-wrong-verifier-wrong-verifier", &challenge(VERIFIER)] {
        let answer = at_token(&test, Some(&app), &exchange(&first, verifier)).await;
        refused(&answer, 400, "invalid_request");
    }
    let without = &exchange(&first, VERIFIER)[..3];
    refused(&at_token(&test, Some(&app), without).await, 400, "invalid_request");
    refused(
        &at_token(&test, Some(&other), &exchange(&first, VERIFIER)).await,
        400,
        "invalid_request",
    );
    let given = at_token(&test, Some(&app), &exchange(&first, VERIFIER)).await;
    let access = text(&given, "access_token");
    assert!(works(&test, &access).await);
    // The code leaked: whoever brings it again ends what it gave.
    refused(
        &at_token(&test, Some(&app), &exchange(&first, VERIFIER)).await,
        400,
        "invalid_request",
    );
    assert!(!works(&test, &access).await);
    refused(&refresh(&test, &app, &text(&given, "refresh_token")).await, 400, "invalid_request");

    let late = code(&test, &app).await;
    test.app.clock.advance(30_000);
    refused(&at_token(&test, Some(&app), &exchange(&late, VERIFIER)).await, 400, "invalid_request");
}

#[tokio::test]
async fn a_refresh_token_that_comes_twice_ends_its_family() {
    let test = TestApp::start().await;
    let (app, other) = (client(&test, "app", false).await, client(&test, "other", false).await);
    let given = at_token(&test, Some(&app), &exchange(&code(&test, &app).await, VERIFIER)).await;
    let first = text(&given, "refresh_token");
    refused(&refresh(&test, &other, &first).await, 400, "invalid_request");
    let second = refresh(&test, &app, &first).await;
    let access = text(&second, "access_token");
    assert!(works(&test, &access).await);
    let again = refresh(&test, &app, &first).await;
    refused(&again, 400, "invalid_request");
    assert_eq!(text(&again, "error_description"), "Value passed for the token was invalid.");
    assert!(!works(&test, &access).await);
    assert!(!works(&test, &text(&given, "access_token")).await);
    refused(&refresh(&test, &app, &text(&second, "refresh_token")).await, 400, "invalid_request");
    // An access token renews nothing.
    refused(&refresh(&test, &app, &access).await, 400, "invalid_request");
}

#[tokio::test]
async fn rights_never_grow() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
    let given = at_token(&test, Some(&app), &exchange(&code(&test, &app).await, VERIFIER)).await;
    let token = text(&given, "refresh_token");
    let more =
        [("grant_type", "refresh_token"), ("refresh_token", &*token), ("scope", "tweet.write")];
    refused(&at_token(&test, Some(&app), &more).await, 400, "invalid_scope");
    let less = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*token),
        ("scope", "tweet.read users.read"),
    ];
    let narrow = at_token(&test, Some(&app), &less).await;
    assert_eq!(text(&narrow, "scope"), "tweet.read users.read");
    let access = text(&narrow, "access_token");
    assert!(works(&test, &access).await);
    let upload = Call::json("/2/media/upload", "{}");
    assert_eq!(test.bearing(&access, upload).await.status, 403);
    // A refresh token is no access token.
    assert!(!works(&test, &text(&narrow, "refresh_token")).await);
    let without = test.token(&app, "tweet.read users.read").await;
    assert!(without.refresh_token.is_none(), "only with offline.access");
}

#[tokio::test]
async fn a_client_proves_itself_in_every_way_that_is_seen() {
    let test = TestApp::start().await;
    let (app, public) = (client(&test, "app", false).await, client(&test, "public", true).await);
    assert_eq!(public.client_secret, None);
    let wrong = IssuedCredentials { client_secret: Some("guess".to_owned()), ..app.clone() };
    let first = code(&test, &app).await;
    let refusal = at_token(&test, Some(&wrong), &exchange(&first, VERIFIER)).await;
    refused(&refusal, 401, "unauthorized_client");
    assert_eq!(text(&refusal, "error_description"), "Missing valid authorization header");
    refused(&at_token(&test, None, &exchange(&first, VERIFIER)).await, 400, "invalid_request");
    let mut pairs = exchange(&first, VERIFIER);
    pairs.push(("client_id", &app.client_id));
    refused(&at_token(&test, None, &pairs).await, 401, "unauthorized_client");
    let mut pairs = exchange(&first, VERIFIER);
    pairs.push(("client_id", &public.client_id));
    refused(&at_token(&test, Some(&app), &pairs).await, 400, "invalid_request");
    pairs[4].1 = "nobody";
    refused(&at_token(&test, None, &pairs).await, 401, "invalid_client");

    let of_public = code(&test, &public).await;
    let mut pairs = exchange(&of_public, VERIFIER);
    pairs.push(("client_id", &public.client_id));
    assert_eq!(at_token(&test, None, &pairs).await.status, 200);
    let bad = at_token(&test, Some(&app), &[("grant_type", "password")]).await;
    refused(&bad, 400, "unsupported_grant_type");
    refused(&at_token(&test, Some(&app), &[]).await, 400, "invalid_request");
}

#[tokio::test]
async fn a_token_is_revoked_with_its_whole_family_by_its_own_app() {
    let test = TestApp::start().await;
    let (app, other) = (client(&test, "app", false).await, client(&test, "other", false).await);
    let given = at_token(&test, Some(&app), &exchange(&code(&test, &app).await, VERIFIER)).await;
    let (access, renewal) = (text(&given, "access_token"), text(&given, "refresh_token"));
    let revoke = async |who: &IssuedCredentials, token: &str| {
        let pair = format!("{}:{}", who.client_id, who.client_secret.as_ref().unwrap());
        let body = params(&[("token", token), ("token_type_hint", "access_token")]);
        let request = Request::post("/2/oauth2/revoke")
            .header("content-type", FORM)
            .header("authorization", format!("Basic {}", STANDARD.encode(pair)));
        test.send(request.body(Body::from(body)).unwrap()).await
    };
    assert_eq!(revoke(&other, &access).await.json(), json!({"revoked": true}), "it tells nothing");
    assert!(works(&test, &access).await, "another app ends nothing");
    assert_eq!(revoke(&app, &access).await.status, 200);
    assert!(!works(&test, &access).await);
    refused(&refresh(&test, &app, &renewal).await, 400, "invalid_request");
    assert_eq!(revoke(&app, "unknown").await.status, 200);
}

#[tokio::test]
async fn a_token_is_looked_at_by_its_own_app_only() {
    let test = TestApp::start().await;
    let (app, other) = (client(&test, "app", false).await, client(&test, "other", false).await);
    let given = at_token(&test, Some(&app), &exchange(&code(&test, &app).await, VERIFIER)).await;
    let token = text(&given, "access_token");
    let look = async |who: &IssuedCredentials| {
        let pair = format!("{}:{}", who.client_id, who.client_secret.as_ref().unwrap());
        let request = Request::post("/2/oauth2/introspect")
            .header("content-type", FORM)
            .header("authorization", format!("Basic {}", STANDARD.encode(pair)));
        test.send(request.body(Body::from(params(&[("token", &token)]))).unwrap()).await.json()
    };
    let seen = look(&app).await;
    let now = test.app.now().seconds();
    assert_eq!(
        seen,
        json!({"active": true, "scope": SCOPES, "client_id": app.client_id, "username": "alice",
               "token_type": "bearer", "exp": now + 7200, "iat": now, "sub": app.user_id})
    );
    assert_eq!(look(&other).await, json!({"active": false}));
}

#[tokio::test]
async fn a_token_of_oauth_1_becomes_one_of_oauth_2_with_the_same_rights() {
    let test = TestApp::start().await;
    let (app, other) = (client(&test, "app", false).await, client(&test, "other", false).await);
    let trade = |issued: &IssuedCredentials| {
        [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange".to_owned()),
            ("subject_token", issued.access_token.clone()),
            ("oauth_token_secret", issued.access_token_secret.clone()),
        ]
    };
    let sent = async |who: &IssuedCredentials, pairs: &[(&str, String)]| {
        let pairs: Vec<(&str, &str)> = pairs.iter().map(|(n, v)| (*n, v.as_str())).collect();
        at_token(&test, Some(who), &pairs).await
    };
    let given = sent(&app, &trade(&app)).await;
    assert_eq!(
        text(&given, "scope"),
        "tweet.read tweet.write users.read media.write offline.access"
    );
    assert!(works(&test, &text(&given, "access_token")).await);
    refused(&sent(&other, &trade(&app)).await, 400, "invalid_request");
    let mut wrong = trade(&app);
    wrong[2].1 = "guess".to_owned();
    refused(&sent(&app, &wrong).await, 400, "invalid_request");
    let wanted = CredentialsRequest {
        user: "alice".into(),
        app: "app".into(),
        is_read_only: true,
        ..CredentialsRequest::default()
    };
    let reader = issue::issue(&test.app, &wanted).await.unwrap();
    let given = sent(&app, &trade(&reader)).await;
    assert_eq!(text(&given, "scope"), "tweet.read users.read offline.access");
}

#[tokio::test]
async fn nothing_that_opens_a_door_is_kept_in_the_clear() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
    let code = code(&test, &app).await;
    let given = at_token(&test, Some(&app), &exchange(&code, VERIFIER)).await;
    let secrets = [
        code,
        text(&given, "access_token"),
        text(&given, "refresh_token"),
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
async fn what_has_ended_is_swept_away() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
    let given = at_token(&test, Some(&app), &exchange(&code(&test, &app).await, VERIFIER)).await;
    let token = text(&given, "refresh_token");
    test.app.clock.advance(3 * 3600 * 1000);
    birdhouse_core::jobs::sweep_once(&test.app).await.unwrap();
    let hash = |token: &str| birdhouse_oauth::secret::hash_token(token);
    assert!(
        test.catalog.oauth2_token(&hash(&text(&given, "access_token"))).await.unwrap().is_none()
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
    let app = client(&test, "app", false).await;
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
                let answer = test.send(request.body(Body::from(body.to_vec())).unwrap()).await;
                assert!((400..500).contains(&answer.status), "{path}: {}", answer.line());
                assert!(answer.json()["error"].is_string(), "{path}: {}", answer.line());
            }
        }
    }
}

#[tokio::test]
async fn a_form_is_known_as_ours_behind_a_proxy_too() {
    let test = TestApp::start_with(|layer| {
        layer.public_url = Some("https://birdhouse.example".to_owned());
    })
    .await;
    let app = client(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    for (origin, status) in [
        ("https://birdhouse.example", 302),
        ("https://evil.example", 403),
        ("https://birdhouse.example.evil.example", 403),
        ("null", 403),
    ] {
        let mut pairs = asked(&app.client_id, &challenge);
        let page = open(&test, &pairs).await;
        let token = hidden(&page);
        pairs.extend([("authenticity_token", &*token), ("decision", "deny")]);
        let request = Request::post("/i/oauth2/authorize")
            .header("cookie", cookies(&page))
            .header("host", "127.0.0.1:8080")
            .header("origin", origin)
            .header("content-type", FORM);
        let answer = test.send(request.body(Body::from(params(&pairs))).unwrap()).await;
        assert_eq!(answer.status, status, "{origin}: {}", answer.line());
    }
}

#[tokio::test]
async fn nulls_blanks_and_nuls_are_as_if_they_were_not_there() {
    let test = TestApp::start().await;
    let app = client(&test, "app", false).await;
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", app.client_id, app.client_secret.clone().unwrap()))
    );
    let first = code(&test, &app).await;
    let given = at_token(&test, Some(&app), &exchange(&first, VERIFIER)).await;
    let body = json!({"grant_type": "refresh_token", "refresh_token": text(&given, "refresh_token"), "scope": null, "client_id": null});
    let request = Request::post("/2/oauth2/token").header("authorization", &basic);
    let next = test.send(request.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!(next.status, 200, "{}", next.line());
    let renewal = text(&next, "refresh_token");
    let blank = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &*renewal),
        ("client_id", ""),
        ("scope", ""),
    ];
    assert_eq!(at_token(&test, Some(&app), &blank).await.status, 200);
    let nul = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "\0")];
    refused(&at_token(&test, None, &nul).await, 401, "invalid_client");
    let mut pairs = asked("\0", VERIFIER);
    assert_eq!(open(&test, &pairs).await.status, 400);
    pairs[1].1 = &app.client_id;
    let page = open(&test, &pairs).await;
    let token = hidden(&page);
    pairs.extend([
        ("authenticity_token", &*token),
        ("username", "\0"),
        ("password", "\0"),
        ("decision", "allow"),
    ]);
    assert_eq!(decide(&test, &cookies(&page), &pairs).await.status, 401);
}

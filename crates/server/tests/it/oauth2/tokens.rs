//! What an app sends: codes and refresh tokens, revocation, introspection and exchange.

use super::*;

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
    let issued = obtain_tokens(&test, &app).await;
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
    let issued = obtain_tokens(&test, &app).await;
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
    let issued = obtain_tokens(&test, &app).await;
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
    let issued = obtain_tokens(&test, &app).await;
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
    let issued = obtain_tokens(&test, &app).await;
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

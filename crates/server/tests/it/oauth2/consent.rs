//! What a browser sends: the consent page, its form and the redirects.

use super::*;

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

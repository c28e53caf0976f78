//! What bounds what a user's apps have stored.

use super::*;
use birdhouse_core::jobs;
use birdhouse_oauth::secret::hash_token;

const QUARTER_MS: i64 = 900_000;
const DAY_MS: i64 = 24 * 3600 * 1000;

async fn start_with_figure(name: &str, calls: u32) -> TestApp {
    TestApp::start_with(|layer| layer.rate_figures = Some([(name.to_owned(), calls)].into())).await
}

#[tokio::test]
async fn tokens_are_refreshed_within_a_window_and_a_refused_one_stays_valid() {
    let test = start_with_figure("oauth2_token", 2).await;
    let (app, other) =
        (register_app(&test, "app", false).await, register_app(&test, "other", false).await);
    let mut token = field(&obtain_tokens(&test, &app).await, "refresh_token");
    let of_other = field(&obtain_tokens(&test, &other).await, "refresh_token");
    for _ in 0..2 {
        token = field(&refresh(&test, &app, &token).await, "refresh_token");
    }
    assert_error(&refresh(&test, &app, &token).await, 429, "temporarily_unavailable");
    let exchange = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("subject_token", &*app.access_token),
        ("oauth_token_secret", &*app.access_token_secret),
    ];
    let exchanged = post_token(&test, Some(&app), &exchange).await;
    assert_error(&exchanged, 429, "temporarily_unavailable");
    assert_eq!(refresh(&test, &other, &of_other).await.status, 200, "another app's window");
    test.app.clock.advance(QUARTER_MS);
    assert_eq!(refresh(&test, &app, &token).await.status, 200);
}

#[tokio::test]
async fn consent_is_stored_within_a_window() {
    let test = start_with_figure("oauth2_authorize", 1).await;
    let app = register_app(&test, "app", false).await;
    obtain_code(&test, &app).await;
    let challenge = challenge(VERIFIER);
    let mut pairs = authorization_params(&app.client_id, &challenge);
    let page = open_consent_page(&test, &pairs).await;
    let token = authenticity_token(&page);
    pairs.extend([
        ("authenticity_token", &*token),
        ("username", "alice"),
        ("password", "correct horse"),
        ("decision", "allow"),
    ]);
    let refused = submit_decision(&test, &cookies(&page), &pairs).await;
    assert_eq!(refused.status, 429, "{}", refused.line());
    assert!(refused.text().contains("Please wait 15 minutes."), "{}", refused.line());
}

#[tokio::test]
async fn a_used_refresh_token_is_recognized_for_a_week() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let first = field(&obtain_tokens(&test, &app).await, "refresh_token");
    let used = field(&refresh(&test, &app, &first).await, "refresh_token");
    let last = field(&refresh(&test, &app, &used).await, "refresh_token");
    let row = async |token: &str| test.catalog.oauth2_token(&hash_token(token)).await.unwrap();
    assert_eq!(row(&used).await.unwrap().scopes.to_string(), "", "nothing that is not needed");

    test.app.clock.advance(8 * DAY_MS);
    jobs::sweep_once(&test.app).await.unwrap();
    assert!(row(&first).await.is_none() && row(&used).await.is_none());
    assert_error(&refresh(&test, &app, &first).await, 400, "invalid_request");
    let next = field(&refresh(&test, &app, &last).await, "refresh_token");
    test.app.clock.advance(6 * DAY_MS);
    jobs::sweep_once(&test.app).await.unwrap();
    assert_error(&refresh(&test, &app, &last).await, 400, "invalid_request");
    assert_error(&refresh(&test, &app, &next).await, 400, "invalid_request");
}

#[tokio::test]
async fn scopes_that_are_too_long_together_are_refused() {
    let test = TestApp::start().await;
    let app = register_app(&test, "app", false).await;
    let challenge = challenge(VERIFIER);
    let scopes: Vec<String> = (0..11).map(|n| format!("{n:0100}")).collect();
    for (count, status) in [(10, 200), (11, 302)] {
        let scope = scopes[..count].join(" ");
        let mut pairs = authorization_params(&app.client_id, &challenge);
        pairs[3].1 = &scope;
        let response = open_consent_page(&test, &pairs).await;
        assert_eq!(response.status, status, "{count}: {}", response.line());
        if status == 302 {
            assert_eq!(redirect_params(&response).get("error"), Some("invalid_scope"));
        }
    }
}

//! Rate limits of v2: 15 minutes for each user, 24 hours for all users of an app together.

use crate::support::{Call, TestApp};
use serde_json::json;

#[tokio::test]
async fn headers_have_both_windows_and_a_429_is_a_problem() {
    let test = TestApp::start_with(|layer| {
        layer.rate_figures = Some([("v2_metadata".to_owned(), 2)].into());
    })
    .await;
    let bob = test.add_user("bob").await;
    let media = test.upload_image().await;
    let body = json!({"id": media, "metadata": {"alt_text": {"text": "x"}}}).to_string();
    let call = || Call::json("/2/media/metadata", &body);
    let first = test.send_signed(&test.alice, call()).await;
    let reset = (test.app.now().seconds() + 900).to_string();
    assert_eq!(
        ["limit", "remaining", "reset"]
            .map(|n| first.header(&format!("x-rate-limit-{n}")).to_owned()),
        ["2".to_owned(), "1".to_owned(), reset]
    );
    let day = |response: &crate::support::Response| {
        ["limit", "remaining"]
            .map(|n| response.header(&format!("x-app-limit-24hour-{n}")).to_owned())
    };
    assert_eq!(day(&first), ["50000", "49999"]);
    assert_eq!(
        day(&test.send_signed(&bob, call()).await),
        ["50000", "49998"],
        "all users share the day"
    );
    assert_eq!(test.send_signed(&test.alice, call()).await.status, 200);
    let refused = test.send_signed(&test.alice, call()).await;
    assert_eq!(
        (refused.status, refused.json()),
        (
            429,
            json!({"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429})
        )
    );
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    test.app.clock.advance(901_000);
    assert_eq!(test.send_signed(&test.alice, call()).await.status, 200);
}

#[tokio::test]
async fn every_response_has_the_recorded_headers() {
    let test = TestApp::start().await;
    let response = test.get("/2/users/me").await;
    assert_eq!(response.header("api-version"), "2.167");
    assert_eq!(response.header("x-access-level"), "read-write");
    assert_eq!(response.header("x-transaction-id").len(), 16);
    assert!(response.header("x-response-time").parse::<u64>().is_ok());
    assert_eq!(response.header("x-rate-limit-limit"), "75");
    assert_eq!(response.header("x-content-type-options"), "nosniff");
}

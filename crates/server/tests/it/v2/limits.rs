//! Rate windows of v2: a user's quarter of an hour, and the day that all users of an app share.

use crate::support::{Call, TestApp};
use serde_json::json;

#[tokio::test]
async fn headers_tell_both_windows_and_the_429_is_a_problem() {
    let test = TestApp::start_with(|layer| {
        layer.rate_figures = Some([("v2_metadata".to_owned(), 2)].into());
    })
    .await;
    let bob = test.user("bob").await;
    let media = test.picture().await;
    let body = json!({"id": media, "metadata": {"alt_text": {"text": "x"}}}).to_string();
    let call = || Call::json("/2/media/metadata", &body);
    let first = test.signed(&test.alice, call()).await;
    let reset = (test.app.now().seconds() + 900).to_string();
    assert_eq!(
        ["limit", "remaining", "reset"]
            .map(|n| first.header(&format!("x-rate-limit-{n}")).to_owned()),
        ["2".to_owned(), "1".to_owned(), reset]
    );
    let day = |answer: &crate::support::Answer| {
        ["limit", "remaining"].map(|n| answer.header(&format!("x-app-limit-24hour-{n}")).to_owned())
    };
    assert_eq!(day(&first), ["50000", "49999"]);
    assert_eq!(
        day(&test.signed(&bob, call()).await),
        ["50000", "49998"],
        "all users share the day"
    );
    assert_eq!(test.signed(&test.alice, call()).await.status, 200);
    let refused = test.signed(&test.alice, call()).await;
    assert_eq!(
        (refused.status, refused.json()),
        (
            429,
            json!({"title": "Too Many Requests", "detail": "Too Many Requests", "type": "about:blank", "status": 429})
        )
    );
    assert_eq!(refused.header("x-rate-limit-remaining"), "0");
    test.app.clock.advance(901_000);
    assert_eq!(test.signed(&test.alice, call()).await.status, 200);
}

#[tokio::test]
async fn every_answer_has_the_recorded_headers() {
    let test = TestApp::start().await;
    let answer = test.get("/2/users/me").await;
    assert_eq!(answer.header("api-version"), "2.167");
    assert_eq!(answer.header("x-access-level"), "read-write");
    assert_eq!(answer.header("x-transaction-id").len(), 16);
    assert!(answer.header("x-response-time").parse::<u64>().is_ok());
    assert_eq!(answer.header("x-rate-limit-limit"), "75");
    assert_eq!(answer.header("x-content-type-options"), "nosniff");
}

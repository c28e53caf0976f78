//! Problems in the wording of the real service, and the details that lenient responses add.

use crate::support::{Call, Response, TestApp};
use serde_json::{Value, json};

/// Status, content type and body.
fn parts(response: &Response) -> (u16, String, Value) {
    (response.status, response.header("content-type").to_owned(), response.json())
}

const PROBLEM: &str = "application/problem+json";

#[tokio::test]
async fn a_request_without_credentials_is_unauthorized() {
    let strict = TestApp::start_strict().await;
    let anonymous =
        || axum::http::Request::get("/2/users/me").body(axum::body::Body::empty()).unwrap();
    let recorded = json!({"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401});
    for response in [
        strict.send(anonymous()).await,
        strict.send_with_token("nonsense", Call::get("/2/users/me")).await,
    ] {
        assert_eq!(parts(&response), (401, PROBLEM.to_owned(), recorded.clone()));
    }
    let lenient = TestApp::start().await;
    let response = lenient.send(anonymous()).await;
    assert!(response.json()["detail"].as_str().unwrap().contains("OAuth 2.0 bearer token"));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    for strict in [true, false] {
        let test = if strict { TestApp::start_strict().await } else { TestApp::start().await };
        let token = test.issue_token(&test.alice, "tweet.read users.read").await.access_token;
        let body = json!({"media": "", "media_category": "tweet_image"}).to_string();
        let response = test.send_with_token(&token, Call::json("/2/media/upload", &body)).await;
        let (status, kind, problem) = parts(&response);
        assert_eq!((status, &*kind), (403, PROBLEM));
        if strict {
            assert_eq!(
                problem,
                json!({"title": "Forbidden", "detail": "Forbidden", "type": "about:blank", "status": 403})
            );
        } else {
            let detail = problem["detail"].as_str().unwrap();
            assert!(
                detail.contains("lacks the scope media.write; it has: tweet.read users.read"),
                "{detail}"
            );
        }
    }
}

#[tokio::test]
async fn a_bearer_token_of_an_app_may_read_and_not_write() {
    let test = TestApp::start_strict().await;
    let (_, id) = test.post_image_tweet("one").await;
    let token = test.alice.bearer_token.clone();
    let read = test.send_with_token(&token, Call::get(&format!("/2/tweets/{id}"))).await;
    assert_eq!(read.json()["data"]["id"], json!(id));
    let detail = "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  \
                  Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].";
    for call in [
        Call::json("/2/tweets", "{\"text\":\"x\"}"),
        Call::get("/2/users/me"),
        Call::json("/2/media/metadata", "{}"),
    ] {
        let response = test.send_with_token(&token, call).await;
        assert_eq!(
            parts(&response),
            (
                403,
                PROBLEM.to_owned(),
                json!({
                "title": "Unsupported Authentication", "detail": detail, "status": 403,
                "type": "https://api.x.com/2/problems/unsupported-authentication"})
            )
        );
    }
}

#[tokio::test]
async fn a_read_only_token_cannot_write() {
    let test = TestApp::start().await;
    let reader = test.issue_read_only().await;
    for call in [
        Call::json("/2/tweets", "{\"text\":\"x\"}"),
        Call::json("/2/media/metadata", "{}"),
        Call::json("/2/media/upload", "{}"),
    ] {
        let response = test.send_signed(&reader, call).await;
        assert_eq!(
            (response.status, &response.json()["type"]),
            (403, &json!("https://api.x.com/2/problems/oauth1-permissions"))
        );
    }
    assert_eq!(test.send_signed(&reader, Call::get("/2/users/me")).await.status, 200);
}

#[tokio::test]
async fn a_refused_media_has_the_reason_in_the_detail() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let theirs = test.upload_image().await;
    let post = |ids: Value| {
        Call::json(
            "/2/tweets",
            Box::leak(
                json!({"text": "x", "media": {"media_ids": ids}}).to_string().into_boxed_str(),
            ),
        )
    };
    let response = test.send_signed(&bob, post(json!([theirs]))).await;
    let unknown = test.send_signed(&bob, post(json!(["7"]))).await;
    assert_eq!(response.text().replace(&theirs, "7"), unknown.text(), "no oracle");
    assert_eq!(
        parts(&unknown),
        (
            400,
            "application/json; charset=utf-8".to_owned(),
            json!({
            "errors": [{"parameters": {"media.media_ids": ["7"]}, "message": "Your media IDs are invalid."}],
            "title": "Invalid Request",
            "detail": "Media 7 is unknown, expired or another user's.",
            "type": "https://api.x.com/2/problems/invalid-request"})
        )
    );
    let video = crate::videos::upload_video(&test).await;
    let both = test.send_signed(&test.alice, post(json!([video, theirs]))).await;
    assert_eq!(both.json()["detail"], "A Tweet has up to 4 photos, or 1 animated GIF, or 1 video.");
    let unfinished = test.init(10, "image/png", None).await.media_id();
    let open = test.send_signed(&test.alice, post(json!([unfinished]))).await;
    assert_eq!(open.json()["detail"], json!(format!("Media {unfinished} is not finalized.")));
    let bad = test
        .upload_chunked(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4", Some("tweet_video"))
        .await;
    test.run_jobs().await;
    let refused = test.send_signed(&test.alice, post(json!([bad]))).await;
    let reason =
        test.upload_status(&bad).await.json()["processing_info"]["error"]["message"].clone();
    assert_eq!(
        refused.json()["detail"],
        json!(format!("Media {bad} was refused: {}.", reason.as_str().unwrap()))
    );
    test.app.clock.advance(25 * 3600 * 1000);
    let expired = test.send_signed(&test.alice, post(json!([theirs]))).await;
    assert!(
        expired.json()["detail"].as_str().unwrap().contains("has expired"),
        "{}",
        expired.line()
    );
}

#[tokio::test]
async fn errors_of_duplicate_and_long_tweets_are_as_recorded() {
    let test = TestApp::start_strict().await;
    let post = |text: &str| {
        Call::json("/2/tweets", Box::leak(json!({"text": text}).to_string().into_boxed_str()))
    };
    assert_eq!(test.send_signed(&test.alice, post("one")).await.status, 201);
    let again = test.send_signed(&test.alice, post("one")).await;
    assert_eq!(
        parts(&again),
        (
            403,
            PROBLEM.to_owned(),
            json!({
            "title": "Forbidden", "type": "about:blank", "status": 403,
            "detail": "You are not allowed to create a Tweet with duplicate content."})
        )
    );
    let long = test.send_signed(&test.alice, post(&"x".repeat(281))).await;
    assert_eq!(
        (long.status, &long.json()["detail"]),
        (403, &json!("You are not permitted to perform this action."))
    );
    let bob = test.add_user("bob").await;
    let id = test.send_signed(&test.alice, post("two")).await.json()["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/2/tweets/{id}");
    let delete = || Call { method: "DELETE", ..Call::get(&path) };
    assert_eq!(test.send_signed(&bob, delete()).await.status, 403);
    assert_eq!(
        test.send_signed(&test.alice, delete()).await.json(),
        json!({"data": {"deleted": true}})
    );
    let again = test.send_signed(&test.alice, delete()).await;
    assert_eq!((again.status, &again.json()["title"]), (404, &json!("Not Found Error")));
}

#[tokio::test]
async fn the_host_of_problem_types_is_configurable() {
    let older = |layer: &mut birdhouse_core::config::Layer| {
        layer.problem_url = Some("https://api.twitter.com".into());
    };
    let test = TestApp::start_with(older).await;
    let response = test.get("/2/tweets?ids=x").await;
    assert_eq!(response.json()["type"], "https://api.twitter.com/2/problems/invalid-request");
}

#[tokio::test]
async fn an_oauth_2_user_token_is_valid_for_v2_only() {
    let test = TestApp::start().await;
    let token =
        test.issue_token(&test.alice, "tweet.read users.read media.write").await.access_token;
    let response =
        test.send_with_token(&token, Call::get("/1.1/account/verify_credentials.json")).await;
    assert_eq!((response.status, &response.json()["errors"][0]["code"]), (403, &json!(220)));
}

//! Problems as the real service words them, and what lenient answers add.

use crate::support::{Answer, Call, TestApp};
use serde_json::{Value, json};

fn told(answer: &Answer) -> (u16, String, Value) {
    (answer.status, answer.header("content-type").to_owned(), answer.json())
}

const PROBLEM: &str = "application/problem+json";

#[tokio::test]
async fn who_proves_nothing_is_unauthorized() {
    let strict = TestApp::strict().await;
    let nobody =
        || axum::http::Request::get("/2/users/me").body(axum::body::Body::empty()).unwrap();
    let recorded = json!({"title": "Unauthorized", "detail": "Unauthorized", "type": "about:blank", "status": 401});
    for answer in
        [strict.send(nobody()).await, strict.bearing("nonsense", Call::get("/2/users/me")).await]
    {
        assert_eq!(told(&answer), (401, PROBLEM.to_owned(), recorded.clone()));
    }
    let kind = TestApp::start().await;
    let answer = kind.send(nobody()).await;
    assert!(answer.json()["detail"].as_str().unwrap().contains("Nothing proves who asks"));
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    for strict in [true, false] {
        let test = if strict { TestApp::strict().await } else { TestApp::start().await };
        let token = test.token(&test.alice, "tweet.read users.read").await.access_token;
        let body = json!({"media": "", "media_category": "tweet_image"}).to_string();
        let answer = test.bearing(&token, Call::json("/2/media/upload", &body)).await;
        let (status, kind, problem) = told(&answer);
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
async fn an_app_alone_may_read_and_not_write() {
    let test = TestApp::strict().await;
    let (_, id) = test.posted("one").await;
    let token = test.alice.bearer_token.clone();
    let read = test.bearing(&token, Call::get(&format!("/2/tweets/{id}"))).await;
    assert_eq!(read.json()["data"]["id"], json!(id));
    let detail = "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  \
                  Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].";
    for call in [
        Call::json("/2/tweets", "{\"text\":\"x\"}"),
        Call::get("/2/users/me"),
        Call::json("/2/media/metadata", "{}"),
    ] {
        let answer = test.bearing(&token, call).await;
        assert_eq!(
            told(&answer),
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
async fn a_token_that_may_only_read_writes_nothing() {
    let test = TestApp::start().await;
    let reader = test.reader().await;
    for call in [
        Call::json("/2/tweets", "{\"text\":\"x\"}"),
        Call::json("/2/media/metadata", "{}"),
        Call::json("/2/media/upload", "{}"),
    ] {
        let answer = test.signed(&reader, call).await;
        assert_eq!(
            (answer.status, &answer.json()["type"]),
            (403, &json!("https://api.x.com/2/problems/oauth1-permissions"))
        );
    }
    assert_eq!(test.signed(&reader, Call::get("/2/users/me")).await.status, 200);
}

#[tokio::test]
async fn a_refused_media_says_why() {
    let test = TestApp::start().await;
    let bob = test.user("bob").await;
    let theirs = test.picture().await;
    let post = |ids: Value| {
        Call::json(
            "/2/tweets",
            Box::leak(
                json!({"text": "x", "media": {"media_ids": ids}}).to_string().into_boxed_str(),
            ),
        )
    };
    let answer = test.signed(&bob, post(json!([theirs]))).await;
    let unknown = test.signed(&bob, post(json!(["7"]))).await;
    assert_eq!(answer.text().replace(&theirs, "7"), unknown.text(), "no oracle");
    assert_eq!(
        told(&unknown),
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
    let film = crate::videos::film(&test).await;
    let both = test.signed(&test.alice, post(json!([film, theirs]))).await;
    assert_eq!(both.json()["detail"], "A Tweet has up to 4 photos, or 1 animated GIF, or 1 video.");
    let begun = test.init(10, "image/png", None).await.media_id();
    let open = test.signed(&test.alice, post(json!([begun]))).await;
    assert_eq!(open.json()["detail"], json!(format!("Media {begun} is not finalized.")));
    let bad =
        test.chunked(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video/mp4", Some("tweet_video")).await;
    test.run_jobs().await;
    let refused = test.signed(&test.alice, post(json!([bad]))).await;
    let why = test.status(&bad).await.json()["processing_info"]["error"]["message"].clone();
    assert_eq!(
        refused.json()["detail"],
        json!(format!("Media {bad} was refused: {}.", why.as_str().unwrap()))
    );
    test.app.clock.advance(25 * 3600 * 1000);
    let expired = test.signed(&test.alice, post(json!([theirs]))).await;
    assert!(
        expired.json()["detail"].as_str().unwrap().contains("has expired"),
        "{}",
        expired.line()
    );
}

#[tokio::test]
async fn duplicates_and_long_texts_are_worded_as_seen() {
    let test = TestApp::strict().await;
    let post = |text: &str| {
        Call::json("/2/tweets", Box::leak(json!({"text": text}).to_string().into_boxed_str()))
    };
    assert_eq!(test.signed(&test.alice, post("one")).await.status, 201);
    let again = test.signed(&test.alice, post("one")).await;
    assert_eq!(
        told(&again),
        (
            403,
            PROBLEM.to_owned(),
            json!({
            "title": "Forbidden", "type": "about:blank", "status": 403,
            "detail": "You are not allowed to create a Tweet with duplicate content."})
        )
    );
    let long = test.signed(&test.alice, post(&"x".repeat(281))).await;
    assert_eq!(
        (long.status, &long.json()["detail"]),
        (403, &json!("You are not permitted to perform this action."))
    );
    let bob = test.user("bob").await;
    let id = test.signed(&test.alice, post("two")).await.json()["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/2/tweets/{id}");
    let delete = || Call { method: "DELETE", ..Call::get(&path) };
    assert_eq!(test.signed(&bob, delete()).await.status, 403);
    assert_eq!(test.signed(&test.alice, delete()).await.json(), json!({"data": {"deleted": true}}));
    let gone = test.signed(&test.alice, delete()).await;
    assert_eq!((gone.status, &gone.json()["title"]), (404, &json!("Not Found Error")));
}

#[tokio::test]
async fn problems_may_have_the_older_host() {
    let older = |layer: &mut birdhouse_core::config::Layer| {
        layer.problem_url = Some("https://api.twitter.com".into());
    };
    let test = TestApp::start_with(older).await;
    let answer = test.get("/2/tweets?ids=x").await;
    assert_eq!(answer.json()["type"], "https://api.twitter.com/2/problems/invalid-request");
}

#[tokio::test]
async fn a_users_token_counts_under_v2_only() {
    let test = TestApp::start().await;
    let token = test.token(&test.alice, "tweet.read users.read media.write").await.access_token;
    let answer = test.bearing(&token, Call::get("/1.1/account/verify_credentials.json")).await;
    assert_eq!((answer.status, &answer.json()["errors"][0]["code"]), (403, &json!(220)));
}

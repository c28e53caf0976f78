//! Who may ask: signatures, windows, replays, tokens.

use crate::support::{Call, START_MS, TestApp, UPDATE, credentials};
use axum::body::Body;
use axum::http::Request;
use birdhouse_oauth::client::{self, authorization_header};
use birdhouse_oauth::signature::Method;
use serde_json::json;

const SHOW: &str = "/1.1/account/verify_credentials.json";

fn get(path: &str, header: &str) -> Request<Body> {
    let request = Request::get(path).header("host", "birdhouse.test");
    request.header("authorization", header).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn every_refusal_of_an_asker_is_the_recorded_one() {
    let test = TestApp::strict().await;
    let nobody = Request::get(SHOW).body(Body::empty()).unwrap();
    assert_eq!(
        test.send(nobody).await.line(),
        r#"400 {"errors":[{"code":215,"message":"Bad Authentication data."}]}"#
    );
    let url = format!("http://birdhouse.test{SHOW}");
    let good = test.authorization(&test.alice, &url, &Call::get(SHOW));
    let forged = good.replace("oauth_signature=\"", "oauth_signature=\"AAAA");
    let refused = test.send(get(SHOW, &forged)).await;
    assert_eq!(
        refused.line(),
        r#"401 {"errors":[{"code":32,"message":"Could not authenticate you."}]}"#
    );
    let realm = "OAuth realm=\"https://api.twitter.com\", api_error_code=32";
    assert_eq!(refused.header("www-authenticate"), realm);
    let mut unknown = test.alice.clone();
    unknown.access_token = "1-unknown".into();
    assert_eq!(
        test.signed(&unknown, Call::get(SHOW)).await.line(),
        r#"401 {"errors":[{"code":89,"message":"Invalid or expired token."}]}"#
    );
    assert_eq!(test.send(get(SHOW, "Bearer nonsense")).await.json()["errors"][0]["code"], 89);
    assert_eq!(test.send(get(SHOW, "Basic abc")).await.json()["errors"][0]["code"], 215);
}

#[tokio::test]
async fn a_timestamp_is_good_for_a_quarter_of_an_hour_either_way() {
    let test = TestApp::start().await;
    for (off, status) in [(-899, 200), (899, 200), (-901, 401), (901, 401)] {
        let request = client::UnsignedRequest {
            method: "GET",
            url: &format!("http://birdhouse.test{SHOW}"),
            form: None,
            nonce: &format!("n{off}"),
            timestamp: START_MS / 1000 + off,
            signature_method: Method::HmacSha256,
        };
        let header = authorization_header(&credentials(&test.alice), &request);
        let answer = test.send(get(SHOW, &header)).await;
        assert_eq!(answer.status, status, "{off}: {}", answer.line());
        if status == 401 {
            assert_eq!(answer.json()["errors"][0]["code"], 135);
        }
    }
}

#[tokio::test]
async fn the_same_signed_request_passes_once() {
    let test = TestApp::start().await;
    let url = format!("http://birdhouse.test{SHOW}");
    let header = test.authorization(&test.alice, &url, &Call::get(SHOW));
    assert_eq!(test.send(get(SHOW, &header)).await.status, 200);
    let again = test.send(get(SHOW, &header)).await;
    assert_eq!((again.status, &again.json()["errors"][0]["code"]), (401, &json!(32)));
}

#[tokio::test]
async fn a_token_that_may_only_read_writes_nothing_and_an_app_alone_is_no_user() {
    let test = TestApp::start().await;
    let reader = test.reader().await;
    let write = test.signed(&reader, Call::form(UPDATE, &[("status", "x")])).await;
    assert_eq!((write.status, &write.json()["errors"][0]["code"]), (403, &json!(261)));
    assert_eq!(write.header("x-access-level"), "read");
    let read = test.signed(&reader, Call::get(SHOW)).await;
    assert_eq!(read.status, 200);
    let bearer = format!("Bearer {}", test.alice.bearer_token);
    let alone = test.send(get(SHOW, &bearer)).await;
    assert_eq!((alone.status, &alone.json()["errors"][0]["code"]), (403, &json!(220)));
    let status = "/1.1/application/rate_limit_status.json";
    assert_eq!(test.send(get(status, &bearer)).await.status, 200);
}

#[tokio::test]
async fn a_revoked_token_is_refused_from_then_on() {
    let test = TestApp::start().await;
    let ended = test.form("/1.1/oauth/invalidate_token.json", &[]).await;
    assert_eq!(ended.json()["access_token"], json!(test.alice.access_token));
    assert_eq!(test.get(SHOW).await.json()["errors"][0]["code"], 89);
}

/// What stands in the query of a multipart request may be signed or not.
#[tokio::test]
async fn a_multipart_request_may_leave_its_query_unsigned() {
    let test = TestApp::start().await;
    let path = "/1.1/media/upload.json?media_category=tweet_image";
    let mut call = Call::multipart(path, &[("media", &crate::support::png(4, 4))]);
    call.path = "/1.1/media/upload.json";
    let header =
        test.authorization(&test.alice, "http://birdhouse.test/1.1/media/upload.json", &call);
    let request = Request::post(path)
        .header("host", "birdhouse.test")
        .header("authorization", header)
        .header("content-type", call.content_type.unwrap());
    let answer = test.send(request.body(Body::from(call.body)).unwrap()).await;
    assert!(answer.json()["media_key"].as_str().unwrap().starts_with("3_"), "{}", answer.line());
}

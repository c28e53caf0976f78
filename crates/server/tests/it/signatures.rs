//! Authentication: signatures, timestamps, replays, tokens.

use crate::support::{Call, Response, START_MS, TestApp, UPDATE, VERIFY};
use axum::body::Body;
use axum::http::Request;
use birdhouse_core::actions::access::issue::signing_credentials;
use birdhouse_oauth::client::{self, authorization_header};
use birdhouse_oauth::signature::Method;
use serde_json::json;

fn get(path: &str, header: &str) -> Request<Body> {
    let request = Request::get(path).header("host", "birdhouse.test");
    request.header("authorization", header).body(Body::empty()).unwrap()
}

#[tokio::test]
async fn authentication_errors_are_as_recorded() {
    let test = TestApp::start_strict().await;
    let anonymous = Request::get(VERIFY).body(Body::empty()).unwrap();
    assert_eq!(
        test.send(anonymous).await.line(),
        r#"400 {"errors":[{"code":215,"message":"Bad Authentication data."}]}"#
    );
    let url = format!("http://birdhouse.test{VERIFY}");
    let good = test.authorization(&test.alice, &url, &Call::get(VERIFY));
    let forged = good.replace("oauth_signature=\"", "oauth_signature=\"AAAA");
    let refused = test.send(get(VERIFY, &forged)).await;
    assert_eq!(
        refused.line(),
        r#"401 {"errors":[{"code":32,"message":"Could not authenticate you."}]}"#
    );
    let realm = "OAuth realm=\"https://api.twitter.com\", api_error_code=32";
    assert_eq!(refused.header("www-authenticate"), realm);
    let mut unknown = test.alice.clone();
    unknown.access_token = "1-unknown".into();
    assert_eq!(
        test.send_signed(&unknown, Call::get(VERIFY)).await.line(),
        r#"401 {"errors":[{"code":89,"message":"Invalid or expired token."}]}"#
    );
    assert_eq!(test.send(get(VERIFY, "Bearer nonsense")).await.json()["errors"][0]["code"], 89);
    assert_eq!(test.send(get(VERIFY, "Basic abc")).await.json()["errors"][0]["code"], 215);
}

#[tokio::test]
async fn a_timestamp_may_be_off_by_15_minutes() {
    let test = TestApp::start().await;
    for (off, status) in [(-899, 200), (899, 200), (-901, 401), (901, 401)] {
        let request = client::UnsignedRequest {
            method: "GET",
            url: &format!("http://birdhouse.test{VERIFY}"),
            form: None,
            nonce: &format!("n{off}"),
            timestamp: START_MS / 1000 + off,
            signature_method: Method::HmacSha256,
        };
        let header = authorization_header(&signing_credentials(&test.alice), &request);
        let response = test.send(get(VERIFY, &header)).await;
        assert_eq!(response.status, status, "{off}: {}", response.line());
        if status == 401 {
            assert_eq!(response.json()["errors"][0]["code"], 135);
        }
    }
}

#[tokio::test]
async fn a_signed_request_cannot_be_replayed() {
    let test = TestApp::start().await;
    let url = format!("http://birdhouse.test{VERIFY}");
    let header = test.authorization(&test.alice, &url, &Call::get(VERIFY));
    assert_eq!(test.send(get(VERIFY, &header)).await.status, 200);
    let again = test.send(get(VERIFY, &header)).await;
    assert_eq!((again.status, &again.json()["errors"][0]["code"]), (401, &json!(32)));
}

/// Milliseconds by which a clock is wrong.
const WRONG_MS: i64 = 17 * 3_600_000;

/// Opens the stores again, as a new process does.
async fn restart(test: &mut TestApp) {
    let (config, clock) = (test.app.config.clone(), test.app.clock.clone());
    test.app.close().await;
    test.app = birdhouse_core::app::App::open(config, clock).await.unwrap();
}

/// Another request than all before.
async fn send_new(test: &TestApp) -> u16 {
    test.get(VERIFY).await.status
}

#[tokio::test]
async fn a_restart_remembers_the_signatures_that_were_used() {
    let mut test = TestApp::start().await;
    let url = format!("http://birdhouse.test{VERIFY}");
    let header = test.authorization(&test.alice, &url, &Call::get(VERIFY));
    assert_eq!(test.send(get(VERIFY, &header)).await.status, 200);
    restart(&mut test).await;
    let again = test.send(get(VERIFY, &header)).await;
    assert_eq!((again.status, &again.json()["errors"][0]["code"]), (401, &json!(32)));
    assert_eq!(send_new(&test).await, 200, "another one");
}

#[tokio::test]
async fn a_clock_that_is_wrong_for_a_while_makes_no_signature_usable_again() {
    for (step, restarts) in [(WRONG_MS, false), (WRONG_MS, true), (-WRONG_MS, true)] {
        let mut test = TestApp::start().await;
        let url = format!("http://birdhouse.test{VERIFY}");
        let header = test.authorization(&test.alice, &url, &Call::get(VERIFY));
        assert_eq!(test.send(get(VERIFY, &header)).await.status, 200);
        for by in [step, -step] {
            test.app.clock.step(by);
            if restarts {
                restart(&mut test).await;
            }
            assert_eq!(send_new(&test).await, 200);
        }
        assert_eq!(test.send(get(VERIFY, &header)).await.status, 401, "{step} {restarts}");
    }
}

#[tokio::test]
async fn a_torn_record_loses_no_signature_after_it() {
    let mut test = TestApp::start().await;
    assert_eq!(send_new(&test).await, 200);
    let url = format!("http://birdhouse.test{VERIFY}");
    test.app.close().await;
    let directory = test.app.config.data_dir.join("signatures");
    let file = std::fs::read_dir(directory).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::OpenOptions::new().write(true).open(file).unwrap();
    file.set_len(file.metadata().unwrap().len() - 5).unwrap();
    restart(&mut test).await;
    let header = test.authorization(&test.alice, &url, &Call::get(VERIFY));
    assert_eq!(test.send(get(VERIFY, &header)).await.status, 200);
    restart(&mut test).await;
    assert_eq!(test.send(get(VERIFY, &header)).await.status, 401);
}

#[tokio::test]
async fn a_clock_that_was_ahead_locks_nobody_out_when_it_is_corrected() {
    let test = TestApp::start().await;
    test.app.clock.step(WRONG_MS);
    while send_new(&test).await == 200 {}
    assert_eq!(send_new(&test).await, 429);
    test.app.clock.step(-WRONG_MS);
    let response = test.get(VERIFY).await;
    assert_eq!(response.status, 200);
    let reset: i64 = response.header("x-rate-limit-reset").parse().unwrap();
    assert_eq!(reset, START_MS / 1000 + 900);
    assert_eq!(response.header("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
}

#[tokio::test]
async fn read_only_tokens_cannot_write_and_bearer_tokens_have_no_user() {
    let test = TestApp::start().await;
    let reader = test.issue_read_only().await;
    let write = test.send_signed(&reader, Call::form(UPDATE, &[("status", "x")])).await;
    assert_eq!((write.status, &write.json()["errors"][0]["code"]), (403, &json!(261)));
    assert_eq!(write.header("x-access-level"), "read");
    let read = test.send_signed(&reader, Call::get(VERIFY)).await;
    assert_eq!(read.status, 200);
    let bearer = format!("Bearer {}", test.alice.bearer_token);
    let app_only = test.send(get(VERIFY, &bearer)).await;
    assert_eq!((app_only.status, &app_only.json()["errors"][0]["code"]), (403, &json!(220)));
    let status = "/1.1/application/rate_limit_status.json";
    assert_eq!(test.send(get(status, &bearer)).await.status, 200);
}

#[tokio::test]
async fn a_revoked_token_is_refused() {
    let test = TestApp::start().await;
    let revoked = test.post_form("/1.1/oauth/invalidate_token.json", &[]).await;
    assert_eq!(revoked.json()["access_token"], json!(test.alice.access_token));
    assert_eq!(test.get(VERIFY).await.json()["errors"][0]["code"], 89);
}

/// Signs a request as if it were `signed`, and sends it as `sent`.
async fn send_another(test: &TestApp, signed: &Call<'_>, sent: Call<'_>) -> Response {
    let url = format!("http://birdhouse.test{}", signed.path);
    let header = test.authorization(&test.alice, &url, signed);
    let request = Request::post(sent.path)
        .header("host", "birdhouse.test")
        .header("authorization", header)
        .header("content-type", sent.content_type.unwrap());
    test.send(request.body(Body::from(sent.body)).unwrap()).await
}

#[tokio::test]
async fn what_the_signature_does_not_cover_is_no_parameter() {
    let test = TestApp::start().await;
    // A form that begins like JSON need not be signed, and then is none.
    let signed = Call::form(UPDATE, &[]);
    let mut sent = Call::form(UPDATE, &[]);
    sent.body = b"{=1&status=planted".to_vec();
    assert_eq!(send_another(&test, &signed, sent).await.status, 403);
    // Nor need the query of a multipart request be, but it is only believed of an upload.
    let signed = Call::multipart(UPDATE, &[]);
    let mut sent = Call::multipart(UPDATE, &[]);
    sent.path = "/1.1/statuses/update.json?status=planted";
    assert_eq!(send_another(&test, &signed, sent).await.status, 403);
    assert_eq!(test.get("/1.1/statuses/user_timeline.json").await.json(), json!([]));
}

#[tokio::test]
async fn forms_of_unknown_callers_are_small_and_no_form_has_endless_parameters() {
    let test = TestApp::start().await;
    let send = async |body: Vec<u8>, header: Option<String>| {
        let mut request = Request::post(UPDATE)
            .header("host", "birdhouse.test")
            .header("content-type", "application/x-www-form-urlencoded");
        if let Some(header) = header {
            request = request.header("authorization", header);
        }
        test.send(request.body(Body::from(body)).unwrap()).await
    };
    let mut large = b"oauth_consumer_key=x&status=".to_vec();
    large.resize(70_000, b'a');
    assert_eq!(send(large, None).await.status, 413);
    let header = test.authorization(
        &test.alice,
        &format!("http://birdhouse.test{UPDATE}"),
        &Call::form(UPDATE, &[]),
    );
    let response = send(b"a&".repeat(2000), Some(header)).await;
    assert_eq!(response.status, 400, "{}", response.line());
}

#[tokio::test]
async fn the_query_of_a_multipart_request_may_be_unsigned() {
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
    let response = test.send(request.body(Body::from(call.body)).unwrap()).await;
    assert!(
        response.json()["media_key"].as_str().unwrap().starts_with("3_"),
        "{}",
        response.line()
    );
}

//! Hostile and malformed input at every endpoint of v1.1: a documented v1.1 error, never a 5xx.

use crate::support::{Call, FORM, METADATA, MULTIPART, TestApp, UPDATE, UPLOAD, png};
use axum::body::Body;
use axum::http::Request;
use proptest::prelude::*;
use serde_json::Value;

const ENDPOINTS: [(&str, &str); 22] = [
    (UPLOAD, "GET, HEAD, POST"),
    (METADATA, "POST"),
    (UPDATE, "POST"),
    ("/1.1/statuses/show.json", "GET, HEAD"),
    ("/1.1/statuses/show/1.json", "GET, HEAD"),
    ("/1.1/statuses/lookup.json", "GET, HEAD, POST"),
    ("/1.1/statuses/destroy/1.json", "POST"),
    ("/1.1/statuses/destroy.json", "POST"),
    ("/1.1/statuses/user_timeline.json", "GET, HEAD"),
    ("/1.1/statuses/home_timeline.json", "GET, HEAD"),
    ("/1.1/statuses/mentions_timeline.json", "GET, HEAD"),
    ("/1.1/statuses/update_with_media.json", "POST"),
    ("/1.1/users/show.json", "GET, HEAD"),
    ("/1.1/users/lookup.json", "GET, HEAD, POST"),
    ("/1.1/account/verify_credentials.json", "GET, HEAD"),
    ("/1.1/application/rate_limit_status.json", "GET, HEAD"),
    ("/1.1/oauth/invalidate_token.json", "POST"),
    ("/oauth/request_token", "POST"),
    ("/oauth/access_token", "POST"),
    ("/oauth2/token", "POST"),
    ("/oauth2/invalidate_token", "POST"),
    ("/oauth2/invalidate_token.json", "POST"),
];

/// Asserts a 4xx with one of v1.1's two error formats; endpoints of OAuth may send plain text.
fn assert_v1_error(path: &str, status: u16, body: &str) {
    assert!((400..500).contains(&status), "{path}: {status} {body}");
    if !path.starts_with("/1.1/") {
        return;
    }
    let error: Value = serde_json::from_str(body).unwrap_or_else(|e| panic!("{path}: {e}: {body}"));
    let is_list = error["errors"][0]["message"].is_string();
    let is_single =
        error["error"].is_string() && error["request"] == path.split('?').next().unwrap();
    assert!(is_list || is_single, "{path}: {body}");
}

#[tokio::test]
async fn every_method_without_credentials_gets_a_4xx() {
    let test = TestApp::start().await;
    for (path, allowed) in ENDPOINTS {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
            let response = test.send(request).await;
            assert!((400..500).contains(&response.status), "{method} {path}: {}", response.line());
            let is_wrong = !allowed.contains(method);
            if path.starts_with("/1.1/") && is_wrong {
                assert_eq!(
                    (response.status, response.header("allow")),
                    (405, allowed),
                    "{method} {path}"
                );
            }
        }
    }
}

#[tokio::test]
async fn malformed_bodies_never_cause_a_5xx() {
    let test = TestApp::start_with(|layer| layer.rate_limits = Some(false)).await;
    let bodies: [(Option<&str>, &[u8]); 14] = [
        (None, b""),
        (None, b"\0\xff\xfe"),
        (Some("application/json"), b"{"),
        (Some("application/json"), b"[[[[[[[[[[[[[[[["),
        (Some("application/json"), br#"{"media_id":{"a":1},"alt_text":[1]}"#),
        (Some("application/json"), br#"{"media_id":1e999,"alt_text":{"text":"x"}}"#),
        (Some("application/json"), b"\xef\xbb\xbfnull"),
        (Some(FORM), b"%%%&=&&&=%00&a=%ff"),
        (Some(FORM), b"command=INIT&command=APPEND&media_id=1&media_id=2"),
        (Some(MULTIPART), b""),
        (Some(MULTIPART), b"--xYzZY\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\nhalf"),
        (Some(MULTIPART), b"--xYzZY\r\n\xff\xff: \x01\r\n\r\nx\r\n--xYzZY--"),
        (Some("multipart/form-data"), b"--\r\n"),
        (Some("multipart/mixed; boundary="), b"----"),
    ];
    for (path, allowed) in ENDPOINTS {
        if !allowed.contains("POST") || path.contains("invalidate_token.json") {
            continue;
        }
        for (kind, body) in bodies {
            let response = test.send_signed(&test.alice, Call::post(path, kind, body)).await;
            if response.status >= 300 {
                assert_v1_error(path, response.status, &response.text());
            }
            assert!(response.status < 500);
        }
    }
}

#[tokio::test]
async fn upload_errors_have_the_recorded_messages() {
    let test = TestApp::start_strict().await;
    let ready = test.init(4, "image/png", None).await.media_id();
    let (big, truncated) = (vec![0; 5_242_881], png(8, 8)[..60].to_vec());
    let prefix = r#"{"request":"\/1.1\/media\/upload.json","error":"#;
    let unknown = "404 The media was not found: unknown, expired or another user's.";
    let cases: Vec<(Vec<(&str, &[u8])>, &str)> = vec![
        (vec![], "400 38 media parameter is missing."),
        (vec![("command", b"STATUS"), ("media_id", b"1")], "400 38 media parameter is missing."),
        (vec![("command", b"init")], "400 38 media parameter is missing."),
        (vec![("media", b"plain text")], "400 media type unrecognized."),
        (
            vec![("media", b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>")],
            "400 media type unrecognized.",
        ),
        (vec![("media_data", b"!!!!")], "400 media type unrecognized."),
        (vec![("media", &truncated)], "400 media type unrecognized."),
        (
            vec![("media_category", b"banner"), ("media", b"x")],
            "400 44 media_category parameter is invalid.",
        ),
        (vec![("command", b"INIT")], "400 38 total_bytes parameter is missing."),
        (
            vec![("command", b"INIT"), ("total_bytes", b"x")],
            "400 44 total_bytes parameter is invalid.",
        ),
        (
            vec![("command", b"INIT"), ("total_bytes", b"-1")],
            "400 44 total_bytes parameter is invalid.",
        ),
        (
            vec![("command", b"INIT"), ("total_bytes", b"0"), ("media_type", b"image/png")],
            "400 44 total_bytes parameter is invalid.",
        ),
        (
            vec![("command", b"INIT"), ("total_bytes", b"5242881"), ("media_type", b"image/gif")],
            "400 File size exceeds 5242880 bytes.",
        ),
        (
            vec![
                ("command", b"INIT"),
                ("total_bytes", b"15728641"),
                ("media_type", b"image/gif"),
                ("media_category", b"tweet_gif"),
            ],
            "400 File size exceeds 15728640 bytes.",
        ),
        (
            vec![("command", b"INIT"), ("total_bytes", b"536870913"), ("media_type", b"video/mp4")],
            "400 File size exceeds 536870912 bytes.",
        ),
        (vec![("command", b"APPEND")], "400 Invalid media_id: Some()."),
        (
            vec![("command", b"APPEND"), ("media_id", b"x"), ("segment_index", b"0")],
            "400 Invalid media_id: Some(x).",
        ),
        (
            vec![("command", b"APPEND"), ("media_id", b"1"), ("segment_index", b"1000")],
            "400 SegmentIndex must be between 0 and 999.",
        ),
        (
            vec![("command", b"APPEND"), ("media_id", b"1"), ("segment_index", b"-1")],
            "400 SegmentIndex must be between 0 and 999.",
        ),
        (
            vec![("command", b"APPEND"), ("media_id", b"1"), ("segment_index", b"0")],
            "400 38 media parameter is missing.",
        ),
        (
            vec![
                ("command", b"APPEND"),
                ("media_id", b"1"),
                ("segment_index", b"0"),
                ("media", b"x"),
            ],
            unknown,
        ),
        (
            vec![
                ("command", b"APPEND"),
                ("media_id", ready.as_bytes()),
                ("segment_index", b"0"),
                ("media", &big),
            ],
            "413 Segment size exceeds 5242880 bytes.",
        ),
        (
            vec![("command", b"FINALIZE"), ("media_id", b"99999999999999999999")],
            "400 Invalid media_id: Some(99999999999999999999).",
        ),
        (vec![("command", b"FINALIZE"), ("media_id", b"1")], unknown),
        (
            vec![("command", b"FINALIZE"), ("media_id", ready.as_bytes())],
            "400 Segments do not add up to provided total file size.",
        ),
    ];
    for (parts, expected) in cases {
        let response = test.post_multipart(UPLOAD, &parts).await;
        let body = response.json();
        let error = match body["errors"][0]["code"].as_i64() {
            Some(code) => format!(
                "{} {code} {}",
                response.status,
                body["errors"][0]["message"].as_str().unwrap()
            ),
            None => {
                assert!(response.text().starts_with(prefix), "{}", response.line());
                format!("{} {}", response.status, body["error"].as_str().unwrap())
            }
        };
        assert_eq!(error, expected);
    }
}

#[tokio::test]
async fn a_file_over_the_limit_of_its_kind_is_refused() {
    let test = TestApp::start().await;
    let mut big = png(4, 4);
    big.resize(5_242_881, 0);
    let response = test.post_multipart(UPLOAD, &[("media", &big)]).await;
    assert_eq!(
        (response.status, &response.json()["error"]),
        (400, &"File size exceeds 5242880 bytes.".into())
    );
    big.resize(15_728_641, 0);
    let response = test.post_multipart(UPLOAD, &[("media", &big)]).await;
    assert_eq!(
        (response.status, &response.json()["error"]),
        (400, &"File size exceeds 15728640 bytes.".into())
    );
}

#[tokio::test]
async fn metadata_errors_have_the_format_of_the_upload_host() {
    let test = TestApp::start_strict().await;
    let media = test.upload_image().await;
    let cases = [
        ("", "Invalid json payload."),
        ("media_id=1", "Invalid json payload."),
        ("[]", "Invalid json payload."),
        ("{}", "media_id field must be provided."),
        (r#"{"media_id":"","alt_text":{"text":"x"}}"#, "media_id field must be provided."),
        (
            r#"{"media_id":"ID"}"#,
            "alt_text.text must be provided, as in {\"media_id\":\"…\",\"alt_text\":{\"text\":\"…\"}}.",
        ),
        (
            r#"{"media_id":"ID","alt_text":"x"}"#,
            "alt_text.text must be provided, as in {\"media_id\":\"…\",\"alt_text\":{\"text\":\"…\"}}.",
        ),
        (r#"{"media_id":"ID","alt_text":{"text":" \n"}}"#, "alt_text.text must not be blank."),
        (
            r#"{"media_id":"ID","alt_text":{"text":"a\u0000b"}}"#,
            "alt_text.text must not contain a NUL character.",
        ),
        (
            r#"{"media_id":"1","alt_text":{"text":"x"}}"#,
            "The media was not found: unknown, expired or another user's.",
        ),
        (
            r#"{"media_id":1.5,"alt_text":{"text":"x"}}"#,
            "The media was not found: unknown, expired or another user's.",
        ),
    ];
    for (body, expected) in cases {
        let response = test.post_json(METADATA, &body.replace("ID", &media)).await;
        assert!(matches!(response.status, 400 | 404), "{body}: {}", response.line());
        assert_eq!(response.json()["error"], expected, "{body}");
        assert_eq!(response.json()["request"], METADATA);
    }
    let long = test.describe(&media, &"\u{1F426}".repeat(1001)).await;
    assert_eq!(long.json()["error"], "alt_text.text must be at most 1000 characters; it has 1001.");
    assert_eq!(test.describe(&media, &"\u{1F426}".repeat(1000)).await.status, 200);
}

#[tokio::test]
async fn tweet_errors_have_the_recorded_codes() {
    let test = TestApp::start_strict().await;
    let mut images = Vec::new();
    for _ in 0..5 {
        images.push(test.upload_image().await);
    }
    let animated =
        test.post_multipart(UPLOAD, &[("media", &crate::support::gif(2))]).await.media_id();
    let small = test.post_multipart(UPLOAD, &[("media", &png(3, 3))]).await.media_id();
    let open = test.init(4, "image/png", None).await.media_id();
    let five = images.join(",");
    let mixed = format!("{},{animated}", images[0]);
    let long = "a".repeat(281);
    let cases = [
        (vec![], "403 170 Missing required parameter: status."),
        (vec![("status", " ")], "403 170 Missing required parameter: status."),
        (vec![("status", &*long)], "403 186 Tweet needs to be a bit shorter."),
        (vec![("media_ids", "")], "400 44 media_ids parameter is invalid."),
        (vec![("media_ids", "x")], "400 44 media_ids parameter is invalid."),
        (vec![("media_ids", "1,,2")], "400 44 media_ids parameter is invalid."),
        (vec![("media_ids", "1")], "400 324 The validation of media ids failed."),
        (vec![("media_ids", &*open)], "400 324 The validation of media ids failed."),
        (vec![("media_ids", &*five)], "400 324 Tweet must not have more than 4 mediaIds."),
        (
            vec![("media_ids", &*mixed)],
            "400 323 Animated GIFs are not allowed when uploading multiple images.",
        ),
        (vec![("media_ids", &*small)], "400 324 Image dimensions must be >= 4x4 and <= 8192x8192"),
        (
            vec![("status", "x"), ("in_reply_to_status_id", "x")],
            "400 44 in_reply_to_status_id parameter is invalid.",
        ),
    ];
    for (pairs, expected) in cases {
        let response = test.post_form(UPDATE, &pairs).await;
        let body = &response.json()["errors"][0];
        let error =
            format!("{} {} {}", response.status, body["code"], body["message"].as_str().unwrap());
        assert_eq!(error, expected);
    }
    assert_eq!(test.post_form(UPDATE, &[("status", "same")]).await.status, 200);
    let again = test.post_form(UPDATE, &[("status", "same")]).await;
    assert_eq!(again.line(), r#"403 {"errors":[{"code":187,"message":"Status is a duplicate."}]}"#);
    let with_media = [("status", "same"), ("media_ids", &*images[0])];
    assert_eq!(test.post_form(UPDATE, &with_media).await.status, 200);
}

#[tokio::test]
async fn lenient_errors_name_the_cause() {
    let test = TestApp::start().await;
    let prefixed = test.post_form(UPLOAD, &[("media", "data:image/png;base64,AAAA")]).await;
    assert!(prefixed.text().contains("without a data: prefix"), "{}", prefixed.line());
    let truncated = test.post_multipart(UPLOAD, &[("media", &png(8, 8)[..60])]).await;
    assert!(truncated.text().contains("ends too early"), "{}", truncated.line());
}

#[tokio::test]
async fn another_users_tweet_cannot_be_deleted() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let id = test.post_form(UPDATE, &[("status", "mine")]).await.json();
    let path = format!("/1.1/statuses/destroy/{}.json", id["id_str"].as_str().unwrap());
    let refused = test.send_signed(&bob, Call::form(&path, &[])).await;
    assert_eq!(refused.status, 403);
}

/// Sends one request to a server that all properties share; returns status and body.
fn send_blocking(call: Call<'_>) -> (u16, String) {
    use std::sync::OnceLock;
    static SERVER: OnceLock<(tokio::runtime::Runtime, TestApp)> = OnceLock::new();
    let (runtime, test) = SERVER.get_or_init(|| {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let test = runtime.block_on(TestApp::start_with(|l| l.rate_limits = Some(false)));
        (runtime, test)
    });
    let response = runtime.block_on(test.send_signed(&test.alice, call));
    (response.status, response.text())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes_as_multipart_get_a_4xx(body: Vec<u8>, boundary in "[ -~]{0,80}") {
        let kind = format!("multipart/form-data; boundary={boundary}");
        let (status, text) = send_blocking(Call::post(UPLOAD, Some(&kind), body));
        prop_assert!((400..500).contains(&status), "{} {}", status, text);
    }

    #[test]
    fn any_parts_never_cause_a_5xx(name in "\\PC{0,20}", value: Vec<u8>, command in "INIT|APPEND|FINALIZE|\\PC{0,8}") {
        let name = name.replace(['"', '\\'], "");
        let (status, text) = send_blocking(Call::multipart(UPLOAD, &[("command", command.as_bytes()), (&name, &value)]));
        prop_assert!(status < 500, "{} {}", status, text);
    }

    #[test]
    fn any_text_as_json_gets_a_4xx(body in "[\\[\\]{}\":,/*a-z0-9 \\\\\\n]{0,200}|\\PC{0,200}") {
        let (status, text) = send_blocking(Call::json(METADATA, &body));
        prop_assert!((400..500).contains(&status), "{} {}", status, text);
    }

    #[test]
    fn any_form_never_causes_a_5xx(body: Vec<u8>) {
        for path in [UPDATE, METADATA, UPLOAD] {
            let (status, text) = send_blocking(Call::post(path, Some(FORM), body.clone()));
            prop_assert!(status < 500, "{} {}", status, text);
        }
    }

    #[test]
    fn any_authorization_header_gets_a_4xx(value in "(OAuth |Bearer |Basic )?[ -~]{0,200}") {
        let request = Request::post(UPDATE).header("authorization", &value).body(Body::empty()).unwrap();
        let status = {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async { TestApp::start().await.send(request).await.status })
        };
        prop_assert!((400..500).contains(&status), "{}", status);
    }
}

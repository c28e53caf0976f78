//! Hostile and malformed input at every endpoint of v2: a problem that names the cause, never a 5xx.

use crate::support::{Call, FORM, MULTIPART, Response, TestApp};
use proptest::prelude::*;
use serde_json::Value;

const ENDPOINTS: [(&str, &str); 27] = [
    ("GET", "/2/media/upload"),
    ("POST", "/2/media/upload"),
    ("POST", "/2/media/upload/initialize"),
    ("POST", "/2/media/upload/1/append"),
    ("POST", "/2/media/upload/x/append"),
    ("POST", "/2/media/upload/1/finalize"),
    ("POST", "/2/media/upload/x/finalize"),
    ("POST", "/2/media/metadata"),
    ("POST", "/2/media/metadata/create"),
    ("POST", "/2/media/subtitles"),
    ("DELETE", "/2/media/subtitles"),
    ("POST", "/2/media/subtitles/create"),
    ("POST", "/2/media/subtitles/delete"),
    ("GET", "/2/media"),
    ("GET", "/2/media/x"),
    ("GET", "/2/tweets"),
    ("POST", "/2/tweets"),
    ("GET", "/2/tweets/x"),
    ("DELETE", "/2/tweets/x"),
    ("DELETE", "/2/tweets/1"),
    ("GET", "/2/users"),
    ("GET", "/2/users/x"),
    ("GET", "/2/users/by/username/%00"),
    ("GET", "/2/users/by"),
    ("GET", "/2/users/x/tweets"),
    ("PATCH", "/2/tweets"),
    ("GET", "/2/nothing"),
];

/// Asserts JSON and no 5xx; an error must be a complete problem.
fn assert_json_or_problem(request: &str, response: &Response) {
    assert!((200..500).contains(&response.status), "{request}: {}", response.line());
    let body: Value = serde_json::from_slice(&response.body)
        .unwrap_or_else(|e| panic!("{request}: {e}: {}", response.line()));
    if response.status >= 400 {
        for name in ["title", "detail", "type"] {
            assert!(body[name].is_string(), "{request}: {}", response.line());
        }
        let has_cause = body["status"].is_number() || body["errors"][0]["message"].is_string();
        assert!(has_cause, "{request}: {}", response.line());
    }
}

#[tokio::test]
async fn no_kind_of_body_causes_a_5xx() {
    let test = TestApp::start().await;
    let bodies: [(&str, &[u8]); 16] = [
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"null"),
        ("application/json", b"{}"),
        ("application/json", b"\"\xff\""),
        ("application/json", b"{\"id\":{\"id\":1},\"media\":{},\"text\":[],\"media_id\":null}"),
        ("application/json", b"{\"media\":\"####\",\"media_category\":\"tweet_image\"}"),
        ("application/json", b"{\"media\":\"AA==\",\"segment_index\":1e400}"),
        ("application/json", b"{\"id\":\"1\",\"metadata\":{\"alt_text\":{\"text\":\"\\u0000\"}}}"),
        ("text/plain", b"\0\0\0"),
        (FORM, b"command=APPEND&media_id=%00&segment_index=-1&media=%ff"),
        (FORM, b"{\"text\":7}"),
        (MULTIPART, b"--xYzZY\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\nx"),
        ("multipart/form-data", b"x"),
        (MULTIPART, b"\xff\xfe"),
    ];
    for (method, path) in ENDPOINTS {
        for (kind, body) in bodies {
            let call = Call { method, ..Call::post(path, Some(kind), body) };
            let response = test.send_signed(&test.alice, call).await;
            let request = format!("{method} {path} {kind} {}", String::from_utf8_lossy(body));
            assert_json_or_problem(&request, &response);
        }
    }
}

#[tokio::test]
async fn deep_and_long_bodies_never_cause_a_5xx() {
    let test = TestApp::start().await;
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(1024 * 1024));
    for (method, path) in ENDPOINTS {
        for body in [&deep, &long] {
            let call = Call { method, ..Call::json(path, body) };
            assert_json_or_problem(
                &format!("{method} {path}"),
                &test.send_signed(&test.alice, call).await,
            );
        }
    }
}

#[tokio::test]
async fn invalid_parameters_are_named() {
    let test = TestApp::start().await;
    let me = &test.alice.user_id;
    let many: Vec<String> = (1..=101).map(|n| n.to_string()).collect();
    let cases = [
        ("/2/tweets".to_owned(), "The `ids` query parameter can not be empty"),
        ("/2/tweets?ids=a".to_owned(), "The `ids` query parameter value [a] is not valid"),
        (
            format!("/2/tweets?ids={}", many.join(",")),
            "The `ids` query parameter value [101 values] has more than 100 values",
        ),
        (
            "/2/media?media_keys=x".to_owned(),
            "The `media_keys` query parameter value [x] is not valid",
        ),
        ("/2/media/upload".to_owned(), "The `media_id` query parameter can not be empty"),
        (
            "/2/media/upload?media_id=x".to_owned(),
            "The `media_id` is not valid: it must match ^[0-9]{1,19}$",
        ),
        ("/2/media/upload?media_id=7".to_owned(), "BadRequest: Not found"),
        (
            "/2/media/upload?media_id=7&command=FLY".to_owned(),
            "The `command` query parameter value [FLY] is not valid",
        ),
        (
            format!("/2/users/{me}/tweets?max_results=1"),
            "The `max_results` query parameter value [1] is not between 5 and 100",
        ),
        (
            format!("/2/users/{me}/tweets?max_results=x"),
            "The `max_results` query parameter value [x] is not valid",
        ),
        (
            format!("/2/users/{me}/tweets?pagination_token=x"),
            "The `pagination_token` query parameter value [x] is not valid",
        ),
        (
            format!("/2/users/{me}/tweets?start_time=x"),
            "The `start_time` query parameter value [x] is not valid",
        ),
        (
            format!("/2/users/{me}/tweets?exclude=x"),
            "The `exclude` query parameter value [x] is not valid",
        ),
        (
            format!("/2/users/{me}/tweets?since_id=-1"),
            "The `since_id` query parameter value [-1] is not valid",
        ),
    ];
    for (path, message) in cases {
        let response = test.get(&path).await;
        assert_eq!(
            (response.status, response.json()["errors"][0]["message"].as_str()),
            (400, Some(message)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn invalid_tweets_are_refused_with_the_path_of_the_member() {
    let test = TestApp::start().await;
    let cases = [
        ("{}", "$.text: is missing but it is required"),
        ("{\"text\":7}", "$.text: integer found, string expected"),
        ("{\"media\":{}}", "$.media.media_ids: is missing but it is required"),
        (
            "{\"media\":{\"media_ids\":[]}}",
            "$.media.media_ids: there must be a minimum of 1 items in the array",
        ),
        (
            "{\"media\":{\"media_ids\":[\"1\",\"2\",\"3\",\"4\",\"5\"]}}",
            "$.media.media_ids: there must be a maximum of 4 items in the array",
        ),
        ("{\"media\":{\"media_ids\":[{}]}}", "$.media.media_ids[0]: object found, string expected"),
        (
            "{\"media\":{\"media_ids\":[\"3_1\"]}}",
            "$.media.media_ids[0]: does not match the regex pattern ^[0-9]{1,19}$",
        ),
        (
            "{\"text\":\"x\",\"colour\":1}",
            "$.colour: is not defined in the schema and the schema does not allow additional properties",
        ),
        (
            "{\"text\":\"x\",\"poll\":{\"options\":[\"a\"],\"duration_minutes\":5}}",
            "$.poll.options: there must be a minimum of 2 items in the array",
        ),
        (
            "{\"text\":\"x\",\"poll\":{\"options\":[\"a\",\"b\"],\"duration_minutes\":1}}",
            "$.poll.duration_minutes: must have a minimum value of 5",
        ),
        (
            "{\"text\":\"x\",\"reply_settings\":\"me\"}",
            "$.reply_settings: does not have a value in the enumeration [following, mentionedUsers, subscribers, verified]",
        ),
    ];
    for (body, message) in cases {
        let response = test.post_json("/2/tweets", body).await;
        assert_eq!(
            (response.status, response.json()["errors"][0]["message"].as_str()),
            (400, Some(message)),
            "{body}"
        );
    }
    for (body, status) in [
        ("{\"text\":\"x\",\"reply\":{\"in_reply_to_tweet_id\":\"7\"}}", 403),
        ("{\"text\":\"x\",\"quote_tweet_id\":\"9999999999999999999\"}", 403),
        ("{\"text\":\"x\",\"edit_options\":{\"previous_post_id\":\"7\"}}", 403),
        ("{\"text\":\"a\\u0000b\"}", 400),
        (
            "{\"text\":\"x\",\"poll\":{\"options\":[\"a\\u0000\",\"b\"],\"duration_minutes\":5}}",
            400,
        ),
        ("{\"text\":\"x\",\"card_uri\":\"card://1\",\"quote_tweet_id\":\"7\"}", 400),
        ("{\"text\":\"x\",\"media\":{\"media_ids\":[\"9999999999999999999\"]}}", 400),
    ] {
        assert_eq!(test.post_json("/2/tweets", body).await.status, status, "{body}");
    }
    let both = "{\"text\":\"x\",\"quote_tweet_id\":\"7\",\"poll\":{\"options\":[\"a\",\"b\"],\"duration_minutes\":5}}";
    assert_eq!(
        test.post_json("/2/tweets", both).await.json()["errors"][0]["message"],
        "You can only provide one of media, poll, quote_tweet_id, card_uri or direct_message_deep_link."
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_bytes_at_any_endpoint_never_cause_a_5xx(bytes: Vec<u8>, which in 0_usize..26, kind in 0_usize..4, query in "[ -~]{0,30}") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let test = TestApp::start().await;
            let (method, path) = ENDPOINTS[which];
            let query: String = query.chars().filter(|c| !" \"#<>\\^`{|}%".contains(*c)).collect();
            let path = format!("{path}?{query}");
            let kinds = ["application/json", FORM, MULTIPART, "text/plain"];
            let call = Call { method, ..Call::post(&path, Some(kinds[kind]), bytes) };
            assert_json_or_problem(&path, &test.send_signed(&test.alice, call).await);
        });
    }
}

//! What client libraries need of a server, requirement by requirement (R1 to R28). Those about
//! sockets (R2, R4, R5) are shown by the client matrix, which drives the real libraries.

use crate::support::{Call, FORM, METADATA, TestApp, UPDATE, UPLOAD, png};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

const VERIFY: &str = "/1.1/account/verify_credentials.json";

async fn signed_for(test: &TestApp, scheme: &str, host: &str, headers: &[(&str, &str)]) -> u16 {
    let url = format!("{scheme}://{host}{VERIFY}");
    let header = test.authorization(&test.alice, &url, &Call::get(VERIFY));
    let mut request = Request::get(VERIFY).header("authorization", header);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    test.send(request.body(Body::empty()).unwrap()).await.status
}

#[tokio::test]
async fn r1_every_host_serves_every_path() {
    let test = TestApp::start().await;
    for host in ["api.twitter.com", "upload.twitter.com", "api.x.com", "upload.x.com"] {
        assert_eq!(signed_for(&test, "https", host, &[("host", host)]).await, 200, "{host}");
    }
}

#[tokio::test]
async fn r3_the_signature_is_checked_against_what_the_client_saw() {
    let test =
        TestApp::start_with(|layer| layer.public_url = Some("https://bird.example".into())).await;
    let cases: [(&str, &str, &[(&str, &str)]); 6] = [
        ("http", "localhost:8080", &[("host", "localhost:8080")]),
        ("http", "LOCALHOST", &[("host", "localhost:80")]),
        (
            "https",
            "media.example",
            &[
                ("host", "10.0.0.1:8080"),
                ("x-forwarded-proto", "https"),
                ("x-forwarded-host", "media.example"),
            ],
        ),
        (
            "https",
            "media.example",
            &[("host", "x"), ("forwarded", "for=1.2.3.4;proto=https;host=media.example")],
        ),
        ("https", "bird.example", &[("host", "10.0.0.1:8080")]),
        ("https", "api.twitter.com", &[("host", "127.0.0.1:8080")]),
    ];
    for (scheme, host, headers) in cases {
        assert_eq!(signed_for(&test, scheme, host, headers).await, 200, "{scheme} {host}");
    }
    assert_eq!(signed_for(&test, "https", "evil.example", &[("host", "bird.example")]).await, 401);
}

#[tokio::test]
async fn r5_any_accept_header_is_answered() {
    let test = TestApp::start().await;
    let accept = "text/html, image/gif, image/jpeg, */*; q=0.2";
    let headers = [("host", "birdhouse.test"), ("accept", accept)];
    assert_eq!(signed_for(&test, "http", "birdhouse.test", &headers).await, 200);
}

#[tokio::test]
async fn r8_unknown_oauth_parameters_are_signed_over_and_odd_versions_pass() {
    let test = TestApp::start().await;
    use birdhouse_oauth::params::Params;
    use birdhouse_oauth::signature::{Method, base_string, base_url, normalize, sign};
    let who = &test.alice;
    let mut oauth = Params::default();
    for (name, value) in [
        ("oauth_consumer_key", who.consumer_key.as_str()),
        ("oauth_token", &who.access_token),
        ("oauth_nonce", "deadbeef"),
        ("oauth_timestamp", "1767225600"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_version", "1.0A"),
        ("oauth_body_hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
    ] {
        oauth.push(name, value);
    }
    let url = base_url("http", "birdhouse.test", VERIFY);
    let base = base_string("GET", &url, &normalize(&[&oauth]));
    let (consumer, token) = (&who.consumer_secret, &who.access_token_secret);
    oauth.push("oauth_signature", sign(Method::HmacSha1, &base, consumer, token));
    let header = birdhouse_oauth::header::print(&oauth);
    let request =
        Request::get(VERIFY).header("host", "birdhouse.test").header("authorization", header);
    assert_eq!(test.send(request.body(Body::empty()).unwrap()).await.status, 200);
}

#[tokio::test]
async fn r9_duplicates_blanks_and_pluses_are_signed_as_sent() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    let path = format!("{UPDATE}?media_ids={media}");
    let body = format!("status=a+b%20c%2Bd&exclude_reply_user_ids=&media_ids={media}");
    let answer = test
        .signed(
            &test.alice,
            Call::post(&path, Some("application/x-www-form-urlencoded; charset=UTF-8"), body),
        )
        .await;
    assert!(
        answer.json()["text"].as_str().unwrap().starts_with("a b c+d https"),
        "{}",
        answer.line()
    );
}

#[tokio::test]
async fn r10_secrets_are_alphanumeric_and_tokens_have_one_dash() {
    let test = TestApp::start().await;
    let who = &test.alice;
    let plain = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric());
    assert!(
        [&who.consumer_key, &who.consumer_secret, &who.access_token_secret]
            .iter()
            .all(|t| plain(t))
    );
    let (user, rest) = who.access_token.split_once('-').unwrap();
    assert!(user == who.user_id && plain(rest));
}

#[tokio::test]
async fn r11_unknown_keys_are_89_and_wrong_signatures_32() {
    let test = TestApp::start().await;
    let mut unknown = test.alice.clone();
    unknown.consumer_key = "nobody".into();
    let mut wrong = test.alice.clone();
    wrong.access_token_secret = "wrong".into();
    for (who, code) in [(unknown, 89), (wrong, 32)] {
        let answer = test.signed(&who, Call::get(VERIFY)).await;
        assert_eq!((answer.status, &answer.json()["errors"][0]["code"]), (401, &json!(code)));
    }
}

#[tokio::test]
async fn r12_parameters_may_stand_in_query_form_or_parts() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let total = bytes.len().to_string();
    let init = format!("{UPLOAD}?command=INIT&total_bytes={total}&media_type=image%2Fpng");
    let media = test.signed(&test.alice, Call::post(&init, None, "")).await.media_id();
    let append = format!("{UPLOAD}?command=APPEND&media_id={media}&segment_index=0");
    let odd = [
        &b"--b\r\nContent-Disposition: form-data; name=media; filename=0; filename*=utf-8''0\r\n\r\n"[..],
        &bytes,
        b"\r\n--b--",
    ]
    .concat();
    let kind = Some("multipart/form-data; boundary=\"b\"");
    let answer = test.signed(&test.alice, Call::post(&append, kind, odd)).await;
    assert_eq!(answer.status, 204, "{}", answer.line());
    let finalize: [(&str, &[u8]); 2] = [("command", b"FINALIZE"), ("media_id", media.as_bytes())];
    assert_eq!(test.multipart(UPLOAD, &finalize).await.status, 201);
    let parts: [(&str, &[u8]); 3] =
        [("command", b"INIT"), ("total_bytes", total.as_bytes()), ("media_type", b"image/png")];
    assert_eq!(test.multipart(UPLOAD, &parts).await.status, 202);
}

#[tokio::test]
async fn r13_media_is_raw_or_base64_by_its_place() {
    let test = TestApp::start().await;
    let bytes = png(16, 16);
    let text = STANDARD.encode(&bytes);
    let lines: Vec<&str> =
        text.as_bytes().chunks(60).map(|l| std::str::from_utf8(l).unwrap()).collect();
    let lines = lines.join("\r\n");
    for name in ["media", "media_data"] {
        for text in [&text, &lines] {
            let answer = test.form(UPLOAD, &[(name, text)]).await;
            assert_eq!(answer.json()["size"], json!(bytes.len()), "{name}: {}", answer.line());
        }
    }
    for (name, body) in
        [("media", &bytes[..]), ("media_data", text.as_bytes()), ("media_data", lines.as_bytes())]
    {
        assert_eq!(
            test.multipart(UPLOAD, &[(name, body)]).await.json()["size"],
            json!(bytes.len())
        );
    }
    let part = format!(
        "--b\r\nContent-Disposition: form-data; name=\"media[]\"; filename=\"x\"\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{lines}\r\n--b--\r\n\r\n"
    );
    let call = Call::post(UPLOAD, Some("multipart/form-data; boundary=b"), part);
    assert_eq!(test.signed(&test.alice, call).await.json()["size"], json!(bytes.len()));
}

#[tokio::test]
async fn r14_every_known_shape_of_a_part_is_read() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let heads = [
        "Content-Disposition: form-data; name=\"media\"",
        "Content-Disposition: form-data; name=\"media\"; filename=\"'sm2.png'\"\r\nContent-Type: video/mp4",
        "Content-Type: application/octet-stream\r\nContent-Disposition: form-data; name=\"media\"; filename=\"stream-580\"",
        "Content-Disposition: form-data; name=media; filename=0",
    ];
    for head in heads {
        for end in ["\r\n--b--", "\r\n--b--\r\n", "\r\n--b--\r\n\r\n"] {
            let category = "--b\r\nContent-Disposition: form-data; name=\"media_category\"; \
                            filename=\"media_category\"\r\nContent-Type: text/plain; \
                            charset=UTF-8\r\n\r\ntweet_image\r\n";
            let media = [format!("--b\r\n{head}\r\n\r\n").as_bytes(), &bytes].concat();
            let after =
                [&media, b"\r\n".as_slice(), category.trim_end().as_bytes(), end.as_bytes()]
                    .concat();
            let before = [category.as_bytes(), &media, end.as_bytes()].concat();
            for body in [before, after] {
                let call = Call::post(UPLOAD, Some("multipart/form-data; boundary=b"), body);
                let answer = test.signed(&test.alice, call).await;
                assert!(
                    answer.json()["media_key"].as_str().is_some_and(|k| k.starts_with("3_")),
                    "{head} {}",
                    answer.line()
                );
            }
        }
    }
}

#[tokio::test]
async fn r15_every_known_form_of_a_boundary_is_read() {
    let test = TestApp::start().await;
    let forms = [
        (
            "multipart/form-data, boundary=\"00Twurl540768757418670494lruwT99\"",
            "00Twurl540768757418670494lruwT99",
        ),
        ("multipart/form-data; boundary=###Python-Twitter###", "###Python-Twitter###"),
        ("multipart/form-data; charset=utf-8; boundary=xYzZY", "xYzZY"),
        ("multipart/form-data;boundary=6b9ed6fc", "6b9ed6fc"),
        ("multipart/form-data;charset=UTF-8;boundary=\"a b\"", "a b"),
    ];
    for (kind, boundary) in forms {
        let head =
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n");
        let end = format!("\r\n--{boundary}--\r\n");
        let body = [head.as_bytes(), &png(4, 4), end.as_bytes()].concat();
        let answer = test.signed(&test.alice, Call::post(UPLOAD, Some(kind), body)).await;
        assert_eq!(answer.status, 200, "{kind}: {}", answer.line());
    }
}

#[tokio::test]
async fn r16_metadata_is_json_under_any_name_with_an_id_of_any_type() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    let kinds = [
        None,
        Some("application/json"),
        Some("application/json; charset=UTF-8"),
        Some("text/plain; charset=utf-8"),
        Some(FORM),
    ];
    for kind in kinds {
        for id in [format!("\"{media}\""), media.clone()] {
            let text = format!("described as {kind:?} {id}").replace('"', "'");
            let body = format!(
                r#"{{"media_id":{id},"alt_text":{{"text":"{text}"}},"CustomQueryParameters":[],"FormattedCustomQueryParameters":""}}"#
            );
            let answer = test.signed(&test.alice, Call::post(METADATA, kind, body)).await;
            assert_eq!(answer.line(), "200 {}", "{kind:?} {id}");
            let id = birdhouse_domain::MediaId::parse(&media).unwrap();
            let stored = test.app.store.media(id).await.unwrap().unwrap();
            assert_eq!(stored.alt_text.unwrap(), text);
        }
    }
    let form = test.form(METADATA, &[("media_id", &media), ("alt_text[text]", "by form")]).await;
    assert_eq!(form.status, 200);
}

#[tokio::test]
async fn r17_update_takes_its_parameters_from_anywhere() {
    let test = TestApp::start().await;
    let calls = [
        Call::form(UPDATE, &[("status", "in the body")]),
        Call::post("/1.1/statuses/update.json?status=in%20the%20query%21", None, ""),
        Call::post("/1.1/statuses/update.json?status=with+a+type", Some("application/json"), ""),
        Call::form("/1.1/statuses/update.json?trim_user=true", &[("status", "in both")]),
    ];
    for call in calls {
        let path = call.path;
        assert_eq!(test.signed(&test.alice, call).await.status, 200, "{path}");
    }
    let get = Call { content_type: Some("application/json;charset=utf8"), ..Call::get(VERIFY) };
    assert_eq!(test.signed(&test.alice, get).await.status, 200);
}

#[tokio::test]
async fn r18_switches_are_read_in_every_spelling_and_unknown_parameters_ignored() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    let id = test.form(UPDATE, &[("media_ids", &media), ("nonsense", "1")]).await.json();
    let id = id["id_str"].as_str().unwrap();
    for (value, is_on) in
        [("true", true), ("True", true), ("t", true), ("1", true), ("False", false), ("0", false)]
    {
        let path = format!(
            "/1.1/statuses/show.json?id={id}&include_ext_alt_text={value}&tweet_mode=compat"
        );
        let item = test.get(&path).await.json()["extended_entities"]["media"][0].clone();
        assert_eq!(item.get("ext_alt_text").is_some(), is_on, "{value}");
    }
}

#[tokio::test]
async fn r19_categories_are_read_in_every_spelling_and_media_type_is_not_believed() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    for category in ["tweet_image", "TweetImage", "TWEET_IMAGE", "DmImage"] {
        assert_eq!(test.init(bytes.len(), "image/png", Some(category)).await.status, 202);
    }
    for kind in ["application/octet-stream", "video/mp4", "video/mov"] {
        let media = test.init(bytes.len(), kind, None).await.media_id();
        test.append(&media, "0", &bytes).await;
        let answer = test.finalize(&media).await;
        assert_eq!(answer.json()["image"]["image_type"], "image/png", "{kind}");
    }
}

#[tokio::test]
async fn r20_a_last_empty_segment_does_no_harm() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let media = test.init(bytes.len(), "image/png", None).await.media_id();
    test.append(&media, "0", &bytes).await;
    let last = test.append(&media, "1", b"").await;
    assert_eq!(last.status, 204, "{}", last.line());
    assert_eq!(test.finalize(&media).await.status, 201);
}

#[tokio::test]
async fn r21_tweets_are_read_and_removed_in_every_way() {
    let test = TestApp::start().await;
    let id =
        test.form(UPDATE, &[("status", "one")]).await.json()["id_str"].as_str().unwrap().to_owned();
    for path in [
        "/1.1/statuses/show.json?id=ID",
        "/1.1/statuses/show/ID.json",
        "/1.1/statuses/show/ID",
        "/1.1/statuses/show?id=ID",
    ] {
        assert_eq!(test.get(&path.replace("ID", &id)).await.json()["id_str"], json!(id), "{path}");
    }
    for path in [
        "/1.1/statuses/lookup.json?id=ID,5",
        "/1.1/statuses/user_timeline.json",
        "/1.1/statuses/home_timeline.json?count=5",
        "/1.1/statuses/user_timeline.json?screen_name=ALICE",
    ] {
        let all = test.get(&path.replace("ID", &id)).await.json();
        assert_eq!((all.as_array().unwrap().len(), &all[0]["id_str"]), (1, &json!(id)), "{path}");
    }
    assert_eq!(
        test.form("/1.1/statuses/lookup.json", &[("id", &id)]).await.json()[0]["id_str"],
        json!(id)
    );
    let map = test.get(&format!("/1.1/statuses/lookup.json?id={id},5&map=true")).await.json();
    assert_eq!((map["id"][&id]["text"].as_str(), &map["id"]["5"]), (Some("one"), &json!(null)));
    assert_eq!(
        test.form("/1.1/statuses/destroy.json", &[("id", &id)]).await.json()["id_str"],
        json!(id)
    );
    let who = test.get(VERIFY).await.json();
    assert_eq!(
        (who["screen_name"].as_str(), who["suspended"].as_bool()),
        (Some("alice"), Some(false))
    );
}

#[tokio::test]
async fn r22_r23_r25_r26_statuses_and_bodies_are_as_clients_test_them() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let init = test.init(bytes.len(), "image/png", None).await;
    let media = init.media_id();
    let append = test.append(&media, "0", &bytes).await;
    let finalize = test.finalize(&media).await;
    let status = test.status(&media).await;
    let metadata = test.describe(&media, "x").await;
    let tweet = test.form(UPDATE, &[("media_ids", &media)]).await;
    let all = [&init, &append, &finalize, &status, &metadata, &tweet];
    assert_eq!(all.map(|answer| answer.status), [202, 204, 201, 200, 200, 200]);
    assert!(append.body.is_empty());
    for answer in [&init, &finalize, &status] {
        let body = answer.json();
        assert!(body["media_id"].is_i64() && body["media_id_string"].is_string());
    }
    for answer in [&init, &finalize, &status, &metadata, &tweet] {
        assert!(answer.header("content-type").starts_with("application/json"));
        let body = answer.json();
        assert!(body.get("errors").is_none() && body.get("error").is_none());
    }
}

#[tokio::test]
async fn r24_processing_info_is_there_whenever_a_client_waits_for_it() {
    let test = TestApp::start().await;
    let gif = crate::support::gif(2);
    let media = test.chunked(&gif, "image/gif", Some("TweetGif")).await;
    let pending = test.status(&media).await.json();
    assert_eq!(pending["processing_info"], json!({"state": "pending", "check_after_secs": 1}));
    test.run_jobs().await;
    let done = test.status(&media).await.json();
    assert_eq!(done["processing_info"], json!({"state": "succeeded", "progress_percent": 100}));
}

#[tokio::test]
async fn r27_a_tweet_is_complete_for_typed_clients() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    let tweet = test
        .form(UPDATE, &[("status", "#tag $ABC @bob https://example.com"), ("media_ids", &media)])
        .await
        .json();
    for key in ["hashtags", "symbols", "urls", "user_mentions", "media"] {
        assert_eq!(tweet["entities"][key].as_array().unwrap().len(), 1, "{key}");
    }
    assert!(tweet["source"].as_str().unwrap().starts_with("<a href=\""));
    let user = [
        "profile_background_color",
        "profile_link_color",
        "profile_sidebar_border_color",
        "profile_sidebar_fill_color",
        "profile_text_color",
        "profile_use_background_image",
        "default_profile",
        "default_profile_image",
        "geo_enabled",
        "is_translator",
        "contributors_enabled",
        "followers_count",
        "friends_count",
        "listed_count",
        "favourites_count",
        "statuses_count",
        "verified",
        "protected",
        "created_at",
    ];
    for key in user {
        assert!(!tweet["user"][key].is_null(), "{key}");
    }
    for size in ["thumb", "small", "medium", "large"] {
        assert!(tweet["entities"]["media"][0]["sizes"][size]["resize"].is_string());
    }
}

#[tokio::test]
async fn r28_rate_limits_are_plain_integers_and_refuse_with_88() {
    let test = TestApp::start_with(|layer| {
        layer.rate_figures = Some([("statuses_show".to_owned(), 2)].into());
    })
    .await;
    let show = "/1.1/statuses/show.json?id=1";
    for left in ["1", "0"] {
        let answer = test.get(show).await;
        assert_eq!((answer.status, answer.header("x-rate-limit-remaining")), (404, left));
    }
    let refused = test.get(show).await;
    assert_eq!(refused.line(), r#"429 {"errors":[{"code":88,"message":"Rate limit exceeded"}]}"#);
    assert_eq!(refused.header("x-rate-limit-reset"), "1767226500");
    let told = test.get("/1.1/application/rate_limit_status.json?resources=statuses").await.json();
    let show = &told["resources"]["statuses"]["/statuses/show/:id"];
    assert_eq!(*show, json!({"limit": 2, "remaining": 0, "reset": 1_767_226_500}));
    assert!(told["resources"].get("media").is_none());
    test.app.clock.advance(900_000);
    assert_eq!(test.get("/1.1/statuses/show.json?id=1").await.status, 404);
}

//! Responses compared with recordings of the real service: keys, their order, bytes.

use crate::support::{METADATA, TestApp, UPDATE, png};

/// Replaces ids, which differ from run to run.
fn mask_ids(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() >= 18 { "ID" } else { &digits });
        digits.clear();
        if c != '\0' {
            out.push(c);
        }
    }
    out
}

#[tokio::test]
async fn upload_responses_are_as_recorded() {
    let test = TestApp::start().await;
    let simple = test.post_multipart("/1.1/media/upload.json", &[("media", &png(8, 6))]).await;
    let size = png(8, 6).len();
    assert_eq!(
        mask_ids(&simple.line()),
        format!(
            r#"200 {{"media_id":ID,"media_id_string":"ID","size":{size},"expires_after_secs":86400,"image":{{"image_type":"image\/png","w":8,"h":6}}}}"#
        )
    );
    let init = test.init(size, "image/png", None).await;
    let expected = r#"202 {"media_id":ID,"media_id_string":"ID","expires_after_secs":86400}"#;
    assert_eq!(mask_ids(&init.line()), expected);
    let with_category = test.init(size, "video/mp4", Some("TweetVideo")).await;
    let expected = r#"202 {"media_id":ID,"media_id_string":"ID","media_key":"7_ID","expires_after_secs":86400}"#;
    assert_eq!(mask_ids(&with_category.line()), expected);
    let media = init.media_id();
    let append = test.append(&media, "0", &png(8, 6)).await;
    assert_eq!(append.line(), "204 ");
    assert_eq!(append.header("x-mediaid"), media);
    assert_eq!((append.header("x-segmentcount"), append.header("x-totalbytes")), ("0", "0"));
    assert_eq!(append.header("content-type"), "text/html;charset=utf-8");
    let expected = format!(
        r#"201 {{"media_id":ID,"media_id_string":"ID","size":{size},"expires_after_secs":86400,"image":{{"image_type":"image\/png","w":8,"h":6}}}}"#
    );
    assert_eq!(mask_ids(&test.finalize(&media).await.line()), expected);
}

#[tokio::test]
async fn headers_are_as_recorded() {
    let test = TestApp::start().await;
    let response = test.post_multipart("/1.1/media/upload.json", &[("media", &png(8, 6))]).await;
    let expected = [
        ("content-type", "application/json;charset=utf-8"),
        ("content-disposition", "attachment; filename=json.json"),
        ("status", "200 OK"),
        ("x-access-level", "read-write"),
        ("x-rate-limit-limit", "415"),
        ("x-rate-limit-remaining", "414"),
        // 60-minute windows on the upload host.
        ("x-rate-limit-reset", "1767229200"),
        ("expires", "Tue, 31 Mar 1981 05:00:00 GMT"),
        ("vary", "Origin"),
    ];
    for (name, value) in expected {
        assert_eq!(response.header(name), value, "{name}");
    }
}

/// The example of the real documentation, with its comments, for this media.
fn documented_example(media: &str) -> String {
    format!(
        "{{\n  \"media_id\":\"{media}\",\n  // image alt text metadata\n  \"alt_text\": {{\n    \
         \"text\":\"dancing cat\" // Must be <= 1000 chars\n  }}\n}}"
    )
}

#[tokio::test]
async fn the_documented_example_is_accepted_with_its_comments() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let response = test.post_json(METADATA, &documented_example(&media)).await;
    assert_eq!(response.line(), "200 {}");
    let tweet =
        test.post_form(UPDATE, &[("media_ids", &media), ("include_ext_alt_text", "true")]).await;
    assert_eq!(tweet.json()["extended_entities"]["media"][0]["ext_alt_text"], "dancing cat");
}

#[tokio::test]
async fn strict_responses_are_as_recorded() {
    let test = TestApp::start_strict().await;
    assert!(test.is_strict());
    let media = test.upload_image().await;
    let with_comment = test.post_json(METADATA, &documented_example(&media)).await;
    let refused =
        r#"400 {"request":"\/1.1\/media\/metadata\/create.json","error":"Invalid json payload."}"#;
    assert_eq!(with_comment.line(), refused);
    let plain = test.describe(&media, "dancing cat").await;
    assert_eq!(plain.line(), "200 ");
    assert_eq!(plain.header("content-length"), "0");
    assert_eq!(plain.header("content-type"), "text/html;charset=utf-8");
    let form = [("media_id", &*media), ("alt_text[text]", "x")];
    assert_eq!(test.post_form(METADATA, &form).await.line(), refused);
    let not_found = r#"404 {"errors":[{"code":34,"message":"Sorry, that page does not exist"}]}"#;
    assert_eq!(test.upload_status(&media).await.line(), not_found);
}

#[tokio::test]
async fn a_tweet_has_the_recorded_keys_in_their_order() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    test.describe(&media, "caf\u{e9}").await;
    let response = test
        .post_form(
            UPDATE,
            &[
                ("status", "hi <w\u{f6}rld> & \u{1F426}"),
                ("media_ids", &media),
                ("include_ext_alt_text", "true"),
                ("trim_user", "1"),
            ],
        )
        .await;
    let text = response.text();
    assert!(
        text.contains(r#""text":"hi &lt;w\u00f6rld&gt; &amp; \ud83d\udc26 https:\/\/t.co\/"#),
        "{text}"
    );
    let tweet = response.json();
    let keys: Vec<&str> = tweet.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys.join(" "),
        "created_at id id_str text truncated entities extended_entities source \
         in_reply_to_status_id in_reply_to_status_id_str in_reply_to_user_id \
         in_reply_to_user_id_str in_reply_to_screen_name user geo coordinates place contributors \
         is_quote_status retweet_count favorite_count favorited retweeted possibly_sensitive lang"
    );
    assert_eq!(tweet["created_at"], "Thu Jan 01 00:00:00 +0000 2026");
    let item = &tweet["extended_entities"]["media"][0];
    let keys: Vec<&str> = item.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys.join(" "),
        "id id_str indices media_url media_url_https url display_url expanded_url type sizes \
         ext_alt_text"
    );
    assert_eq!(item["ext_alt_text"], "caf\u{e9}");
    assert!(tweet["entities"]["media"][0].get("ext_alt_text").is_none());
    // Code points: "hi &lt;wörld&gt; &amp; 🐦 " has 25.
    let start = text_before_link(tweet["text"].as_str().unwrap());
    assert_eq!(item["indices"], serde_json::json!([start, start + 23]));
}

fn text_before_link(text: &str) -> usize {
    text.split("https://t.co/").next().unwrap().chars().count()
}

#[tokio::test]
async fn extended_mode_and_boolean_parameters_change_the_tweet() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let id = test.post_form(UPDATE, &[("status", "words"), ("media_ids", &media)]).await.json();
    let id = id["id_str"].as_str().unwrap();
    let show = format!("/1.1/statuses/show/{id}.json");
    let plain = test.get(&show).await.json();
    assert!(plain["extended_entities"]["media"][0].get("ext_alt_text").is_none());
    let extended =
        test.get(&format!("{show}?include_ext_alt_text=True&tweet_mode=extended")).await.json();
    assert!(extended["extended_entities"]["media"][0]["ext_alt_text"].is_null());
    assert!(extended.get("text").is_none());
    assert_eq!(extended["display_text_range"], serde_json::json!([0, 5]));
    let bare = test.get(&format!("{show}?include_entities=false")).await.json();
    assert!(bare.get("entities").is_none());
    let destroyed = test.post_form(&format!("/1.1/statuses/destroy/{id}.json"), &[]).await;
    assert_eq!(destroyed.json()["id_str"], id);
    assert_eq!(
        test.get(&show).await.line(),
        r#"404 {"errors":[{"code":144,"message":"No status found with that ID."}]}"#
    );
}

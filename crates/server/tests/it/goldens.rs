//! Bodies of answers against the recorded shapes: key by key, in order, byte for byte.

use crate::support::{METADATA, TestApp, UPDATE, png};

/// Replaces what differs from run to run: ids, links and keys.
fn masked(text: &str) -> String {
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
async fn uploads_answer_as_recorded() {
    let test = TestApp::start().await;
    let simple = test.multipart("/1.1/media/upload.json", &[("media", &png(8, 6))]).await;
    let size = png(8, 6).len();
    assert_eq!(
        masked(&simple.line()),
        format!(
            r#"200 {{"media_id":ID,"media_id_string":"ID","size":{size},"expires_after_secs":86400,"image":{{"image_type":"image\/png","w":8,"h":6}}}}"#
        )
    );
    let init = test.init(size, "image/png", None).await;
    let expected = r#"202 {"media_id":ID,"media_id_string":"ID","expires_after_secs":86400}"#;
    assert_eq!(masked(&init.line()), expected);
    let with_category = test.init(size, "video/mp4", Some("TweetVideo")).await;
    let expected = r#"202 {"media_id":ID,"media_id_string":"ID","media_key":"7_ID","expires_after_secs":86400}"#;
    assert_eq!(masked(&with_category.line()), expected);
    let media = init.media_id();
    let append = test.append(&media, "0", &png(8, 6)).await;
    assert_eq!(append.line(), "204 ");
    assert_eq!(append.header("x-mediaid"), media);
    assert_eq!((append.header("x-segmentcount"), append.header("x-totalbytes")), ("0", "0"));
    assert_eq!(append.header("content-type"), "text/html;charset=utf-8");
    let expected = format!(
        r#"201 {{"media_id":ID,"media_id_string":"ID","size":{size},"expires_after_secs":86400,"image":{{"image_type":"image\/png","w":8,"h":6}}}}"#
    );
    assert_eq!(masked(&test.finalize(&media).await.line()), expected);
}

#[tokio::test]
async fn headers_are_the_recorded_ones() {
    let test = TestApp::start().await;
    let answer = test.multipart("/1.1/media/upload.json", &[("media", &png(8, 6))]).await;
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
        assert_eq!(answer.header(name), value, "{name}");
    }
}

/// The documented example, comment and all, verbatim but for the media.
fn documented(media: &str) -> String {
    format!(
        "{{\n  \"media_id\":\"{media}\",\n  // image alt text metadata\n  \"alt_text\": {{\n    \
         \"text\":\"dancing cat\" // Must be <= 1000 chars\n  }}\n}}"
    )
}

#[tokio::test]
async fn the_documented_example_is_taken_as_it_is_printed() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    let answer = test.json(METADATA, &documented(&media)).await;
    assert_eq!(answer.line(), "200 {}");
    let tweet = test.form(UPDATE, &[("media_ids", &media), ("include_ext_alt_text", "true")]).await;
    assert_eq!(tweet.json()["extended_entities"]["media"][0]["ext_alt_text"], "dancing cat");
}

#[tokio::test]
async fn strict_answers_as_recorded_unkindness_included() {
    let test = TestApp::strict().await;
    assert!(test.is_strict());
    let media = test.picture().await;
    let with_comment = test.json(METADATA, &documented(&media)).await;
    let refused =
        r#"400 {"request":"\/1.1\/media\/metadata\/create.json","error":"Invalid json payload."}"#;
    assert_eq!(with_comment.line(), refused);
    let plain = test.describe(&media, "dancing cat").await;
    assert_eq!(plain.line(), "200 ");
    assert_eq!(plain.header("content-length"), "0");
    assert_eq!(plain.header("content-type"), "text/html;charset=utf-8");
    let form = [("media_id", &*media), ("alt_text[text]", "x")];
    assert_eq!(test.form(METADATA, &form).await.line(), refused);
    let page = r#"404 {"errors":[{"code":34,"message":"Sorry, that page does not exist"}]}"#;
    assert_eq!(test.status(&media).await.line(), page);
}

#[tokio::test]
async fn a_tweet_has_the_recorded_keys_in_their_order() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    test.describe(&media, "caf\u{e9}").await;
    let answer = test
        .form(
            UPDATE,
            &[
                ("status", "hi <w\u{f6}rld> & \u{1F426}"),
                ("media_ids", &media),
                ("include_ext_alt_text", "true"),
                ("trim_user", "1"),
            ],
        )
        .await;
    let text = answer.text();
    assert!(
        text.contains(r#""text":"hi &lt;w\u00f6rld&gt; &amp; \ud83d\udc26 https:\/\/t.co\/"#),
        "{text}"
    );
    let tweet = answer.json();
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
async fn extended_mode_and_the_switches_change_what_they_should() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    let id = test.form(UPDATE, &[("status", "words"), ("media_ids", &media)]).await.json();
    let id = id["id_str"].as_str().unwrap();
    let show = format!("/1.1/statuses/show/{id}.json");
    let plain = test.get(&show).await.json();
    assert!(plain["extended_entities"]["media"][0].get("ext_alt_text").is_none());
    let asked =
        test.get(&format!("{show}?include_ext_alt_text=True&tweet_mode=extended")).await.json();
    assert!(asked["extended_entities"]["media"][0]["ext_alt_text"].is_null());
    assert!(asked.get("text").is_none());
    assert_eq!(asked["display_text_range"], serde_json::json!([0, 5]));
    let bare = test.get(&format!("{show}?include_entities=false")).await.json();
    assert!(bare.get("entities").is_none());
    let destroyed = test.form(&format!("/1.1/statuses/destroy/{id}.json"), &[]).await;
    assert_eq!(destroyed.json()["id_str"], id);
    assert_eq!(
        test.get(&show).await.line(),
        r#"404 {"errors":[{"code":144,"message":"No status found with that ID."}]}"#
    );
}

//! Uploads by v2, in every encoding that clients send.

use crate::support::{Call, TestApp, gif, png};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const UPLOAD: &str = "/2/media/upload";
const INITIALIZE: &str = "/2/media/upload/initialize";

async fn initialize(test: &TestApp, body: Value) -> String {
    let response = test.post_json(INITIALIZE, &body.to_string()).await;
    assert_eq!(response.status, 200, "{}", response.line());
    let data = response.json()["data"].clone();
    assert!(data["expires_after_secs"].as_i64() == Some(86_400), "{data}");
    data["id"].as_str().unwrap().to_owned()
}

async fn append(test: &TestApp, id: &str, parts: &[(&str, &[u8])]) -> Value {
    let response = test.post_multipart(&format!("{UPLOAD}/{id}/append"), parts).await;
    assert_eq!(response.status, 200, "{}", response.line());
    response.json()
}

async fn finalize(test: &TestApp, id: &str) -> Value {
    let path = format!("{UPLOAD}/{id}/finalize");
    let response = test.send_signed(&test.alice, Call::post(&path, None, "")).await;
    assert_eq!(response.status, 200, "{}", response.line());
    response.json()["data"].clone()
}

#[tokio::test]
async fn an_image_is_uploaded_in_one_request_in_every_encoding() {
    let test = TestApp::start().await;
    let bytes = png(8, 6);
    let text = STANDARD.encode(&bytes);
    let escaped = text.replace('/', "\\/");
    let calls = [
        Call::multipart(UPLOAD, &[("media", &bytes), ("media_category", b"tweet_image")]),
        Call::multipart(UPLOAD, &[("media_category", b"tweet_image"), ("media", &bytes)]),
        Call::json(UPLOAD, &json!({"media": text, "media_category": "tweet_image"}).to_string()),
        Call::json(UPLOAD, &format!("{{\"media_category\":\"tweet_image\",\"media\":\"{escaped}\"}}")),
        Call::json(UPLOAD, &json!({"media": text, "media_category": "tweet_image", "media_type": "image/png", "shared": false, "additional_owners": ["7"]}).to_string()),
        Call::json(UPLOAD, &json!({"media": text, "media_category": "tweet_image", "additional_owners": "7,8"}).to_string()),
        Call::form(UPLOAD, &[("media", &text), ("media_category", "tweet_image")]),
        // The category defaults to an image.
        Call::multipart(UPLOAD, &[("media", &bytes)]),
    ];
    for call in calls {
        let kind = call.content_type;
        let response = test.send_signed(&test.alice, call).await;
        let data = &response.json()["data"];
        let id = data["id"].as_str().unwrap_or_else(|| panic!("{kind:?}: {}", response.line()));
        assert_eq!(
            data,
            &json!({
                "id": id, "media_key": format!("3_{id}"), "size": bytes.len(),
                "expires_after_secs": 86_400,
                "image": {"image_type": "image/png", "w": 8, "h": 6},
            })
        );
    }
}

#[tokio::test]
async fn segments_may_be_sent_in_any_order_and_encoding() {
    let test = TestApp::start().await;
    let bytes = png(60, 40);
    let third = bytes.len() / 3;
    let id = initialize(&test, json!({"media_type": "image/png", "total_bytes": bytes.len(), "media_category": "tweet_image"})).await;
    // The last segment first, and its bytes before its index.
    append(&test, &id, &[("media", &bytes[2 * third..]), ("segment_index", b"2")]).await;
    let body = json!({"media": STANDARD.encode(&bytes[third..2 * third]), "segment_index": "1"});
    let path = format!("{UPLOAD}/{id}/append");
    let response = test.post_json(&path, &body.to_string()).await;
    assert_eq!(response.json()["data"]["expires_at"], json!(test.app.now().seconds() + 86_400));
    append(&test, &id, &[("segment_index", b"0"), ("media", b"to be replaced")]).await;
    append(&test, &id, &[("segment_index", b"0"), ("media", &bytes[..third])]).await;
    let done = finalize(&test, &id).await;
    assert_eq!((&done["size"], &done["image"]["w"]), (&json!(bytes.len()), &json!(60)));
    assert!(done.get("processing_info").is_none(), "{done}");
    assert_eq!(finalize(&test, &id).await, done, "finalize is idempotent");
    let late = test.post_multipart(&path, &[("segment_index", b"3"), ("media", b"x")]).await;
    assert_eq!(late.json()["errors"][0]["message"], "The upload is already finalized.");
}

#[tokio::test]
async fn initialize_needs_no_parameters() {
    let test = TestApp::start().await;
    let bytes = png(30, 20);
    let id = initialize(&test, json!({})).await;
    append(&test, &id, &[("media", &bytes)]).await;
    let done = finalize(&test, &id).await;
    assert_eq!((&done["size"], &done["image"]["w"]), (&json!(bytes.len()), &json!(30)));
    let posted =
        test.post_json("/2/tweets", &json!({"media": {"media_ids": [id]}}).to_string()).await;
    assert_eq!(posted.status, 201, "{}", posted.line());

    let empty = initialize(&test, json!({"media_category": null, "additional_owners": null})).await;
    let path = format!("{UPLOAD}/{empty}/finalize");
    let refused = test.send_signed(&test.alice, Call::post(&path, None, "")).await;
    assert_eq!(refused.json()["errors"][0]["message"], "$.media: is missing but it is required");
}

#[tokio::test]
async fn upload_commands_of_early_2025_are_accepted_in_query_form_and_parts() {
    for strict in [false, true] {
        let test = if strict { TestApp::start_strict().await } else { TestApp::start().await };
        let bytes = png(20, 10);
        let size = bytes.len().to_string();
        let query = format!(
            "{UPLOAD}?command=INIT&media_type=image/png&media_category=tweet_image&total_bytes={size}"
        );
        let pairs = [
            ("command", "INIT"),
            ("media_type", "image/png"),
            ("total_bytes", &*size),
            ("media_category", "tweet_image"),
        ];
        let parts = pairs.map(|(name, value)| (name, value.as_bytes()));
        let calls = [
            Call::post(&query, None, ""),
            Call::form(UPLOAD, &pairs),
            Call::multipart(UPLOAD, &parts),
        ];
        for call in calls {
            let initialized = test.send_signed(&test.alice, call).await;
            assert_eq!(
                initialized.status,
                if strict { 202 } else { 200 },
                "{}",
                initialized.line()
            );
            let id = initialized.json()["data"]["id"].as_str().unwrap().to_owned();
            let query = format!("{UPLOAD}?command=APPEND&media_id={id}&segment_index=0");
            let appended = test.post_multipart(&query, &[("media", &bytes)]).await;
            assert_eq!(
                (appended.status, appended.body.is_empty()),
                if strict { (204, true) } else { (200, false) }
            );
            let done = test.post_form(UPLOAD, &[("command", "FINALIZE"), ("media_id", &id)]).await;
            assert_eq!(done.json()["data"]["id"], json!(id), "{}", done.line());
        }
        let wrong = test.post_form(UPLOAD, &[("command", "EXPLODE")]).await;
        assert_eq!(wrong.status, 400, "{}", wrong.line());
    }
}

#[tokio::test]
async fn a_gif_is_processed_and_status_reports_it() {
    let test = TestApp::start().await;
    let bytes = gif(3);
    let response =
        test.post_multipart(UPLOAD, &[("media", &bytes), ("media_category", b"tweet_gif")]).await;
    let data = response.json()["data"].clone();
    let id = data["id"].as_str().unwrap_or_else(|| panic!("{}", response.line())).to_owned();
    assert_eq!(data["processing_info"], json!({"state": "pending", "check_after_secs": 1}));
    assert_eq!(data["media_key"], json!(format!("16_{id}")));
    let early = json!({"text": "too early", "media": {"media_ids": [id]}}).to_string();
    let refused = test.post_json("/2/tweets", &early).await;
    assert_eq!(refused.json()["errors"][0]["message"], "Your media IDs are invalid.");
    assert!(refused.json()["detail"].as_str().unwrap().contains("still being processed"));
    test.run_jobs().await;
    let status = test.get(&format!("{UPLOAD}?command=STATUS&media_id={id}")).await.json();
    assert_eq!(
        status["data"]["processing_info"],
        json!({"state": "succeeded", "progress_percent": 100})
    );
    assert_eq!(test.post_json("/2/tweets", &early).await.status, 201);
}

#[tokio::test]
async fn status_of_an_image_succeeds_unless_strict() {
    let lenient = TestApp::start().await;
    let media = lenient.upload_image().await;
    let status = lenient.get(&format!("{UPLOAD}?media_id={media}")).await.json();
    assert_eq!(status["data"]["processing_info"]["state"], "succeeded");
    let strict = TestApp::start_strict().await;
    let media = strict.upload_image().await;
    let response = strict.get(&format!("{UPLOAD}?media_id={media}")).await;
    assert_eq!(response.status, 400);
    assert_eq!(
        response.json(),
        json!({
            "errors": [{"parameters": {}, "message": "BadRequest: Not found"}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.x.com/2/problems/invalid-request",
        })
    );
}

#[tokio::test]
async fn too_large_bodies_are_refused_with_413() {
    let test = TestApp::start().await;
    let id = initialize(&test, json!({"total_bytes": 10, "media_type": "image/png"})).await;
    let path = format!("{UPLOAD}/{id}/append");
    let long = vec![0; 5 * 1024 * 1024 + 1];
    let response = test.post_multipart(&path, &[("segment_index", b"0"), ("media", &long)]).await;
    assert_eq!(
        (response.status, &response.json()["errors"][0]["message"]),
        (413, &json!("Segment size exceeds 5242880 bytes."))
    );
    let text = STANDARD.encode(&long);
    let response =
        test.post_json(&path, &json!({"segment_index": 0, "media": text}).to_string()).await;
    assert_eq!(response.status, 413, "{}", response.line());
    let whole = json!({"media_category": "tweet_image", "media": text}).to_string();
    assert_eq!(test.post_json(UPLOAD, &whole).await.status, 413);
    let strict = TestApp::start_strict().await;
    let response = strict.post_json(UPLOAD, &whole).await;
    assert_eq!((response.status, response.body.len()), (413, 0), "recorded: no body");
}

#[tokio::test]
async fn subtitles_are_linked_by_both_spellings() {
    let test = TestApp::start().await;
    let srt = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n";
    let mut ids = Vec::new();
    for _ in 0..2 {
        let response =
            test.post_multipart(UPLOAD, &[("media", srt), ("media_category", b"subtitles")]).await;
        assert_eq!(response.status, 200, "{}", response.line());
        ids.push(response.json()["data"]["id"].as_str().unwrap().to_owned());
    }
    let video = crate::videos::upload_video(&test).await;
    let body = json!({"id": video, "media_category": "TweetVideo", "subtitles": {"id": ids[0], "language_code": "EN", "display_name": "English"}});
    let linked = test.post_json("/2/media/subtitles", &body.to_string()).await;
    assert_eq!(
        linked.json(),
        json!({"data": {"id": video, "media_category": "TweetVideo", "associated_subtitles": [
            {"id": ids[0], "language_code": "EN", "display_name": "English"}]}})
    );
    let old = json!({"media_id": video, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"media_id": ids[1], "language_code": "de", "display_name": "Deutsch"}]}});
    assert_eq!(test.post_json("/2/media/subtitles/create", &old.to_string()).await.status, 200);
    let delete = |body: Value| Call {
        method: "DELETE",
        ..Call::json("/2/media/subtitles", &body.to_string())
    };
    let deleted = test
        .send_signed(
            &test.alice,
            delete(json!({"id": video, "media_category": "TweetVideo", "language_code": "EN"})),
        )
        .await;
    assert_eq!(deleted.json(), json!({"data": {"deleted": true}}));
    let again = test
        .send_signed(
            &test.alice,
            delete(json!({"id": video, "media_category": "TweetVideo", "language_code": "EN"})),
        )
        .await;
    assert_eq!(again.status, 400, "{}", again.line());
    assert_eq!(test.post_json("/2/media/subtitles/delete", &old.to_string()).await.status, 200);
}

#[tokio::test]
async fn a_refused_upload_leaves_no_blobs() {
    let test = TestApp::start().await;
    let zeros = vec![0; 300_000];
    let parts: [(&str, &[u8]); 2] = [("media", &zeros), ("media_category", b"tweet_video")];
    let refused = test.post_multipart(UPLOAD, &parts).await;
    assert_eq!(refused.status, 400, "{}", refused.line());
    test.app.clock.advance(1);
    test.sweep().await;
    assert_eq!(test.blob_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn without_a_category_the_kind_is_detected() {
    let test = TestApp::start().await;
    let video = crate::videos::small_video();
    let response = test.post_multipart(UPLOAD, &[("media", &video)]).await;
    assert_eq!(response.json()["data"]["video"]["video_type"], "video/mp4", "{}", response.line());
}

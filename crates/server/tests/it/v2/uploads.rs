//! Uploads by v2: every form that clients of any age send.

use crate::support::{Call, TestApp, gif, png};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const WHOLE: &str = "/2/media/upload";
const INITIALIZE: &str = "/2/media/upload/initialize";

async fn initialize(test: &TestApp, body: Value) -> String {
    let answer = test.json(INITIALIZE, &body.to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.line());
    let data = answer.json()["data"].clone();
    assert!(data["expires_after_secs"].as_i64() == Some(86_400), "{data}");
    data["id"].as_str().unwrap().to_owned()
}

async fn append(test: &TestApp, id: &str, parts: &[(&str, &[u8])]) -> Value {
    let answer = test.multipart(&format!("{WHOLE}/{id}/append"), parts).await;
    assert_eq!(answer.status, 200, "{}", answer.line());
    answer.json()
}

async fn finalize(test: &TestApp, id: &str) -> Value {
    let path = format!("{WHOLE}/{id}/finalize");
    let answer = test.signed(&test.alice, Call::post(&path, None, "")).await;
    assert_eq!(answer.status, 200, "{}", answer.line());
    answer.json()["data"].clone()
}

#[tokio::test]
async fn a_picture_comes_in_one_request_in_every_form() {
    let test = TestApp::start().await;
    let bytes = png(8, 6);
    let text = STANDARD.encode(&bytes);
    let escaped = text.replace('/', "\\/");
    let calls = [
        Call::multipart(WHOLE, &[("media", &bytes), ("media_category", b"tweet_image")]),
        Call::multipart(WHOLE, &[("media_category", b"tweet_image"), ("media", &bytes)]),
        Call::json(WHOLE, &json!({"media": text, "media_category": "tweet_image"}).to_string()),
        Call::json(WHOLE, &format!("{{\"media_category\":\"tweet_image\",\"media\":\"{escaped}\"}}")),
        Call::json(WHOLE, &json!({"media": text, "media_category": "tweet_image", "media_type": "image/png", "shared": false, "additional_owners": ["7"]}).to_string()),
        Call::json(WHOLE, &json!({"media": text, "media_category": "tweet_image", "additional_owners": "7,8"}).to_string()),
        Call::form(WHOLE, &[("media", &text), ("media_category", "tweet_image")]),
        // Without a category a picture is assumed.
        Call::multipart(WHOLE, &[("media", &bytes)]),
    ];
    for call in calls {
        let kind = call.content_type;
        let answer = test.signed(&test.alice, call).await;
        let data = &answer.json()["data"];
        let id = data["id"].as_str().unwrap_or_else(|| panic!("{kind:?}: {}", answer.line()));
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
async fn segments_come_in_any_order_and_form() {
    let test = TestApp::start().await;
    let bytes = png(60, 40);
    let third = bytes.len() / 3;
    let id = initialize(&test, json!({"media_type": "image/png", "total_bytes": bytes.len(), "media_category": "tweet_image"})).await;
    // The last first, the file before its number.
    append(&test, &id, &[("media", &bytes[2 * third..]), ("segment_index", b"2")]).await;
    let body = json!({"media": STANDARD.encode(&bytes[third..2 * third]), "segment_index": "1"});
    let path = format!("{WHOLE}/{id}/append");
    let answer = test.json(&path, &body.to_string()).await;
    assert_eq!(answer.json()["data"]["expires_at"], json!(test.app.now().seconds() + 86_400));
    append(&test, &id, &[("segment_index", b"0"), ("media", b"to be replaced")]).await;
    append(&test, &id, &[("segment_index", b"0"), ("media", &bytes[..third])]).await;
    let done = finalize(&test, &id).await;
    assert_eq!((&done["size"], &done["image"]["w"]), (&json!(bytes.len()), &json!(60)));
    assert!(done.get("processing_info").is_none(), "{done}");
    assert_eq!(finalize(&test, &id).await, done, "the first answer again");
    let late = test.multipart(&path, &[("segment_index", b"3"), ("media", b"x")]).await;
    assert_eq!(late.json()["errors"][0]["message"], "The upload is already finalized.");
}

#[tokio::test]
async fn an_upload_may_say_nothing_of_itself() {
    let test = TestApp::start().await;
    let bytes = png(30, 20);
    let id = initialize(&test, json!({})).await;
    append(&test, &id, &[("media", &bytes)]).await;
    let done = finalize(&test, &id).await;
    assert_eq!((&done["size"], &done["image"]["w"]), (&json!(bytes.len()), &json!(30)));
    let posted = test.json("/2/tweets", &json!({"media": {"media_ids": [id]}}).to_string()).await;
    assert_eq!(posted.status, 201, "{}", posted.line());

    let nothing =
        initialize(&test, json!({"media_category": null, "additional_owners": null})).await;
    let path = format!("{WHOLE}/{nothing}/finalize");
    let refused = test.signed(&test.alice, Call::post(&path, None, "")).await;
    assert_eq!(refused.json()["errors"][0]["message"], "$.media: is missing but it is required");
}

#[tokio::test]
async fn the_command_form_of_early_2025_works_in_query_form_and_parts() {
    for strict in [false, true] {
        let test = if strict { TestApp::strict().await } else { TestApp::start().await };
        let bytes = png(20, 10);
        let size = bytes.len().to_string();
        let query = format!(
            "{WHOLE}?command=INIT&media_type=image/png&media_category=tweet_image&total_bytes={size}"
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
            Call::form(WHOLE, &pairs),
            Call::multipart(WHOLE, &parts),
        ];
        for call in calls {
            let begun = test.signed(&test.alice, call).await;
            assert_eq!(begun.status, if strict { 202 } else { 200 }, "{}", begun.line());
            let id = begun.json()["data"]["id"].as_str().unwrap().to_owned();
            let query = format!("{WHOLE}?command=APPEND&media_id={id}&segment_index=0");
            let kept = test.multipart(&query, &[("media", &bytes)]).await;
            assert_eq!(
                (kept.status, kept.body.is_empty()),
                if strict { (204, true) } else { (200, false) }
            );
            let done = test.form(WHOLE, &[("command", "FINALIZE"), ("media_id", &id)]).await;
            assert_eq!(done.json()["data"]["id"], json!(id), "{}", done.line());
        }
        let wrong = test.form(WHOLE, &[("command", "EXPLODE")]).await;
        assert_eq!(wrong.status, 400, "{}", wrong.line());
    }
}

#[tokio::test]
async fn a_gif_is_processed_and_status_counts() {
    let test = TestApp::start().await;
    let bytes = gif(3);
    let answer =
        test.multipart(WHOLE, &[("media", &bytes), ("media_category", b"tweet_gif")]).await;
    let data = answer.json()["data"].clone();
    let id = data["id"].as_str().unwrap_or_else(|| panic!("{}", answer.line())).to_owned();
    assert_eq!(data["processing_info"], json!({"state": "pending", "check_after_secs": 1}));
    assert_eq!(data["media_key"], json!(format!("16_{id}")));
    let early = json!({"text": "too early", "media": {"media_ids": [id]}}).to_string();
    let refused = test.json("/2/tweets", &early).await;
    assert_eq!(refused.json()["errors"][0]["message"], "Your media IDs are invalid.");
    assert!(refused.json()["detail"].as_str().unwrap().contains("still being processed"));
    test.run_jobs().await;
    let status = test.get(&format!("{WHOLE}?command=STATUS&media_id={id}")).await.json();
    assert_eq!(
        status["data"]["processing_info"],
        json!({"state": "succeeded", "progress_percent": 100})
    );
    assert_eq!(test.json("/2/tweets", &early).await.status, 201);
}

#[tokio::test]
async fn status_of_a_picture_is_kind_or_as_recorded() {
    let kind = TestApp::start().await;
    let media = kind.picture().await;
    let told = kind.get(&format!("{WHOLE}?media_id={media}")).await.json();
    assert_eq!(told["data"]["processing_info"]["state"], "succeeded");
    let strict = TestApp::strict().await;
    let media = strict.picture().await;
    let answer = strict.get(&format!("{WHOLE}?media_id={media}")).await;
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.json(),
        json!({
            "errors": [{"parameters": {}, "message": "BadRequest: Not found"}],
            "title": "Invalid Request",
            "detail": "One or more parameters to your request was invalid.",
            "type": "https://api.x.com/2/problems/invalid-request",
        })
    );
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_413() {
    let test = TestApp::start().await;
    let id = initialize(&test, json!({"total_bytes": 10, "media_type": "image/png"})).await;
    let path = format!("{WHOLE}/{id}/append");
    let long = vec![0; 5 * 1024 * 1024 + 1];
    let answer = test.multipart(&path, &[("segment_index", b"0"), ("media", &long)]).await;
    assert_eq!(
        (answer.status, &answer.json()["errors"][0]["message"]),
        (413, &json!("Segment size exceeds 5242880 bytes."))
    );
    let text = STANDARD.encode(&long);
    let answer = test.json(&path, &json!({"segment_index": 0, "media": text}).to_string()).await;
    assert_eq!(answer.status, 413, "{}", answer.line());
    let whole = json!({"media_category": "tweet_image", "media": text}).to_string();
    assert_eq!(test.json(WHOLE, &whole).await.status, 413);
    let strict = TestApp::strict().await;
    let answer = strict.json(WHOLE, &whole).await;
    assert_eq!((answer.status, answer.body.len()), (413, 0), "recorded: no body");
}

#[tokio::test]
async fn subtitles_are_linked_by_both_spellings() {
    let test = TestApp::start().await;
    let srt = b"1\n00:00:00,000 --> 00:00:01,000\nHello\n";
    let mut ids = Vec::new();
    for _ in 0..2 {
        let answer =
            test.multipart(WHOLE, &[("media", srt), ("media_category", b"subtitles")]).await;
        assert_eq!(answer.status, 200, "{}", answer.line());
        ids.push(answer.json()["data"]["id"].as_str().unwrap().to_owned());
    }
    let film = crate::videos::film(&test).await;
    let body = json!({"id": film, "media_category": "TweetVideo", "subtitles": {"id": ids[0], "language_code": "EN", "display_name": "English"}});
    let linked = test.json("/2/media/subtitles", &body.to_string()).await;
    assert_eq!(
        linked.json(),
        json!({"data": {"id": film, "media_category": "TweetVideo", "associated_subtitles": [
            {"id": ids[0], "language_code": "EN", "display_name": "English"}]}})
    );
    let old = json!({"media_id": film, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"media_id": ids[1], "language_code": "de", "display_name": "Deutsch"}]}});
    assert_eq!(test.json("/2/media/subtitles/create", &old.to_string()).await.status, 200);
    let delete = |body: Value| Call {
        method: "DELETE",
        ..Call::json("/2/media/subtitles", &body.to_string())
    };
    let gone = test
        .signed(
            &test.alice,
            delete(json!({"id": film, "media_category": "TweetVideo", "language_code": "EN"})),
        )
        .await;
    assert_eq!(gone.json(), json!({"data": {"deleted": true}}));
    let again = test
        .signed(
            &test.alice,
            delete(json!({"id": film, "media_category": "TweetVideo", "language_code": "EN"})),
        )
        .await;
    assert_eq!(again.status, 400, "{}", again.line());
    assert_eq!(test.json("/2/media/subtitles/delete", &old.to_string()).await.status, 200);
}

#[tokio::test]
async fn what_is_refused_in_one_request_leaves_nothing() {
    let test = TestApp::start().await;
    let zeros = vec![0; 300_000];
    let parts: [(&str, &[u8]); 2] = [("media", &zeros), ("media_category", b"tweet_video")];
    let refused = test.multipart(WHOLE, &parts).await;
    assert_eq!(refused.status, 400, "{}", refused.line());
    test.app.clock.advance(1);
    test.sweep().await;
    assert_eq!(test.blob_files(), Vec::<std::path::PathBuf>::new());
}

#[tokio::test]
async fn without_a_category_the_bytes_decide() {
    let test = TestApp::start().await;
    let film = crate::videos::small_film();
    let answer = test.multipart(WHOLE, &[("media", &film)]).await;
    assert_eq!(answer.json()["data"]["video"]["video_type"], "video/mp4", "{}", answer.line());
}

//! Behavior of v1.1 uploads, their processing and delivery.

use crate::support::{Call, TestApp, UPDATE, UPLOAD, gif, png};
use birdhouse_catalog::jobs::{NewJob, NewLease};
use birdhouse_catalog::media::{CompletedUpload, MediaFacts};
use birdhouse_core::config::LimitsLayer;
use birdhouse_domain::media::Media;
use birdhouse_domain::media_limits::{UNFINISHED_UPLOADS_MAX, UNPROCESSED_VIDEOS_MAX};
use birdhouse_domain::{AppId, JobKind, Kind, MediaId, StoredBlob, UserId};
use serde_json::json;
use std::process::Command;

fn encode_video(arguments: &[&str]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("video.mp4");
    let status = Command::new("ffmpeg")
        .args(["-v", "error", "-f", "lavfi", "-i"])
        .args(arguments)
        .arg(&path)
        .status()
        .unwrap();
    assert!(status.success());
    std::fs::read(path).unwrap()
}

/// Ids of the user and the app that upload.
async fn alice(test: &TestApp) -> (UserId, AppId) {
    let user = test.catalog.user_by_name("alice").await.unwrap().unwrap();
    (user.id, test.catalog.app_by_name(&test.alice.app).await.unwrap().unwrap().id)
}

#[tokio::test]
async fn segments_may_be_sent_in_any_order_in_parallel_and_repeatedly() {
    let test = TestApp::start().await;
    let bytes = png(60, 60);
    let media = test.init(bytes.len(), "image/png", Some("tweet_image")).await.media_id();
    let pieces: Vec<&[u8]> = bytes.chunks(bytes.len() / 5 + 1).collect();
    let names: Vec<String> = (0..pieces.len()).map(|n| n.to_string()).collect();
    let sends =
        names.iter().zip(&pieces).rev().map(|(name, piece)| test.append(&media, name, piece));
    for response in futures_util::future::join_all(sends).await {
        assert_eq!(response.status, 204);
    }
    assert_eq!(test.append(&media, "2", pieces[2]).await.status, 204);
    assert_eq!(
        test.finalize(&media).await.json()["image"],
        json!({"image_type": "image/png", "w": 60, "h": 60})
    );
}

#[tokio::test]
async fn a_segment_sent_several_times_at_once_counts_once() {
    let test = TestApp::start().await;
    let bytes = png(60, 60);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    for _ in 0..10 {
        let media = test.init(bytes.len(), "image/png", Some("tweet_image")).await.media_id();
        let sends = (0..3).map(|_| test.append(&media, "0", first));
        for response in futures_util::future::join_all(sends).await {
            assert_eq!(response.status, 204, "{}", response.line());
        }
        let last = test.append(&media, "1", second).await;
        assert_eq!(last.status, 204, "{}", last.line());
        assert_eq!(test.finalize(&media).await.status, 201);
    }
}

#[tokio::test]
async fn a_tweet_is_deleted_while_another_with_its_image_is_posted() {
    let test = TestApp::start().await;
    for round in 0..10 {
        let (media, tweet) = test.post_image_tweet(&format!("old {round}")).await;
        let path = format!("/1.1/statuses/destroy/{tweet}.json");
        let text = format!("new {round}");
        let form = [("status", &*text), ("media_ids", &*media)];
        let (deleted, posted) =
            tokio::join!(test.post_form(&path, &[]), test.post_form(UPDATE, &form));
        assert_eq!(deleted.status, 200, "{}", deleted.line());
        assert_eq!(posted.status, 200, "{}", posted.line());
    }
}

#[tokio::test]
async fn finalize_is_idempotent_and_ends_the_upload() {
    let test = TestApp::start().await;
    let bytes = gif(3);
    let media = test.upload_chunked(&bytes, "image/gif", Some("tweet_gif")).await;
    let again = test.finalize(&media).await;
    assert_eq!(again.json()["processing_info"], json!({"state": "pending", "check_after_secs": 1}));
    test.run_jobs().await;
    assert_eq!(test.finalize(&media).await.line(), again.line());
    let late = test.append(&media, "0", &bytes).await;
    assert_eq!(
        late.line(),
        r#"400 {"request":"\/1.1\/media\/upload.json","error":"The upload is already finalized."}"#
    );
}

#[tokio::test]
async fn append_refuses_more_than_was_announced_and_keeps_what_was_there() {
    let test = TestApp::start().await;
    let bytes = png(60, 60);
    let media = test.init(bytes.len(), "image/png", None).await.media_id();
    let (first, rest) = bytes.split_at(bytes.len() / 2);
    assert_eq!(test.append(&media, "0", first).await.status, 204);
    let refused = test.append(&media, "1", &bytes).await;
    assert_eq!(
        refused.line(),
        format!(
            r#"400 {{"request":"\/1.1\/media\/upload.json","error":"Segments do not add up to provided total file size. With this segment there are more than {} bytes."}}"#,
            bytes.len()
        )
    );
    // A segment that replaces another counts once.
    for _ in 0..3 {
        assert_eq!(test.append(&media, "1", rest).await.status, 204);
    }
    assert_eq!(test.finalize(&media).await.status, 201);
}

#[tokio::test]
async fn unfinished_uploads_of_a_user_are_bounded_together() {
    let test = TestApp::start_with(|layer| {
        let limits = LimitsLayer { unfinished_bytes: Some(15_000), ..LimitsLayer::default() };
        layer.limits = Some(limits);
    })
    .await;
    let [one, other] = [
        test.init(10_000, "video/mp4", None).await.media_id(),
        test.init(10_000, "video/mp4", None).await.media_id(),
    ];
    assert_eq!(test.append(&one, "0", &[1; 10_000]).await.status, 204);
    let refused = test.append(&other, "0", &[1; 10_000]).await;
    assert_eq!(refused.status, 403, "{}", refused.line());
    assert!(refused.text().contains("More than 15000 bytes of yours"), "{}", refused.line());
    // What is sent again stays on the disk for a while, too.
    let again = test.append(&one, "0", &[2; 10_000]).await;
    assert_eq!(again.status, 403, "{}", again.line());
    // What has expired does not count, even while it is not deleted yet.
    test.app.clock.advance(25 * 3_600_000);
    let new = test.init(10_000, "video/mp4", None).await.media_id();
    assert_eq!(test.append(&new, "0", &[1; 10_000]).await.status, 204);
}

#[tokio::test]
async fn unfinished_uploads_of_a_user_are_bounded_in_number() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let (owner, app) = alice(&test).await;
    for n in 0..UNFINISHED_UPLOADS_MAX {
        let media = Media {
            expires_at: Some(test.app.now().plus(86_400_000)),
            ..Media::new(MediaId(1 + n), owner, format!("k{n}"), test.app.now())
        };
        assert!(test.catalog.add_media(&media, app, &[]).await.unwrap());
    }
    let refused = test.init(10, "image/png", None).await;
    assert_eq!(refused.status, 403, "{}", refused.line());
    assert!(refused.text().contains("1000 uploads of yours are not finalized"));
    let init = [("command", "INIT"), ("media_type", "image/png"), ("total_bytes", "10")];
    let other = test.send_signed(&bob, Call::form(UPLOAD, &init)).await;
    assert_eq!(other.status, 202, "{}", other.line());
    // An image at once leaves nothing unfinished.
    test.upload_image().await;
    // Those that have expired do not count, even while they are not deleted yet.
    test.app.clock.advance(25 * 3_600_000);
    test.init(10, "image/png", None).await.media_id();
}

#[tokio::test]
async fn finalize_refuses_a_video_while_too_many_wait() {
    let test = TestApp::start().await;
    let bytes = gif(3);
    let waiting = test.init(bytes.len(), "image/gif", Some("tweet_gif")).await.media_id();
    assert_eq!(test.append(&waiting, "0", &bytes).await.status, 204);
    let (owner, app) = alice(&test).await;
    for n in 0..UNPROCESSED_VIDEOS_MAX {
        let media = Media {
            is_async: true,
            ..Media::new(MediaId(1 + n), owner, format!("k{n}"), test.app.now())
        };
        let upload = CompletedUpload {
            facts: MediaFacts { kind: Some(Kind::Video), ..MediaFacts::default() },
            blob: StoredBlob {
                name: format!("00/{n}"),
                hash: [u8::try_from(n).unwrap(); 32],
                bytes: 1,
            },
            job: Some(NewJob { id: 1 + n, kind: JobKind::ProcessVideo, at: test.app.now() }),
            history_ids: vec![1 + n],
            app,
        };
        assert!(test.catalog.add_completed(&media, &upload, &[]).await.unwrap());
    }
    let refused = test.finalize(&waiting).await;
    assert_eq!(refused.status, 429, "{}", refused.line());
    assert!(refused.text().contains("100 videos of yours wait to be processed"));
    assert_eq!(refused.header("retry-after"), "60");
    let parts: [(&str, &[u8]); 2] = [("media_category", b"tweet_gif"), ("media", &bytes)];
    let at_once = test.post_multipart("/2/media/upload", &parts).await;
    assert_eq!(at_once.status, 429, "{}", at_once.line());
    test.upload_chunked(&png(61, 61), "image/png", Some("tweet_image")).await;
    // It can be finalized once one of them is done.
    let lease = NewLease { owner: 1, until: test.app.now().plus(1000) };
    let job = test.catalog.take_job(JobKind::ProcessVideo, test.app.now(), lease, UserId(0)).await;
    assert!(test.catalog.finish_job(&job.unwrap().unwrap()).await.unwrap());
    assert_eq!(test.finalize(&waiting).await.status, 201);
}

#[tokio::test]
async fn one_finalize_joins_the_segments_and_the_others_wait_for_it() {
    let test = TestApp::start().await;
    let bytes = png(60, 60);
    let media = test.init(bytes.len(), "image/png", None).await.media_id();
    assert_eq!(test.append(&media, "0", &bytes).await.status, 204);
    let all = futures_util::future::join_all((0..8).map(|_| test.finalize(&media))).await;
    assert!(all.iter().all(|response| response.status == 201), "{:?}", all[0].line());
    // The segment, and one original.
    assert_eq!(test.blob_files().len(), 2);
}

#[tokio::test]
async fn finalize_names_the_missing_segment() {
    let test = TestApp::start().await;
    let media = test.init(10, "image/png", None).await.media_id();
    test.append(&media, "0", b"12345").await;
    test.append(&media, "2", b"67890").await;
    let refused = test.finalize(&media).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["error"],
        "Segments do not add up to provided total file size. Announced 10 bytes, received 10. \
         Segment 1 is missing."
    );
}

#[tokio::test]
async fn a_video_can_be_tweeted_once_it_is_processed() {
    let test = TestApp::start().await;
    let video = encode_video(&["testsrc=duration=2:size=128x72:rate=25", "-pix_fmt", "yuv420p"]);
    let media = test.upload_chunked(&video, "video/mp4", Some("tweet_video")).await;
    assert_eq!(test.upload_status(&media).await.json()["processing_info"]["state"], "pending");
    let early = test.post_form(UPDATE, &[("media_ids", &media)]).await;
    assert_eq!((early.status, &early.json()["errors"][0]["code"]), (400, &json!(324)));
    test.run_jobs().await;
    let done = test.upload_status(&media).await.json();
    assert_eq!(done["processing_info"], json!({"state": "succeeded", "progress_percent": 100}));
    assert_eq!(done["video"], json!({"video_type": "video/mp4"}));
    let tweet = test.post_form(UPDATE, &[("media_ids", &media)]).await.json();
    let info = &tweet["extended_entities"]["media"][0]["video_info"];
    assert_eq!((&info["aspect_ratio"], &info["duration_millis"]), (&json!([16, 9]), &json!(2000)));
    assert_eq!(test.describe(&media, "a video").await.status, 400);
}

#[tokio::test]
async fn a_refused_video_has_the_reason_in_its_status() {
    let test = TestApp::start().await;
    let cases = [
        (encode_video(&["testsrc=duration=2:size=128x72:rate=25", "-c:v", "mpeg4"]), 1, "h264"),
        (
            encode_video(&["testsrc=duration=0.2:size=128x72:rate=25", "-pix_fmt", "yuv420p"]),
            3,
            "500",
        ),
        (
            encode_video(&["testsrc=duration=1:size=640x64:rate=25", "-pix_fmt", "yuv420p"]),
            3,
            "640:64",
        ),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom and no more".to_vec(), 1, "file is invalid"),
    ];
    for (bytes, code, word) in cases {
        let media = test.upload_chunked(&bytes, "video/mp4", Some("tweet_video")).await;
        test.run_jobs().await;
        let status = test.upload_status(&media).await.json();
        assert_eq!(status["processing_info"]["state"], "failed");
        let error = &status["processing_info"]["error"];
        assert_eq!(error["code"], json!(code), "{error}");
        assert!(error["message"].as_str().unwrap().contains(word), "{error}");
        assert!(status.get("expires_after_secs").is_none());
    }
}

#[tokio::test]
async fn a_video_without_category_is_processed_by_finalize() {
    let test = TestApp::start().await;
    let video = encode_video(&["testsrc=duration=1:size=128x72:rate=25", "-pix_fmt", "yuv420p"]);
    let media = test.init(video.len(), "video/mp4", None).await.media_id();
    test.append(&media, "0", &video).await;
    let response = test.finalize(&media).await.json();
    assert_eq!(response["video"], json!({"video_type": "video/mp4"}));
    assert!(response.get("processing_info").is_none() && response.get("media_key").is_none());
}

#[tokio::test]
async fn another_users_media_cannot_be_read_or_changed() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let bytes = png(8, 8);
    let media = test.init(bytes.len(), "image/png", None).await.media_id();
    let ready = test.upload_image().await;
    let parts: [(&str, &[u8]); 4] = [
        ("command", b"APPEND"),
        ("media_id", media.as_bytes()),
        ("segment_index", b"0"),
        ("media", &bytes),
    ];
    let status = format!("{UPLOAD}?command=STATUS&media_id={ready}");
    let metadata = format!(r#"{{"media_id":"{ready}","alt_text":{{"text":"mine"}}}}"#);
    let calls = [
        Call::multipart(UPLOAD, &parts),
        Call::form(UPLOAD, &[("command", "FINALIZE"), ("media_id", &media)]),
        Call::get(&status),
        Call::json("/1.1/media/metadata/create.json", &metadata),
    ];
    for call in calls {
        let unknown = "The media was not found: unknown, expired or another user's.";
        let response = test.send_signed(&bob, call).await;
        assert_eq!((response.status, &response.json()["error"]), (404, &json!(unknown)));
    }
    let tweet = test.send_signed(&bob, Call::form(UPDATE, &[("media_ids", &ready)])).await;
    assert_eq!(tweet.json()["errors"][0]["code"], 324);
}

#[tokio::test]
async fn an_additional_owner_may_attach_but_not_describe() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let parts: [(&str, &[u8]); 2] =
        [("additional_owners", bob.user_id.as_bytes()), ("media", &png(8, 8))];
    let media = test.post_multipart(UPLOAD, &parts).await.media_id();
    let metadata = format!(r#"{{"media_id":"{media}","alt_text":{{"text":"mine"}}}}"#);
    let describe = Call::json("/1.1/media/metadata/create.json", &metadata);
    assert_eq!(test.send_signed(&bob, describe).await.status, 404);
    let titled = format!(r#"{{"text":"x","media":{{"media_ids":["{media}"],"title":"mine"}}}}"#);
    assert_eq!(test.send_signed(&bob, Call::json("/2/tweets", &titled)).await.status, 400);
    let tweet = test.send_signed(&bob, Call::form(UPDATE, &[("media_ids", &media)])).await;
    assert_eq!(tweet.status, 200);
}

#[tokio::test]
async fn the_original_is_delivered_to_its_owner_and_once_tweeted_to_all() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let key = test.catalog.media(MediaId::parse(&media).unwrap()).await;
    let path = format!("/media/{}.png", key.unwrap().unwrap().public_key);
    let get_unsigned = |path: String| async {
        let request = axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap();
        test.send(request).await
    };
    assert_eq!(get_unsigned(path.clone()).await.status, 404);
    assert_eq!(test.get(&path).await.body, png(8, 6));
    let tweet = test.post_form(UPDATE, &[("media_ids", &media)]).await.json();
    let url = tweet["entities"]["media"][0]["media_url_https"].as_str().unwrap();
    assert!(url.ends_with(&path), "{url}");
    let delivered = get_unsigned(path.clone()).await;
    assert_eq!(delivered.body, png(8, 6));
    assert_eq!(delivered.header("content-type"), "image/png");
    assert_eq!(delivered.header("x-content-type-options"), "nosniff");
    assert_eq!(delivered.header("content-security-policy"), "default-src 'none'; sandbox");
    let ranged = axum::http::Request::get(&path).header("range", "bytes=1-3");
    let ranged = test.send(ranged.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((ranged.status, &*ranged.body), (206, &png(8, 6)[1..4]));
    for wrong in ["/media/..%2f..%2fsecret.key", "/media/nothing.png", "/media/"] {
        assert_eq!(get_unsigned(wrong.to_owned()).await.status, 404, "{wrong}");
    }
}

#[tokio::test]
async fn every_change_of_alt_text_is_in_its_history() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    for text in ["first", "second", "third"] {
        assert_eq!(test.describe(&media, text).await.status, 200);
    }
    let id = MediaId::parse(&media).unwrap();
    let history = test.catalog.alt_text_history(id).await.unwrap();
    let texts: Vec<&str> = history.iter().map(|change| change.alt_text.as_str()).collect();
    assert_eq!(texts, ["first", "second", "third"]);
    let stored = test.catalog.media(id).await.unwrap().unwrap();
    assert_eq!(stored.alt_text.as_deref(), Some("third"));
}

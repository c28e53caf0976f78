//! What `doctor --repair` does about lost and damaged files of videos.

use crate::support::{TestApp, UPDATE, UPLOAD, png};
use crate::videos::{small_video, upload_video};
use axum::body::Body;
use axum::http::Request;
use birdhouse_catalog::derived::LostVariants;
use birdhouse_catalog::variants::Variant;
use birdhouse_core::actions::reconcile::{ReconcileOptions, Report, reconcile};
use birdhouse_core::actions::videos::{self, MAIN, POSTER};
use birdhouse_domain::MediaId;
use serde_json::json;
use std::fs;
use std::time::Duration;

const HLS: &str = "application/x-mpegURL";

async fn repair(test: &TestApp) -> Report {
    let options =
        ReconcileOptions { verify: true, repair: true, orphan_age: Duration::from_mins(1) };
    reconcile(&test.app, options, |_| {}).await.unwrap()
}

async fn video(test: &TestApp) -> MediaId {
    MediaId(upload_video(test).await.parse().unwrap())
}

/// Name and content type of each variant that is there with its file.
async fn names(test: &TestApp, id: MediaId) -> Vec<(String, String)> {
    let all = test.catalog.variants(id).await.unwrap();
    let is_there = |v: &Variant| test.app.config.blob_dir.join(&v.blob).exists();
    let mut names: Vec<_> = all.into_iter().filter(is_there).map(|v| (v.name, v.mime)).collect();
    names.sort();
    names
}

async fn variant(test: &TestApp, id: MediaId, name: &str, mime: &str) -> Variant {
    let all = test.catalog.variants(id).await.unwrap();
    all.into_iter().find(|v| v.name == name && v.mime == mime).unwrap()
}

#[tokio::test]
async fn whatever_is_lost_of_a_video_all_of_it_is_derived_again() {
    let test = TestApp::start().await;
    let id = video(&test).await;
    let whole = names(&test, id).await;
    assert!(whole.iter().any(|(_, mime)| mime == HLS));
    for (name, mime) in &whole {
        let lost = variant(&test, id, name, mime).await.blob;
        fs::remove_file(test.app.config.blob_dir.join(&lost)).unwrap();
        assert_eq!(repair(&test).await.mismatched, 1, "{name} {mime}");
        test.run_jobs().await;
        assert_eq!(names(&test, id).await, whole, "{name} {mime} was lost");
        assert!(repair(&test).await.is_clean());
    }
}

#[tokio::test]
async fn parts_of_a_file_that_was_derived_again_are_not_joined_with_those_of_before() {
    let test = TestApp::start().await;
    let video = upload_video(&test).await;
    let image = test.post_multipart(UPLOAD, &[("media", &png(900, 700))]).await.media_id();
    test.run_jobs().await;
    for (media, path, name, mime) in [
        (&video, "tweet_video/{}.mp4", MAIN, "video/mp4"),
        (&video, "ext_tw_video_thumb/1/pu/img/{}.jpg?name=orig", POSTER, "image/jpeg"),
        (&image, "{}.png?name=small", "small", "image/png"),
    ] {
        let posted = test.post_form(UPDATE, &[("status", name), ("media_ids", media)]).await;
        assert_eq!(posted.status, 200, "{}", posted.line());
        let id = MediaId(media.parse().unwrap());
        let key = test.catalog.media(id).await.unwrap().unwrap().public_key;
        let path = format!("/media/{}", path.replace("{}", &key));
        let get = async |if_range: &str| {
            let request = Request::get(&path).header("range", "bytes=5-");
            test.send(request.header("if-range", if_range).body(Body::empty()).unwrap()).await
        };
        let whole = get("\"none\"").await;
        let (tag, blob) = (whole.header("etag"), variant(&test, id, name, mime).await.blob);
        assert_eq!((whole.status, get(tag).await.status), (200, 206), "{path}");
        fs::remove_file(test.app.config.blob_dir.join(&blob)).unwrap();
        assert_eq!(repair(&test).await.mismatched, 1);
        test.run_jobs().await;
        // Delivery caches its lookups for a second.
        test.app.clock.advance(1000);
        assert_eq!(get(tag).await.status, 200, "{path}: {tag}");
    }
}

#[tokio::test]
async fn subtitles_are_never_deleted_by_a_repair() {
    let test = TestApp::start().await;
    let media = upload_video(&test).await;
    let id = MediaId(media.parse().unwrap());
    let srt = b"1\n00:00:00,100 --> 00:00:00,900\nA bird & a house\n";
    let subtitles = test.upload_chunked(srt, "text/plain", Some("Subtitles")).await;
    let body = json!({
        "media_id": media,
        "media_category": "TweetVideo",
        "subtitle_info": {"subtitles": [
            {"media_id": subtitles, "language_code": "EN", "display_name": "English"}
        ]},
    });
    let linked = test.post_json("/1.1/media/subtitles/create.json", &body.to_string()).await;
    assert_eq!(linked.status, 200, "{}", linked.line());
    let linked = variant(&test, id, "en", "text/vtt").await;
    let poster = variant(&test, id, POSTER, "image/jpeg").await;
    for blob in [&linked.blob, &poster.blob] {
        fs::remove_file(test.app.config.blob_dir.join(blob)).unwrap();
    }
    let report = repair(&test).await;
    let lost = report.mismatches.iter().find(|one| one.blob == linked.blob).unwrap();
    assert_eq!((lost.subtitles, lost.derived), (1, 0));
    assert_eq!(variant(&test, id, "en", "text/vtt").await, linked);
    // The same bytes, uploaded again, repair it.
    test.upload_chunked(srt, "text/plain", Some("Subtitles")).await;
    test.run_jobs().await;
    assert!(repair(&test).await.is_clean());
}

#[tokio::test]
async fn what_is_left_of_a_video_without_its_original_is_kept() {
    let test = TestApp::start().await;
    let id = video(&test).await;
    let original = test.catalog.media(id).await.unwrap().unwrap().blob;
    let poster = variant(&test, id, POSTER, "image/jpeg").await.blob;
    for blob in [&original, &poster] {
        fs::remove_file(test.app.config.blob_dir.join(blob)).unwrap();
    }
    let before = names(&test, id).await;
    repair(&test).await;
    assert_eq!(names(&test, id).await, before);
}

#[tokio::test]
async fn a_video_that_lost_only_its_poster_or_its_main_rendition_is_published_again() {
    let test = TestApp::start().await;
    let id = video(&test).await;
    let whole = names(&test, id).await;
    for (name, mime) in [(POSTER, "image/jpeg"), (MAIN, "video/mp4")] {
        let blob = variant(&test, id, name, mime).await.blob;
        let lost = LostVariants { media: id, blob: Some(&blob), job: None };
        assert!(test.catalog.delete_derived(lost).await.unwrap());
        assert!(videos::ensure_published(&test.app, id).await.unwrap().is_none());
        assert_eq!(names(&test, id).await, whole, "{name}");
    }
    test.sweep().await;
    assert_eq!(names(&test, id).await, whole);
}

#[tokio::test]
async fn variants_that_could_not_be_added_are_deleted() {
    let test = TestApp::start().await;
    let id = video(&test).await;
    test.sweep().await;
    let before = test.blob_files().len();
    let media = test.catalog.media(id).await.unwrap().unwrap();
    let again = videos::publish(&test.app, &media, &|_| Box::pin(async { true })).await;
    assert!(test.blob_files().len() > before);
    // There are some of these names.
    videos::add(&test.app, id, again.unwrap().unwrap().variants, None).await.unwrap_err();
    test.sweep().await;
    assert_eq!(test.blob_files().len(), before);
}

#[tokio::test]
async fn a_damaged_original_is_moved_aside_as_often_as_it_is_damaged() {
    let test = TestApp::start().await;
    let video = small_video();
    let media = test.upload_chunked(&video, "video/mp4", Some("tweet_video")).await;
    let id = MediaId(media.parse().unwrap());
    let blob = test.catalog.media(id).await.unwrap().unwrap().blob;
    let path = test.app.config.blob_dir.join(&blob);
    let whole = fs::read(&path).unwrap();
    let mut places = Vec::new();
    for byte in [1, 2] {
        fs::write(&path, vec![byte; whole.len()]).unwrap();
        let report = repair(&test).await;
        places.push(report.mismatches[0].moved_to.clone().unwrap());
        assert!(!path.exists());
        fs::write(&path, &whole).unwrap();
        assert!(repair(&test).await.is_clean());
    }
    let kept: Vec<u8> = places.iter().map(|path| fs::read(path).unwrap()[0]).collect();
    assert_eq!(kept, [1, 2]);
}

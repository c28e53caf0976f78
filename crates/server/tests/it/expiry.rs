//! Unattached media expire, with their bytes.

use crate::support::{GRACE_MS, TestApp, UPDATE, png};
use birdhouse_domain::MediaId;

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn unattached_media_and_stale_uploads_are_deleted_after_a_day_with_their_bytes() {
    let test = TestApp::start().await;
    let unattached = test.upload_image().await;
    let attached = test.upload_image().await;
    assert_eq!(test.post_form(UPDATE, &[("media_ids", &attached)]).await.status, 200);
    let stale = test.init(10, "image/png", None).await.media_id();
    assert_eq!(test.append(&stale, "0", b"12345").await.status, 204);
    // Both images share one blob; the other blob is the segment.
    test.sweep().await;
    assert_eq!(test.blob_files().len(), 2);

    test.app.clock.advance(DAY_MS - 2 * GRACE_MS - 1000);
    test.sweep().await;
    assert_eq!(test.blob_files().len(), 2);
    assert_eq!(test.describe(&unattached, "still here").await.status, 200);

    test.app.clock.advance(GRACE_MS + 2000);
    // Expired media are not found even before they are swept.
    assert_eq!(test.describe(&unattached, "too late").await.status, 404);
    test.sweep().await;
    assert_eq!(test.blob_files().len(), 1);
    assert_eq!(test.append(&stale, "1", b"67890").await.status, 404);
    assert_eq!(test.describe(&attached, "a Tweet shows it").await.status, 200);
}

#[tokio::test]
async fn media_of_a_deleted_tweet_are_deleted_a_day_later_unless_another_has_them() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let first = test.post_form(UPDATE, &[("status", "one"), ("media_ids", &media)]).await;
    let second = test.post_form(UPDATE, &[("status", "two"), ("media_ids", &media)]).await;
    for (tweet, remaining) in [(first, 1), (second, 0)] {
        let id = tweet.json()["id_str"].as_str().unwrap().to_owned();
        assert_eq!(
            test.post_form(&format!("/1.1/statuses/destroy/{id}.json"), &[]).await.status,
            200
        );
        test.app.clock.advance(DAY_MS + 1000);
        test.sweep().await;
        assert_eq!(test.blob_files().len(), remaining);
    }
}

#[tokio::test]
async fn replaced_and_joined_segments_are_deleted() {
    let test = TestApp::start().await;
    let bytes = png(20, 20);
    let media = test.init(bytes.len(), "image/png", None).await.media_id();
    let (head, tail) = bytes.split_at(50);
    for (index, piece) in [("0", &b"wrong"[..]), ("1", tail), ("0", head)] {
        assert_eq!(test.append(&media, index, piece).await.status, 204);
    }
    assert_eq!(test.finalize(&media).await.status, 201);
    test.sweep().await;
    assert_eq!(test.blob_files().len(), 1);
}

#[tokio::test]
async fn while_the_clock_is_ahead_only_what_has_expired_by_the_time_that_passed_is_deleted() {
    const HOUR_MS: i64 = 3_600_000;
    let test = TestApp::start().await;
    let id = |media: String| MediaId::parse(&media).unwrap();
    let old = id(test.upload_image().await);
    test.app.clock.advance(23 * HOUR_MS);
    let young = id(test.upload_image().await);
    test.sweep().await;
    test.app.clock.step(3 * DAY_MS);
    test.sweep().await;
    assert!(test.catalog.media(old).await.unwrap().is_some());
    // Replaced segments are garbage, which does not wait until the clock is believed.
    let upload = test.init(10, "image/png", None).await.media_id();
    for bytes in [b"12345", b"67890"] {
        assert_eq!(test.append(&upload, "0", bytes).await.status, 204);
    }
    test.app.clock.advance(HOUR_MS / 2);
    test.sweep().await;
    assert!(test.catalog.media(old).await.unwrap().is_none());
    assert!(test.catalog.media(young).await.unwrap().is_some());
    assert_eq!(test.blob_files().len(), 2);
    // Once it was ahead for an hour it is believed.
    test.app.clock.advance(HOUR_MS / 2);
    test.sweep().await;
    assert!(test.catalog.media(young).await.unwrap().is_none());
}

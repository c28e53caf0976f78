//! What nobody attaches vanishes, bytes too.

use crate::support::{GRACE_MS, TestApp, UPDATE, png};

const DAY_MS: i64 = 86_400_000;

#[tokio::test]
async fn unattached_media_and_stale_uploads_vanish_after_a_day_with_their_bytes() {
    let test = TestApp::start().await;
    let loose = test.picture().await;
    let kept = test.picture().await;
    assert_eq!(test.form(UPDATE, &[("media_ids", &kept)]).await.status, 200);
    let stale = test.init(10, "image/png", None).await.media_id();
    assert_eq!(test.append(&stale, "0", b"12345").await.status, 204);
    // Both pictures have the same bytes, which are kept once; the other is the segment.
    test.sweep().await;
    assert_eq!(test.blob_files().len(), 2);

    test.app.clock.advance(DAY_MS - 2 * GRACE_MS - 1000);
    test.sweep().await;
    assert_eq!(test.blob_files().len(), 2);
    assert_eq!(test.describe(&loose, "still here").await.status, 200);

    test.app.clock.advance(GRACE_MS + 2000);
    // Past its life it is gone for everyone, even before the sweeper comes.
    assert_eq!(test.describe(&loose, "too late").await.status, 404);
    test.sweep().await;
    assert_eq!(test.blob_files().len(), 1);
    assert_eq!(test.append(&stale, "1", b"67890").await.status, 404);
    assert_eq!(test.describe(&kept, "a Tweet shows it").await.status, 200);
}

#[tokio::test]
async fn media_of_a_removed_tweet_vanish_a_day_later_unless_another_shows_them() {
    let test = TestApp::start().await;
    let media = test.picture().await;
    let first = test.form(UPDATE, &[("status", "one"), ("media_ids", &media)]).await;
    let second = test.form(UPDATE, &[("status", "two"), ("media_ids", &media)]).await;
    for (tweet, left) in [(first, 1), (second, 0)] {
        let id = tweet.json()["id_str"].as_str().unwrap().to_owned();
        assert_eq!(test.form(&format!("/1.1/statuses/destroy/{id}.json"), &[]).await.status, 200);
        test.app.clock.advance(DAY_MS + 1000);
        test.sweep().await;
        assert_eq!(test.blob_files().len(), left);
    }
}

#[tokio::test]
async fn a_replaced_segment_and_joined_segments_leave_no_bytes_behind() {
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

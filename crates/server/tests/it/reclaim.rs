//! Reconciliation of catalog and blob store.

use crate::sockets::running::pause;
use crate::support::{GRACE_MS, TestApp, UPLOAD, png};
use birdhouse_core::actions::reconcile::{ReconcileOptions, Report, reconcile};
use birdhouse_core::actions::sizes;
use birdhouse_core::blobs::Difference;
use birdhouse_core::jobs::sweep_once;
use birdhouse_core::memory::shares::Holder;
use birdhouse_domain::MediaId;
use std::fs;
use std::time::Duration;

async fn compare(test: &TestApp, repair: bool) -> Report {
    let options = ReconcileOptions { verify: true, repair, orphan_age: Duration::ZERO };
    reconcile(&test.app, options, |_| {}).await.unwrap()
}

#[tokio::test]
async fn orphans_are_found_and_deleted() {
    let test = TestApp::start().await;
    test.upload_image().await;
    let stale = test.init(10, "image/png", None).await.media_id();
    test.append(&stale, "0", b"12345").await;
    assert!(compare(&test, false).await.is_clean());
    let orphan = test.app.config.blob_dir.join("05/12345");
    fs::write(&orphan, "left by a crash").unwrap();
    assert_eq!(compare(&test, false).await.orphans, 1);
    assert!(orphan.exists());
    // A recent orphan may belong to an upload that is still being recorded.
    let options =
        ReconcileOptions { verify: false, repair: true, orphan_age: Duration::from_mins(1) };
    assert_eq!(reconcile(&test.app, options, |_| {}).await.unwrap().orphans, 0);
    assert_eq!(compare(&test, true).await.orphans, 1);
    sweep_once(&test.app).await.unwrap();
    assert!(orphan.exists(), "deleted before a lost COMMIT could be known");
    test.app.clock.advance(GRACE_MS);
    sweep_once(&test.app).await.unwrap();
    assert!(!orphan.exists());
    assert!(compare(&test, false).await.is_clean());
}

#[tokio::test]
async fn damaged_originals_are_reported_and_damaged_sizes_derived_again() {
    let test = TestApp::start().await;
    let media = test.post_multipart(UPLOAD, &[("media", &png(900, 700))]).await.media_id();
    test.run_jobs().await;
    let id = MediaId(media.parse().unwrap());
    let small = async || {
        let all = test.catalog.variants(id).await.unwrap();
        all.into_iter().find(|variant| variant.name == "small")
    };
    let path = test.app.config.blob_dir.join(&small().await.unwrap().blob);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, vec![0; whole.len()]).unwrap();
    let report = compare(&test, true).await;
    assert_eq!((report.mismatched, report.mismatches[0].what), (1, Difference::Content));
    assert_eq!(small().await, None);
    let stored = test.catalog.media(id).await.unwrap().unwrap();
    let (size, mime) = (birdhouse_domain::ImageSize::Small, "image/png");
    let reader = Holder::User(stored.owner);
    sizes::serve(&test.app, &stored, (size, mime), reader).await.unwrap();
    let again = test.app.config.blob_dir.join(&small().await.unwrap().blob);
    assert_eq!(fs::read(again).unwrap(), whole);

    fs::remove_file(test.app.config.blob_dir.join(&stored.blob)).unwrap();
    let report = compare(&test, true).await;
    assert_eq!(
        (report.mismatches[0].what, &report.mismatches[0].media),
        (Difference::Missing, &vec![media])
    );
}

#[tokio::test]
async fn a_sweep_gives_way_to_requests() {
    let test = TestApp::start().await;
    let media = MediaId(test.upload_image().await.parse().unwrap());
    test.app.clock.advance(2 * 24 * 60 * 60 * 1000);
    let request = test.app.memory.permits.request([192, 0, 2, 1].into()).unwrap();
    let app = test.app.clone();
    let mut sweep = tokio::spawn(async move { sweep_once(&app).await.unwrap() });
    for _ in 0..50 {
        pause().await;
    }
    assert!(test.catalog.media(media).await.unwrap().is_some(), "deleted while a request runs");
    // However long the request takes.
    while !sweep.is_finished() {
        test.app.clock.advance(10);
        pause().await;
    }
    (&mut sweep).await.unwrap();
    assert!(test.catalog.media(media).await.unwrap().is_none());
    drop(request);
}

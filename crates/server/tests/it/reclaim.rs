//! Catalog and blob store compared, and mended.

use crate::support::{TestApp, UPLOAD, png};
use birdhouse_server::actions::reconcile::{Report, Wanted, reconcile};
use birdhouse_server::jobs::sweep_once;
use std::fs;
use std::time::Duration;

async fn look(test: &TestApp, repair: bool) -> Report {
    let wanted = Wanted { verify: true, repair, orphan_age: Duration::ZERO };
    reconcile(&test.app, wanted, |_| {}).await.unwrap()
}

#[tokio::test]
async fn files_that_nothing_names_are_found_and_removed() {
    let test = TestApp::start().await;
    test.picture().await;
    let stale = test.init(10, "image/png", None).await.media_id();
    test.append(&stale, "0", b"12345").await;
    assert!(look(&test, false).await.is_well());
    let orphan = test.app.config.blob_dir.join("05/12345");
    fs::write(&orphan, "left by a crash").unwrap();
    assert_eq!(look(&test, false).await.orphans, 1);
    assert!(orphan.exists());
    // One that is young may be an upload's whose row comes in a moment.
    let wanted = Wanted { verify: false, repair: true, orphan_age: Duration::from_mins(1) };
    assert_eq!(reconcile(&test.app, wanted, |_| {}).await.unwrap().orphans, 0);
    assert_eq!(look(&test, true).await.orphans, 1);
    sweep_once(&test.app).await.unwrap();
    assert!(!orphan.exists());
    assert!(look(&test, false).await.is_well());
}

#[tokio::test]
async fn damaged_originals_are_reported_and_damaged_sizes_made_again() {
    let test = TestApp::start().await;
    let media = test.multipart(UPLOAD, &[("media", &png(900, 700))]).await.media_id();
    test.run_jobs().await;
    let id = birdhouse_domain::MediaId(media.parse().unwrap());
    let small = async || {
        let all = test.app.store.variants(id).await.unwrap();
        all.into_iter().find(|variant| variant.name == "small")
    };
    let path = test.app.blobs.path(&small().await.unwrap().blob);
    let whole = fs::read(&path).unwrap();
    fs::write(&path, vec![0; whole.len()]).unwrap();
    let report = look(&test, true).await;
    assert_eq!((report.mismatched, report.mismatches[0].what), (1, "of other content"));
    assert_eq!(small().await, None);
    let found = test.app.store.media(id).await.unwrap().unwrap();
    let wanted = (birdhouse_domain::PictureSize::Small, "image/png");
    birdhouse_server::actions::sizes::serve(&test.app, &found, wanted.0, wanted.1).await.unwrap();
    let again = test.app.blobs.path(&small().await.unwrap().blob);
    assert_eq!(fs::read(again).unwrap(), whole);

    fs::remove_file(test.app.blobs.path(&found.blob)).unwrap();
    let report = look(&test, true).await;
    assert_eq!((report.mismatches[0].what, &report.mismatches[0].media), ("missing", &vec![media]));
}

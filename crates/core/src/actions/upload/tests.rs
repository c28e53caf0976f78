//! What uploads take while they wait.

use super::{begin, finalize, receive, store_segment};
use crate::actions::access::issue::{CredentialsRequest, issue};
use crate::app::{App, Shared};
use crate::config::{Layer, load};
use crate::host::clock::Clock;
use crate::memory::permits::processors;
use birdhouse_domain::media::Media;
use birdhouse_domain::upload::UploadRequest;
use birdhouse_domain::{Access, Caller, UserCaller};
use futures_util::FutureExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use tempfile::TempDir;

async fn app(dir: &TempDir) -> Shared {
    let none = dir.path().join("none.toml");
    std::fs::write(&none, "").unwrap();
    let layer = Layer { data_dir: Some(dir.path().join("data")), ..Layer::default() };
    App::open(load(layer, Some(&none)).unwrap(), Clock::at(1_767_225_600_000)).await.unwrap()
}

async fn alice(app: &App) -> UserCaller {
    let request = CredentialsRequest {
        user: "alice".to_owned(),
        app: "tests".to_owned(),
        ..CredentialsRequest::default()
    };
    issue(app, &request).await.unwrap();
    UserCaller {
        user: app.catalog.user_by_name("alice").await.unwrap().unwrap().id,
        screen_name: "alice".to_owned(),
        app: app.catalog.app_by_name("tests").await.unwrap().unwrap().id,
        app_name: "tests".to_owned(),
        token: String::new(),
        access: Access::ReadWrite,
        scopes: None,
    }
}

/// An upload whose first bytes, those of a video, come in two segments.
async fn received_video(app: &App, caller: &UserCaller) -> Media {
    let request = UploadRequest {
        total_bytes: 0,
        media_type: String::new(),
        category: None,
        additional_owners: Vec::new(),
    };
    let media = begin(app, caller, &request).await.unwrap();
    let pieces = [&b"\0\0\0\x20ft"[..], &[b"ypisom".as_slice(), &vec![0; 500_000]].concat()];
    for (index, piece) in (0..).zip(pieces) {
        let mut bytes = receive(app, &Caller::User(caller.clone()), 1 << 20, None).unwrap();
        bytes.write(piece).await.unwrap();
        store_segment(app, caller, &media, index, bytes).await.unwrap();
    }
    media
}

/// Bytes of what is unfinished, and no second name of what is stored.
fn unfinished_bytes(directory: &Path) -> u64 {
    let entries = std::fs::read_dir(directory).unwrap().map(Result::unwrap);
    let bytes = |entry: std::fs::DirEntry| match entry.metadata().unwrap() {
        found if found.is_dir() => unfinished_bytes(&entry.path()),
        found if found.nlink() > 1 => 0,
        found => found.len(),
    };
    entries.map(bytes).sum()
}

#[tokio::test]
async fn a_video_takes_no_second_place_on_the_disk_while_it_waits_to_be_inspected() {
    let dir = TempDir::new().unwrap();
    let app = app(&dir).await;
    let caller = alice(&app).await;
    let media = received_video(&app, &caller).await;
    let permits = &app.memory.permits;
    let probe = || permits.probe(caller.user).now_or_never();
    let held: Vec<_> = (0..processors()).map_while(|_| probe()).collect();
    let mut finalizing = std::pin::pin!(finalize(&app, &caller, media.id));
    while permits.waiting_for_probes() == 0 {
        tokio::select! {
            biased;
            outcome = &mut finalizing => panic!("{outcome:?}"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(unfinished_bytes(&app.config.blob_dir.join("incoming")), 0);
    drop(held);
    assert!(finalizing.await.is_err(), "it is no video");
}

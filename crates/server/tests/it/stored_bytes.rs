//! Acknowledged bytes stay: under a clock that steps back, lost files, and answers that were lost.

use crate::support::{TestApp, UPDATE, UPLOAD, gif, png};
use axum::body::Body;
use axum::http::Request;
use birdhouse_core::app::App;
use birdhouse_core::host::clock::Clock;
use birdhouse_domain::MediaId;
use birdhouse_domain::media::Media;
use std::fs;
use std::path::PathBuf;

impl TestApp {
    async fn stored(&self, media: &str) -> Media {
        self.catalog.media(MediaId(media.parse().unwrap())).await.unwrap().unwrap()
    }

    async fn path_of(&self, media: &str) -> PathBuf {
        self.app.config.blob_dir.join(self.stored(media).await.blob)
    }

    async fn upload(&self, bytes: &[u8]) -> String {
        self.post_multipart(UPLOAD, &[("media", bytes)]).await.media_id()
    }
}

#[tokio::test]
async fn a_clock_that_steps_back_over_a_restart_overwrites_nothing() {
    let mut test = TestApp::start().await;
    let mut uploads = Vec::new();
    for restart in 0_i64..3 {
        for number in 0..20 {
            test.app.clock.advance(1);
            let bytes = png(9 + u32::try_from(restart).unwrap() * 20 + number, 9);
            uploads.push((test.upload(&bytes).await, bytes));
        }
        let start = test.app.now().plus(-17_000 * (restart + 1)).0;
        let config = test.app.config.clone();
        test.app.close().await;
        test.app = App::open(config, Clock::at(start)).await.unwrap();
    }
    for (media, bytes) in uploads {
        assert_eq!(fs::read(test.path_of(&media).await).unwrap(), bytes, "media {media}");
    }
}

#[tokio::test]
async fn nothing_is_acknowledged_once_the_file_of_the_database_is_gone() {
    let test = TestApp::start().await;
    // PostgreSQL has none.
    let Some(file) = test.app.config.database_url.strip_prefix("sqlite:") else { return };
    let kept = format!("{file}.kept");
    let ready = async || test.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    let upload = async || test.post_multipart(UPLOAD, &[("media", &png(30, 30))]).await.status;
    for is_replaced in [false, true] {
        assert_eq!((upload().await, ready().await.status), (200, 200));
        fs::rename(file, &kept).unwrap();
        if is_replaced {
            fs::copy(&kept, file).unwrap();
        }
        let not_ready = ready().await;
        assert_eq!((upload().await, not_ready.status), (503, 503));
        assert!(not_ready.text().contains("restore the database"), "{}", not_ready.line());
        fs::rename(&kept, file).unwrap();
    }
    assert_eq!((upload().await, ready().await.status), (200, 200));
}

#[tokio::test]
async fn readyz_names_a_directory_of_the_blob_store_that_is_missing() {
    let test = TestApp::start().await;
    let ready = async || test.send(Request::get("/readyz").body(Body::empty()).unwrap()).await;
    for name in ["incoming", "00"] {
        assert_eq!(ready().await.status, 200);
        let directory = test.app.config.blob_dir.join(name);
        let kept = directory.with_extension("kept");
        fs::rename(&directory, &kept).unwrap();
        let not_ready = ready().await;
        assert_eq!(not_ready.status, 503);
        assert!(not_ready.text().contains(directory.to_str().unwrap()), "{}", not_ready.line());
        fs::rename(&kept, &directory).unwrap();
    }
}

#[tokio::test]
async fn an_upload_of_the_same_bytes_repairs_a_lost_file() {
    let test = TestApp::start().await;
    let bytes = png(30, 30);
    let (first, second) = (test.upload(&bytes).await, test.upload(&bytes).await);
    let rotten: Vec<u8> = bytes.iter().map(|byte| byte ^ 1).collect();
    for damage in [None, Some(&bytes[..40]), Some(&rotten)] {
        let path = test.path_of(&first).await;
        match damage {
            None => fs::remove_file(&path).unwrap(),
            Some(part) => fs::write(&path, part).unwrap(),
        }
        let third = test.upload(&bytes).await;
        for media in [&first, &second, &third] {
            assert_eq!(fs::read(test.path_of(media).await).unwrap(), bytes);
        }
    }
    test.run_jobs().await;
    test.sweep().await;
    assert_eq!(fs::read(test.path_of(&first).await).unwrap(), bytes);
}

/// What a lost answer to COMMIT leads to: live blobs are taken for garbage.
#[tokio::test]
async fn a_blob_that_a_row_refers_to_is_never_deleted_as_garbage() {
    let test = TestApp::start().await;
    let media = test.upload(&png(900, 700)).await;
    test.run_jobs().await;
    let id = MediaId(media.parse().unwrap());
    let mut names = vec![test.stored(&media).await.blob];
    names.extend(test.catalog.variants(id).await.unwrap().into_iter().map(|one| one.blob));
    assert!(names.len() > 2, "sizes were derived");
    test.catalog.add_garbage(&names).await.unwrap();
    test.sweep().await;
    test.sweep().await;
    for name in names {
        assert!(test.app.config.blob_dir.join(&name).exists(), "{name}");
    }
}

#[tokio::test]
async fn what_cannot_be_derived_because_its_original_is_lost_or_cut_is_unavailable_and_not_refused()
{
    let test = TestApp::start().await;
    let originals =
        [(png(900, 700), false), (png(901, 700), true), (gif(3), false), (gif(4), true)];
    for (bytes, is_cut) in originals {
        let media = test.upload(&bytes).await;
        let path = test.path_of(&media).await;
        let ids = [("status", "x"), ("media_ids", media.as_str())];
        let posted = test.post_form(UPDATE, &ids).await.json();
        let posted = &posted["extended_entities"]["media"][0];
        let mut paths = vec![format!("{}?name=small", posted["media_url"].as_str().unwrap())];
        paths.extend(posted["video_info"]["variants"][0]["url"].as_str().map(str::to_owned));
        let away = path.with_extension("away");
        fs::rename(&path, &away).unwrap();
        if is_cut {
            fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
            paths.push(format!("{}?name=orig", posted["media_url"].as_str().unwrap()));
        }
        let get = async |url: &str| {
            let path = &url[url.find("/media/").unwrap()..];
            test.send(Request::get(path).body(Body::empty()).unwrap()).await
        };
        for url in &paths {
            // For those who try, and for those who are told what came of it.
            for _ in 0..2 {
                let response = get(url).await;
                assert_eq!(response.status, 503, "{url}: {}", response.line());
            }
        }
        test.run_jobs().await;
        fs::rename(&away, &path).unwrap();
        test.app.clock.advance(60_000);
        for url in &paths {
            let response = get(url).await;
            assert_eq!(response.status, 200, "{url}: {}", response.line());
        }
    }
}

//! Uploads that a second server, a lost client or the end of a process interrupts.

use crate::sockets::running::pause;
use crate::support::{Call, FORM, GRACE_MS, MULTIPART, Response, TestApp, UPLOAD, png};
use crate::videos::small_video;
use axum::body::Body;
use axum::http::Request;
use birdhouse_core::app::Shared;
use birdhouse_core::config::LimitsLayer;
use birdhouse_core::jobs::sweep_once;
use birdhouse_domain::MediaId;
use futures_util::{FutureExt, stream};
use std::convert::Infallible;
use std::fs;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A segment that is large enough for a part of it to be written before all has arrived.
const SEGMENT_BYTES: usize = 700_000;

/// A segment of which half has been sent.
struct HalfSent {
    rest: Vec<u8>,
    sender: mpsc::UnboundedSender<Vec<u8>>,
    response: JoinHandle<Response>,
}

impl HalfSent {
    fn start(test: &TestApp, server: &Shared, media: &str, byte: u8) -> Self {
        let segment = vec![byte; SEGMENT_BYTES];
        let parts: [(&str, &[u8]); 4] = [
            ("command", b"APPEND"),
            ("media_id", media.as_bytes()),
            ("segment_index", b"0"),
            ("media", &segment),
        ];
        let mut sent = Call::multipart(UPLOAD, &parts).body;
        let rest = sent.split_off(sent.len() / 2);
        let (sender, receiver) = mpsc::unbounded_channel();
        sender.send(sent).unwrap();
        let body = stream::unfold(receiver, async |mut receiver| {
            receiver.recv().await.map(|bytes| (Ok::<_, Infallible>(bytes), receiver))
        });
        let request = signed(test, UPLOAD, MULTIPART, Body::from_stream(body));
        let server = server.clone();
        let response = tokio::spawn(async move { TestApp::send_to(&server, request).await });
        Self { rest, sender, response }
    }

    async fn finish(self) -> Response {
        self.sender.send(self.rest).unwrap();
        drop(self.sender);
        self.response.await.unwrap()
    }
}

fn signed(test: &TestApp, path: &str, content_type: &str, body: Body) -> Request<Body> {
    let url = format!("http://birdhouse.test{path}");
    let call = Call::post(path, Some(content_type), "");
    Request::post(path)
        .header("host", "birdhouse.test")
        .header("authorization", test.authorization(&test.alice, &url, &call))
        .header("content-type", content_type)
        .body(body)
        .unwrap()
}

/// What is being received.
fn receiving(test: &TestApp) -> Vec<PathBuf> {
    let incoming = test.app.config.blob_dir.join("incoming");
    test.blob_files().into_iter().filter(|path| path.starts_with(&incoming)).collect()
}

/// Waits until something is true, but not for ever.
async fn wait_until(mut is_true: impl AsyncFnMut() -> bool) {
    for _ in 0..5000 {
        if is_true().await {
            return;
        }
        pause().await;
    }
    panic!("it never happens");
}

async fn segment_of(test: &TestApp, media: &str) -> Vec<u8> {
    let segments = test.catalog.segments(MediaId(media.parse().unwrap())).await.unwrap();
    fs::read(test.app.config.blob_dir.join(&segments[0].blob)).unwrap()
}

#[tokio::test]
async fn a_second_server_by_mistake_neither_removes_nor_replaces_what_the_first_receives() {
    let test = TestApp::start().await;
    let [one, two] = [
        test.init(SEGMENT_BYTES, "video/mp4", None).await.media_id(),
        test.init(SEGMENT_BYTES, "video/mp4", None).await.media_id(),
    ];
    let by_first = HalfSent::start(&test, &test.app, &one, 1);
    wait_until(async || receiving(&test).len() == 1).await;
    let second = test.second_server().await;
    sweep_once(&second).await.unwrap();
    assert_eq!(receiving(&test).len(), 1, "the second server removed it");
    let by_second = HalfSent::start(&test, &second, &two, 2);
    wait_until(async || receiving(&test).len() == 2).await;
    let stored = by_first.finish().await;
    assert_eq!(stored.status, 204, "{}", stored.line());
    assert_eq!(segment_of(&test, &one).await, vec![1; SEGMENT_BYTES]);
    let stored = by_second.finish().await;
    assert_eq!(stored.status, 204, "{}", stored.line());
    assert_eq!(segment_of(&test, &two).await, vec![2; SEGMENT_BYTES]);
}

/// Sends requests, and loses the client of each at another moment: after the `n`th time that the server
/// works on it.
async fn send_and_leave(test: &TestApp, request: impl Fn() -> Request<Body>) {
    for n in 1.. {
        let mut response = Box::pin(test.send(request()));
        for _ in 0..n {
            if let Some(response) = (&mut response).now_or_never() {
                assert!(response.status < 300, "{}", response.line());
                return;
            }
            pause().await;
        }
    }
}

fn upload(test: &TestApp, path: &str, parts: &[(&str, &[u8])]) -> Request<Body> {
    signed(test, path, MULTIPART, Body::from(Call::multipart(path, parts).body))
}

/// Sweeps until every blob has a row.
async fn wait_until_tidy(test: &TestApp, media: &str) {
    wait_until(async || {
        sweep_once(&test.app).await.unwrap();
        test.app.clock.advance(GRACE_MS);
        let id = MediaId(media.parse().unwrap());
        let rows = test.catalog.blob_rows("", 100).await.unwrap().len()
            + test.catalog.segments(id).await.unwrap().len();
        test.blob_files().len() == rows
    })
    .await;
}

#[tokio::test]
async fn a_client_that_is_lost_at_any_moment_leaves_no_blob_without_a_row() {
    let test = TestApp::start().await;
    let image = png(60, 60);
    let media = test.init(image.len(), "image/png", None).await.media_id();
    let segment: [(&str, &[u8]); 4] = [
        ("command", b"APPEND"),
        ("media_id", media.as_bytes()),
        ("segment_index", b"0"),
        ("media", &image),
    ];
    send_and_leave(&test, || upload(&test, UPLOAD, &[("media", &image)])).await;
    send_and_leave(&test, || upload(&test, UPLOAD, &segment)).await;
    wait_until_tidy(&test, &media).await;
    let finalize = format!("{UPLOAD}?command=FINALIZE&media_id={media}");
    send_and_leave(&test, || signed(&test, &finalize, FORM, Body::empty())).await;
    wait_until_tidy(&test, &media).await;
}

#[tokio::test]
async fn a_video_whose_client_is_lost_does_not_count_as_unfinished() {
    let video = small_video();
    let limits = LimitsLayer {
        unfinished_bytes: Some(video.len() as u64 * 3 / 2),
        ..LimitsLayer::default()
    };
    let test = TestApp::start_with(|layer| layer.limits = Some(limits)).await;
    let parts: [(&str, &[u8]); 2] = [("media", &video), ("media_category", b"tweet_video")];
    for _ in 0..3 {
        send_and_leave(&test, || upload(&test, "/2/media/upload", &parts)).await;
    }
    let media = test.init(video.len(), "video/mp4", None).await.media_id();
    let appended = test.append(&media, "0", &video).await;
    assert_eq!(appended.status, 204, "{}", appended.line());
}

#[tokio::test]
async fn what_a_killed_process_left_is_deleted_unless_a_row_refers_to_it() {
    let test = TestApp::start().await;
    test.upload_image().await;
    let root = &test.app.config.blob_dir;
    let stored = test.blob_files().remove(0);
    let mark_of = |blob: &Path| {
        let name = blob.strip_prefix(root).unwrap().to_str().unwrap().replace('/', "-");
        root.join("incoming/ended").join(name)
    };
    let orphan = root.join("05/12345");
    fs::write(&orphan, "its row was not written").unwrap();
    fs::create_dir(root.join("incoming/ended")).unwrap();
    for blob in [&stored, &orphan] {
        fs::hard_link(blob, mark_of(blob)).unwrap();
    }
    let others = ["06-23456", "07-34567.draft", "3.work", "lock"];
    for name in others {
        fs::write(root.join("incoming/ended").join(name), "unfinished").unwrap();
    }
    sweep_once(&test.app).await.unwrap();
    assert!(!root.join("incoming/ended").exists());
    assert_eq!(test.blob_files().len(), 2, "deleted before a lost COMMIT could be known");
    test.app.clock.advance(GRACE_MS);
    sweep_once(&test.app).await.unwrap();
    assert_eq!(test.blob_files(), [stored]);
}

#[tokio::test]
async fn a_segment_that_the_disk_lost_is_unavailable_and_not_refused() {
    let test = TestApp::start().await;
    let (image, video) = (png(60, 60), small_video());
    for (bytes, mime, category) in
        [(&image, "image/png", None), (&video, "video/mp4", Some("tweet_video"))]
    {
        let media = test.init(bytes.len(), mime, category).await.media_id();
        assert_eq!(test.append(&media, "0", bytes).await.status, 204);
        let segments = test.catalog.segments(MediaId(media.parse().unwrap())).await.unwrap();
        let path = test.app.config.blob_dir.join(&segments[0].blob);
        fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
        for is_lost in [false, true] {
            if is_lost {
                fs::remove_file(&path).unwrap();
            }
            let finalized = test.finalize(&media).await;
            assert_eq!((finalized.status, finalized.header("retry-after")), (503, "60"));
        }
        fs::write(&path, bytes).unwrap();
        assert_eq!(test.finalize(&media).await.status, 201);
    }
}

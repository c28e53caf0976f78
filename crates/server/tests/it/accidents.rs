//! What happens to this machine is not told as the fault of a file.

use crate::support::{TestApp, UPDATE, gif, png};
use crate::videos::small_video;
use axum::body::Body;
use axum::http::Request;
use birdhouse_catalog::job_failures::JobFailure;
use birdhouse_catalog::jobs::{JobRow, NewLease};
use birdhouse_core::actions::{health, job_list};
use birdhouse_core::jobs;
use birdhouse_domain::{JobKind, Timestamp, UserId};
use birdhouse_processing::worker::Worker;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const MINUTE: i64 = 60 * Timestamp::SECOND;

/// A worker to which something happens for as long as `trouble` exists.
struct FaultyWorker {
    dir: TempDir,
    trouble: PathBuf,
}

impl FaultyWorker {
    /// `happens` is a command of the shell, run when the arguments of a worker match `pattern`.
    fn new(pattern: &str, happens: &str) -> Self {
        let dir = TempDir::new().unwrap();
        let trouble = dir.path().join("trouble");
        std::fs::write(&trouble, "").unwrap();
        let faulty = Self { dir, trouble };
        faulty.replace(pattern, happens);
        faulty
    }

    /// Something else happens from now on.
    fn replace(&self, pattern: &str, happens: &str) {
        let script = format!(
            "#!/bin/sh\nif [ -e {} ]; then case \"$*\" in {pattern}) {happens};; esac; fi\n\
             exec {} \"$@\"\n",
            self.trouble.display(),
            env!("CARGO_BIN_EXE_birdhouse-worker"),
        );
        let path = self.dir.path().join("worker");
        // By another process: a file that this one has open to write cannot be executed, and its
        // children of other tests inherit it for a moment.
        let write = "printf '%s' \"$1\" > \"$2\" && chmod +x \"$2\"";
        let arguments: [&Path; 5] =
            [Path::new("-c"), Path::new(write), Path::new("sh"), Path::new(&script), &path];
        assert!(Command::new("sh").args(arguments).status().unwrap().success());
    }

    async fn start(&self) -> TestApp {
        let worker = Worker::new(self.dir.path().join("worker"));
        TestApp::start_with(|layer| layer.worker = Some(worker)).await
    }

    fn repair(&self) {
        std::fs::remove_file(&self.trouble).unwrap();
    }
}

async fn info(test: &TestApp, media: &str) -> Value {
    test.upload_status(media).await.json()["processing_info"].clone()
}

/// Lets time pass in steps, with a worker that takes what is due.
async fn wait(test: &TestApp, minutes: i64) {
    for _ in 0..minutes / 15 {
        test.app.clock.advance(15 * MINUTE);
        test.run_jobs().await;
    }
}

async fn uploaded(test: &TestApp) -> String {
    let media = test.upload_chunked(&small_video(), "video/mp4", Some("tweet_video")).await;
    test.run_jobs().await;
    media
}

#[tokio::test]
async fn killed_tools_and_full_disks_are_retried_for_hours_and_then_succeed() {
    for (pattern, happens) in [
        ("*ffprobe*-show_streams*", "kill -9 $$"),
        ("*ffmpeg*-progress*", "kill -9 $$"),
        ("*ffmpeg*-progress*", "kill -SYS $$"),
        ("*ffmpeg*-progress*", "echo 'out.mp4: No space left on device' >&2; exit 1"),
        ("*ffmpeg*-progress*", "echo 'worker: the sandbox cannot be entered' >&2; exit 125"),
    ] {
        let faulty = FaultyWorker::new(pattern, happens);
        let test = faulty.start().await;
        let media = uploaded(&test).await;
        wait(&test, 3 * 60).await;
        let now = info(&test, &media).await;
        assert_eq!(now["state"], "in_progress", "{happens}: {now}");
        faulty.repair();
        wait(&test, 15).await;
        assert_eq!(info(&test, &media).await["state"], "succeeded", "{happens}");
        assert_eq!(health::job_count(&test.app).await.unwrap(), 0);
    }
}

#[tokio::test]
async fn an_accident_that_never_ends_is_an_internal_error() {
    let faulty = FaultyWorker::new("*ffprobe*-show_streams*", "kill -9 $$");
    let test = faulty.start().await;
    let media = uploaded(&test).await;
    wait(&test, 10 * 60).await;
    let info = info(&test, &media).await;
    assert_eq!(info["error"]["name"], "InternalError", "{info}");
}

#[tokio::test]
async fn a_file_that_crashes_a_tool_again_and_again_is_invalid() {
    let faulty = FaultyWorker::new("*ffprobe*-show_streams*", "kill -SEGV $$");
    let test = faulty.start().await;
    let media = uploaded(&test).await;
    assert_eq!(info(&test, &media).await["state"], "in_progress");
    wait(&test, 30).await;
    let info = info(&test, &media).await;
    assert_eq!(info["error"]["name"], "InvalidMedia", "{info}");
    let message = info["error"]["message"].as_str().unwrap();
    assert!(message.contains("ffprobe crashed"), "{message}");
}

#[tokio::test]
async fn a_killed_decoder_is_an_accident_for_those_who_request_a_size() {
    let faulty = FaultyWorker::new("worker\\ image*", "kill -9 $$");
    let test = faulty.start().await;
    let media =
        test.post_multipart(crate::support::UPLOAD, &[("media", &png(900, 700))]).await.media_id();
    test.run_jobs().await;
    assert_eq!(health::job_count(&test.app).await.unwrap(), 1, "it is tried again");
    let posted = test.post_form(UPDATE, &[("status", "x"), ("media_ids", &media)]).await.json();
    let url = posted["extended_entities"]["media"][0]["media_url"].as_str().unwrap().to_owned();
    let path = format!("{}?name=small", &url[url.find("/media/").unwrap()..]);
    let get = || test.send(Request::get(&path).body(Body::empty()).unwrap());
    assert_eq!(get().await.status, 500);
    faulty.repair();
    test.app.clock.advance(MINUTE);
    assert_eq!(get().await.status, 200);
}

#[tokio::test]
async fn what_failed_for_one_reader_is_not_tried_again_for_each_of_the_next() {
    let runs = TempDir::new().unwrap();
    let happens = format!("mktemp -p {}; kill -9 $$", runs.path().display());
    let faulty = FaultyWorker::new("*ffmpeg*-movflags*", &happens);
    let test = faulty.start().await;
    // Not derived by a job yet.
    let media = test.post_multipart(crate::support::UPLOAD, &[("media", &gif(3))]).await.media_id();
    let posted = test.post_form(UPDATE, &[("status", "x"), ("media_ids", &media)]).await.json();
    let url = &posted["extended_entities"]["media"][0]["video_info"]["variants"][0]["url"];
    let url = url.as_str().unwrap().to_owned();
    let path = &url[url.find("/media/").unwrap()..];
    let get = || test.send(Request::get(path).body(Body::empty()).unwrap());
    let count = || std::fs::read_dir(runs.path()).unwrap().count();
    let together = futures_util::future::join_all((0..5).map(|_| get())).await;
    assert!(together.iter().all(|answer| answer.status == 500));
    assert_eq!((get().await.status, count()), (500, 1));
    test.app.clock.advance(MINUTE);
    assert_eq!((get().await.status, count()), (500, 2), "it may have been repaired");
    faulty.repair();
    test.app.clock.advance(MINUTE);
    assert_eq!(get().await.status, 200);
}

#[tokio::test]
async fn an_interrupted_job_did_not_fail() {
    let test = TestApp::start().await;
    test.upload_image().await;
    let kind = JobKind::DeriveSizes;
    for owner in 0..10 {
        let now = test.app.now();
        let lease = NewLease { owner, until: now.plus(MINUTE) };
        let job = test.catalog.take_job(kind, now, lease, UserId(0)).await.unwrap().unwrap();
        assert_eq!((job.attempts, job.suspicions), (0, 0));
        // The process ends here, and the next one begins.
        test.catalog.release_jobs().await.unwrap();
    }
}

#[tokio::test]
async fn restarts_do_not_use_up_the_patience_with_a_job() {
    let faulty = FaultyWorker::new("*ffprobe*-show_streams*", "kill -9 $$");
    let test = faulty.start().await;
    let media = uploaded(&test).await;
    for _ in 0..60 {
        // The process ends here, and the next one begins.
        test.catalog.release_jobs().await.unwrap();
        test.run_jobs().await;
    }
    let job = only_job(&test).await;
    assert_eq!((job.state, job.attempts, job.suspicions), ("waiting", 1, 0));
    assert_eq!(info(&test, &media).await["state"], "in_progress");
}

#[tokio::test]
async fn accidents_are_no_suspicions_against_a_file() {
    let faulty = FaultyWorker::new("*ffprobe*-show_streams*", "kill -9 $$");
    let test = faulty.start().await;
    let media = uploaded(&test).await;
    wait(&test, 45).await;
    assert!(only_job(&test).await.attempts >= 3);
    faulty.replace("*ffprobe*-show_streams*", "kill -SEGV $$");
    test.app.clock.advance(15 * MINUTE);
    jobs::work_once(&test.app, JobKind::ProcessVideo).await.unwrap();
    let job = only_job(&test).await;
    assert_eq!((job.state, job.suspicions), ("waiting", 1), "{job:?}");
    assert_eq!(info(&test, &media).await["state"], "in_progress");
}

#[tokio::test]
async fn a_job_that_was_given_up_is_kept_and_can_be_retried() {
    let faulty = FaultyWorker::new("*ffprobe*-show_streams*", "kill -SEGV $$");
    let test = faulty.start().await;
    let media = uploaded(&test).await;
    wait(&test, 30).await;
    assert_eq!(info(&test, &media).await["state"], "failed");
    let job = only_job(&test).await;
    assert_eq!((job.state, job.suspicions, job.run_at), ("failed", 3, None));
    assert!(job.last_error.unwrap().contains("ffprobe crashed"));
    assert_eq!(job_list::failed(&test.app).await.unwrap(), 1);
    faulty.repair();
    assert_eq!(job_list::retry(&test.app, Some(job.id + 1)).await.unwrap(), 0);
    assert_eq!(job_list::retry(&test.app, Some(job.id)).await.unwrap(), 1);
    assert_eq!(info(&test, &media).await["state"], "pending");
    test.run_jobs().await;
    assert_eq!(info(&test, &media).await["state"], "succeeded");
    assert_eq!(job_list::failed(&test.app).await.unwrap(), 0);
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_changes_nothing() {
    let test = TestApp::start().await;
    test.upload_image().await;
    let (kind, now) = (JobKind::DeriveSizes, test.app.now());
    let lease = |owner, at: Timestamp| NewLease { owner, until: at.plus(MINUTE) };
    let slow = test.catalog.take_job(kind, now, lease(1, now), UserId(0)).await.unwrap().unwrap();
    let later = now.plus(2 * MINUTE);
    let quick =
        test.catalog.take_job(kind, later, lease(2, later), UserId(0)).await.unwrap().unwrap();
    assert_eq!(slow.id, quick.id);
    let failure = JobFailure { error: "late", is_suspicion: false };
    assert!(!test.catalog.renew_lease(&slow, later).await.unwrap());
    assert!(!test.catalog.retry_job(&slow, later, failure).await.unwrap());
    assert!(!test.catalog.give_up_job(&slow, later, failure, None).await.unwrap());
    assert!(!test.catalog.finish_job(&slow).await.unwrap());
    assert!(test.catalog.renew_lease(&quick, later).await.unwrap());
    assert!(test.catalog.finish_job(&quick).await.unwrap());
}

async fn only_job(test: &TestApp) -> JobRow {
    let mut all = job_list::all(&test.app).await.unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[tokio::test]
async fn without_ffmpeg_videos_are_refused_at_once_until_it_is_installed() {
    let directory = TempDir::new().unwrap();
    let worker = Worker::new(env!("CARGO_BIN_EXE_birdhouse-worker").into())
        .with_tool_directories(vec![directory.path().to_owned()]);
    let test = TestApp::start_with(|layer| layer.worker = Some(worker)).await;
    let ready = || test.send(Request::get("/readyz").body(Body::empty()).unwrap());
    let answer = ready().await;
    assert_eq!(answer.status, 200, "images are processed");
    assert!(answer.text().contains("ffmpeg is not installed"), "{}", answer.text());
    assert!(answer.text().contains("apt-get install ffmpeg"), "{}", answer.text());
    let video = small_video();
    for category in [Some("tweet_video"), None] {
        let refused = test.init(video.len(), "video/mp4", category).await;
        assert_eq!((refused.status, refused.header("retry-after")), (503, "60"));
    }
    assert!(test.upload_image().await.parse::<i64>().is_ok());
    for name in ["ffmpeg", "ffprobe"] {
        std::os::unix::fs::symlink(Path::new("/usr/bin").join(name), directory.path().join(name))
            .unwrap();
    }
    assert_eq!(ready().await.text(), "ready\n");
    let media = test.init(video.len(), "video/mp4", None).await.media_id();
    test.append(&media, "0", &video).await;
    std::fs::remove_file(directory.path().join("ffprobe")).unwrap();
    let refused = test.finalize(&media).await;
    assert_eq!(refused.status, 503, "{}", refused.line());
}

#[tokio::test]
async fn refusals_tell_no_addresses() {
    let test = TestApp::start().await;
    let video = small_video();
    let media =
        test.upload_chunked(&video[..video.len() / 2], "video/mp4", Some("tweet_video")).await;
    test.run_jobs().await;
    let message = info(&test, &media).await["error"]["message"].as_str().unwrap().to_owned();
    assert_eq!(message, "file is invalid: moov atom not found");
}

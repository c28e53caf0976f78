//! `birdhouse job` and what `birdhouse doctor` says of jobs that were given up.

use birdhouse_catalog::Catalog;
use birdhouse_catalog::job_failures::JobFailure;
use birdhouse_catalog::jobs::{NewJob, NewLease};
use birdhouse_catalog::media::{CompletedUpload, MediaFacts};
use birdhouse_domain::media::Media;
use birdhouse_domain::{Failure, JobKind, Kind, MediaId, StoredBlob, Timestamp, UserId};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

const NOW: Timestamp = Timestamp(1_767_225_600_000);

fn birdhouse(dir: &Path, arguments: &[&str]) -> Command {
    let mut birdhouse = Command::new(env!("CARGO_BIN_EXE_birdhouse"));
    birdhouse.args(arguments).arg("--data-dir").arg(dir).current_dir(dir);
    birdhouse
}

fn output(dir: &Path, arguments: &[&str]) -> Output {
    birdhouse(dir, arguments).output().expect("it runs")
}

/// Whether it succeeded, and what it printed.
fn run(dir: &Path, arguments: &[&str]) -> (bool, String) {
    let output = output(dir, arguments);
    (output.status.success(), String::from_utf8(output.stdout).expect("text"))
}

fn run_json(dir: &Path, arguments: &[&str]) -> Value {
    serde_json::from_slice(&output(dir, arguments).stdout).expect("JSON")
}

/// The data directory of a server that ran once, with a user.
fn set_up(dir: &Path) {
    let mut serve = birdhouse(dir, &["serve", "--listen", "127.0.0.1:0"]);
    serve.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut server = serve.spawn().expect("it starts");
    let log = BufReader::new(server.stderr.take().expect("a log"));
    let mut lines = log.lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("listening on")), "it listens");
    assert!(run(dir, &["credentials", "--json"]).0, "a user is made");
    server.kill().and_then(|()| server.wait()).expect("it is killed");
}

/// Adds a video whose job was given up; returns the id of the job.
async fn add_failed_job(dir: &Path) -> String {
    let catalog = Catalog::open(&format!("sqlite:{}", dir.join("birdhouse.db").display())).await;
    let catalog = catalog.expect("it opens");
    let owner = catalog.user_by_name("birdhouse").await.expect("it reads").expect("a user").id;
    let app = catalog.any_app().await.expect("it reads").expect("an app").id;
    let media = Media {
        is_async: true,
        total_bytes: 1,
        ..Media::new(MediaId(70), owner, "key".to_owned(), NOW)
    };
    let kind = JobKind::ProcessVideo;
    let upload = CompletedUpload {
        facts: MediaFacts { kind: Some(Kind::Video), ..MediaFacts::default() },
        blob: StoredBlob { name: "00/70".to_owned(), hash: [7; 32], bytes: 1 },
        job: Some(NewJob { id: 71, kind, at: NOW }),
        history_ids: vec![72],
        app,
    };
    assert!(catalog.add_completed(&media, &upload, &[]).await.expect("it is added"));
    let lease = NewLease { owner: 73, until: NOW.plus(1000) };
    let job =
        catalog.take_job(kind, NOW, lease, UserId(0)).await.expect("it is taken").expect("a job");
    let failure = JobFailure { error: "ffprobe was killed\n(signal 9)", is_suspicion: false };
    let told = Failure { code: 1, name: "InternalError".to_owned(), message: "x".to_owned() };
    let is_given_up = catalog.give_up_job(&job, NOW, failure, Some(&told)).await;
    assert!(is_given_up.expect("it is given up"));
    catalog.close().await;
    job.id.to_string()
}

fn finding(dir: &Path) -> Value {
    let all = run_json(dir, &["doctor", "--json"]);
    let all = all.as_array().expect("findings");
    all.iter().find(|one| one["check"] == "jobs").expect("it is reported").clone()
}

#[test]
fn without_jobs_a_person_is_told_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    set_up(dir);
    assert_eq!(run(dir, &["job", "list"]), (true, "There are no jobs.\n".to_owned()));
    assert_eq!(run_json(dir, &["job", "list", "--json"]), json!([]));
    let none = "No such job was given up; `birdhouse job list` prints all.\n".to_owned();
    assert_eq!(run(dir, &["job", "retry", "71"]), (false, none));
    let none = "There are no failed jobs.\n".to_owned();
    assert_eq!(run(dir, &["job", "retry", "--all-failed"]), (true, none));
    assert_eq!(finding(dir), json!({"check": "jobs", "ok": true, "found": "none was given up"}));
}

#[test]
fn a_failed_job_is_listed_reported_and_tried_again() {
    let dir = tempfile::tempdir().expect("a directory");
    let dir = dir.path();
    set_up(dir);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let id = runtime.block_on(add_failed_job(dir));

    let (is_ok, table) = run(dir, &["job", "list"]);
    let lines: Vec<&str> = table.lines().collect();
    assert!(is_ok && lines.len() == 2 && lines[0].starts_with("ID "), "{table}");
    let words: Vec<&str> = lines[1].split_whitespace().collect();
    assert_eq!(words[..7], [id.as_str(), "70", "process_video", "failed", "1", "0", "-"]);
    assert!(lines[1].ends_with("ffprobe was killed (signal 9)"), "{table}");
    let job = &run_json(dir, &["job", "list", "--json"])[0];
    assert_eq!((&job["id"], &job["state"]), (&json!(id), &json!("failed")));
    assert_eq!(job["last_error"], "ffprobe was killed\n(signal 9)");

    let found = finding(dir);
    assert_eq!(
        (&found["ok"], &found["found"]),
        (&json!(false), &json!("1 job failed and was given up"))
    );
    assert!(found["cure"].as_str().expect("a cure").contains("birdhouse job retry --all-failed"));

    assert!(!run(dir, &["job", "retry", "9"]).0, "there is no such job");
    assert_eq!(run(dir, &["job", "retry", &id]), (true, "1 job is tried again.\n".to_owned()));
    let job = &run_json(dir, &["job", "list", "--json"])[0];
    assert_eq!((&job["state"], &job["attempts"]), (&json!("waiting"), &json!(0)));
    assert_eq!(finding(dir)["ok"], true);
}

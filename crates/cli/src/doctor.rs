//! `birdhouse doctor`: finds problems, and how to repair them.

use crate::args::Doctor;
use crate::output::print_line;
use birdhouse_core::actions::captions;
use birdhouse_core::actions::health::{self, DiskSpace};
use birdhouse_core::actions::job_list;
use birdhouse_core::actions::reconcile::{
    Mismatch, ORPHAN_AGE, ReconcileOptions, Report, reconcile,
};
use birdhouse_core::app::App;
use birdhouse_core::blobs::Difference;
use birdhouse_core::config::{self, Config};
use birdhouse_core::host::clock::Clock;
use birdhouse_core::host::{disk, open_files};
use birdhouse_processing::worker::{Trouble, Worker};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Less free space than this is a problem.
const LOW_DISK_BYTES: u64 = 1 << 30;

/// What helps where something cannot be written.
const WRITABLE: &str = "run doctor as the user that the server runs as; if it fails as that user, \
                        correct owner and permissions, or mount the disk so that it can be written";

/// What helps where the server cannot make the data directory its own.
const CLOSED: &str = "run doctor as the user that the server runs as; if it fails as that user, give it \
                      the directory (chown), or close it to all others (chmod 700)";

const SERVER_WRITABLE: &str =
    "point `database_url` at the server that writes, or free space on its disk";
const NOT_DURABLE: &str =
    "PostgreSQL runs with `fsync = off`: a power cut may lose what was acknowledged, or all";
const RESTORE_BLOBS: &str = "mount its disk so that it can be written; `birdhouse serve` makes a \
                             directory that is missing";

/// The result of one check.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    ok: bool,
    found: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<&'static str>,
}

/// Runs all checks; exits with 1 if one failed.
pub(crate) async fn run(args: Doctor) -> anyhow::Result<ExitCode> {
    let config = config::load(args.common.layer(), args.common.config.as_deref());
    let mut findings = Vec::new();
    let worker = config.as_ref().map(|config| config.worker.clone()).unwrap_or_default();
    match config {
        Err(error) => {
            let error = anyhow::Error::from(error);
            findings.push(failed("configuration", &error, "correct what it names"));
        }
        Ok(config) => {
            findings.push(passed("configuration", format!("public_url is {}", config.public_url)));
            findings.push(open_files(config.limits.connections));
            findings.extend(stores(config, options(&args)).await);
        }
    }
    findings.push(sandbox(&worker));
    findings.extend([tool(&worker, "ffmpeg"), tool(&worker, "ffprobe"), sandboxed_tools(&worker)]);
    print(&findings, args.json)?;
    let is_healthy = findings.iter().all(|finding| finding.ok);
    Ok(if is_healthy { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print(findings: &[Finding], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        print_line!("{}", serde_json::to_string_pretty(findings)?)?;
        return Ok(());
    }
    for finding in findings {
        let mark = if finding.ok { "ok  " } else { "FAIL" };
        print_line!("{mark} {:<14} {}", finding.check, finding.found)?;
        if let Some(cure) = finding.cure {
            print_line!("     to repair it:  {cure}")?;
        }
    }
    Ok(())
}

fn passed(check: &'static str, found: String) -> Finding {
    Finding { check, ok: true, found, cure: None }
}

fn failed(check: &'static str, error: &dyn std::fmt::Display, cure: &'static str) -> Finding {
    Finding { check, ok: false, found: format!("{error:#}"), cure: Some(cure) }
}

fn options(args: &Doctor) -> ReconcileOptions {
    let verify = args.verify || args.repair;
    ReconcileOptions { verify, repair: args.repair, orphan_age: ORPHAN_AGE }
}

/// Whether this process, and so a server that is started like it, may open as many files as the
/// connections that the settings allow need.
fn open_files(wanted: usize) -> Finding {
    let cure = "raise `ulimit -n`, or `LimitNOFILE` of systemd, or lower `limits.connections`";
    let files = match open_files::raise_limit() {
        Ok(files) => files,
        Err(error) => return failed("open files", &error, cure),
    };
    let most = open_files::connections(files);
    if most >= wanted {
        return passed("open files", format!("{files}, enough for {wanted} connections"));
    }
    let found = format!("{files}, enough for {most} connections, not {wanted}");
    failed("open files", &found, cure)
}

async fn stores(config: Config, options: ReconcileOptions) -> Vec<Finding> {
    let dir = config.data_dir.clone();
    if !dir.exists() {
        let none = format!("there is no directory {}", dir.display());
        return vec![failed(
            "data directory",
            &none,
            "mount its disk, or name it with --data-dir; `birdhouse serve` makes a new one",
        )];
    }
    let writable = [("data directory", dir), ("blob directory", config.blob_dir.clone())];
    // One that is not there is reported with what it belongs to.
    let present = writable.into_iter().filter(|(_, dir)| dir.exists());
    let mut findings: Vec<Finding> = present.map(|(check, dir)| directory(check, &dir)).collect();
    let app = match App::open_without_lock(config, Clock::system()).await {
        Ok(app) => app,
        Err(error) if health::is_of_catalog(&error) => {
            let cure = "make sure that it is running and not locked, or correct `database_url`";
            findings.push(failed("database", &error, cure));
            return findings;
        }
        Err(error) => {
            let cure = "do what it says, or correct the setting; docs/operations.md explains each";
            findings.push(failed("stores", &error, cure));
            return findings;
        }
    };
    findings.push(database(&app).await);
    let free_space = "free some space, or move the data directory to a larger disk";
    findings.push(match health::disk_space(&app).await {
        Ok(DiskSpace { free, total }) => {
            let found = format!("{} of {} MiB are free", free >> 20, total >> 20);
            if free < LOW_DISK_BYTES {
                failed("disk space", &found, free_space)
            } else {
                passed("disk space", found)
            }
        }
        Err(error) => failed("disk space", &error.into_anyhow(), free_space),
    });
    if let Err(error) = health::try_write_blobs(&app).await {
        let found = format!("it cannot be written: {}", error.into_anyhow());
        findings.push(failed("blob store", &found, RESTORE_BLOBS));
    }
    findings.push(jobs(&app).await);
    findings.extend(captioner(&app).await);
    findings.push(blobs(&app, options).await);
    findings
}

/// Whether files can be made in a directory, and it can be closed to others.
fn directory(check: &'static str, dir: &Path) -> Finding {
    let name = dir.display();
    if let Err(error) = disk::try_write(dir) {
        return failed(check, &format!("cannot write in {name}: {error}"), WRITABLE);
    }
    match disk::try_close(dir) {
        Ok(()) => passed(check, name.to_string()),
        Err(error) => failed(check, &format!("{name}: {error}"), CLOSED),
    }
}

/// Whether the database responds, and can be written.
async fn database(app: &App) -> Finding {
    if let Err(error) = health::ping_catalog(app).await {
        let cure = "make sure that it is running and not locked";
        return failed("database", &error.into_anyhow(), cure);
    }
    if let Err(error) = health::try_write_catalog(app).await {
        let found = format!("it cannot be written: {}", error.into_anyhow());
        let is_server = health::catalog_kind(app) == "postgres";
        return failed("database", &found, if is_server { SERVER_WRITABLE } else { WRITABLE });
    }
    match health::is_catalog_durable(app).await {
        Ok(true) => passed("database", format!("{} responds", health::catalog_kind(app))),
        Ok(false) => failed("database", &NOT_DURABLE, "set `fsync = on` in postgresql.conf"),
        Err(error) => failed("database", &error.into_anyhow(), "start it"),
    }
}

/// Whether a job was given up.
async fn jobs(app: &App) -> Finding {
    let cure =
        "`birdhouse job list` shows why; `birdhouse job retry --all-failed` tries them again";
    match job_list::failed(app).await {
        Ok(0) => passed("jobs", "none was given up".to_owned()),
        Ok(1) => failed("jobs", &"1 job failed and was given up", cure),
        Ok(failures) => failed("jobs", &format!("{failures} jobs failed and were given up"), cure),
        Err(error) => failed("jobs", &error.into_anyhow(), cure),
    }
}

/// Whether the captioning service can be called, if there is one.
async fn captioner(app: &App) -> Option<Finding> {
    let check = "captioner";
    let cure =
        "correct `[captioner]` or `outbound_allow`, or start the service; images wait meanwhile";
    match captions::health(app).await {
        Ok(None) => None,
        Ok(Some(Ok(queue))) => {
            let found = format!("{} images wait for it", queue.waiting);
            Some(match queue.last_error {
                Some(why) => failed(check, &format!("{found}; the last failure: {why}"), cure),
                None => passed(check, found),
            })
        }
        Ok(Some(Err(why))) => Some(failed(check, &why, cure)),
        Err(error) => Some(failed(check, &error.into_anyhow(), cure)),
    }
}

/// Compares the database with the blob store.
async fn blobs(app: &App, options: ReconcileOptions) -> Finding {
    let cure = if options.repair {
        "damaged originals are lost; restore them from a backup"
    } else {
        "run `birdhouse doctor --repair`"
    };
    let report = match reconcile(app, options, progress).await {
        Ok(report) => report,
        Err(error) => {
            let cure =
                "repair the database or the blob store first; the lines above name what fails";
            return failed("blobs", &error.into_anyhow(), cure);
        }
    };
    let Report { blobs, bytes, orphans, miscounted, without_row, mismatched, .. } = report;
    let read = if options.verify { "read and compared" } else { "compared" };
    let mut found = format!("{blobs} ({} MiB) {read}", bytes >> 20);
    if report.is_clean() {
        return passed("blobs", found);
    }
    let done = if options.repair { " (repaired)" } else { "" };
    let _written = write!(
        found,
        ": {orphans} orphans{done}, {miscounted} wrong counts{done}, {without_row} without a row{done}, \
         {mismatched} missing or damaged"
    );
    for one in &report.mismatches {
        let media = match (one.media.is_empty(), one.subtitles) {
            (false, _) => one.media.join(", "),
            (true, 0) => "derived only".to_owned(),
            (true, _) => "subtitles of videos".to_owned(),
        };
        let _written = write!(found, "; {} is {} (media: {media})", one.blob, describe(one.what));
        if let Some(path) = &one.moved_to {
            let _written = write!(found, ", moved to {}", path.display());
        }
    }
    let is_derived = |one: &Mismatch| one.media.is_empty() && one.subtitles == 0;
    let is_repaired = options.repair && report.mismatches.iter().all(is_derived);
    if is_repaired { passed("blobs", found) } else { failed("blobs", &found, cure) }
}

/// Reports progress periodically.
#[expect(clippy::print_stderr, reason = "progress is not a finding")]
fn progress(blobs: u64) {
    if blobs.is_multiple_of(10_000) {
        eprintln!("doctor: {blobs} blobs so far");
    }
}

fn describe(difference: Difference) -> &'static str {
    match difference {
        Difference::Missing => "missing",
        Difference::Length => "of another length",
        Difference::Content => "of other content",
    }
}

fn sandbox(worker: &Worker) -> Finding {
    match worker.prove_sandbox() {
        Ok(()) => passed("sandbox", "complete: every attempt to leave it failed".to_owned()),
        Err(Trouble { found, cure }) => failed("sandbox", &found, cure),
    }
}

fn sandboxed_tools(worker: &Worker) -> Finding {
    match worker.prove_tools() {
        Ok(()) => passed("videos", "ffmpeg and ffprobe run in the sandbox".to_owned()),
        Err(Trouble { found, cure }) => failed("videos", &found, cure),
    }
}

fn tool(worker: &Worker, name: &'static str) -> Finding {
    let cure = "apt-get install ffmpeg; without it videos cannot be processed";
    let Some(path) = worker.find(name) else { return failed(name, &"it is not installed", cure) };
    match Command::new(path).arg("-version").output() {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            passed(name, text.lines().next().unwrap_or_default().to_owned())
        }
        Ok(output) => failed(name, &output.status, cure),
        Err(error) => failed(name, &error, cure),
    }
}

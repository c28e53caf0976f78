//! `birdhouse doctor`: what is wrong, and how to repair it.

use crate::args::Doctor;
use birdhouse_core::actions::health::{self, DiskSpace};
use birdhouse_core::actions::reconcile::{ORPHAN_AGE, ReconcileOptions, Report, reconcile};
use birdhouse_core::app::App;
use birdhouse_core::blobs::Difference;
use birdhouse_core::config::{self, Config};
use birdhouse_core::host::clock::Clock;
use serde::Serialize;
use std::fmt::Write;
use std::process::{Command, ExitCode};

/// Below this much free space an operator should act.
const LOW_DISK_BYTES: u64 = 1 << 30;

/// One check and what it found.
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
    match config {
        Err(error) => findings.push(bad("configuration", &error, "correct the setting it names")),
        Ok(config) => {
            findings.push(good("configuration", format!("public_url is {}", config.public_url)));
            findings.extend(stores(config, (args.verify || args.repair, args.repair)).await);
        }
    }
    findings.push(tool("ffmpeg"));
    findings.push(tool("ffprobe"));
    print(&findings, args.json)?;
    let is_well = findings.iter().all(|finding| finding.ok);
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[expect(clippy::print_stdout, reason = "the findings are this command's output")]
fn print(findings: &[Finding], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(findings)?);
        return Ok(());
    }
    for finding in findings {
        let mark = if finding.ok { "ok  " } else { "FAIL" };
        println!("{mark} {:<14} {}", finding.check, finding.found);
        if let Some(cure) = finding.cure {
            println!("     to repair it:  {cure}");
        }
    }
    Ok(())
}

fn good(check: &'static str, found: String) -> Finding {
    Finding { check, ok: true, found, cure: None }
}

fn bad(check: &'static str, error: &dyn std::fmt::Display, cure: &'static str) -> Finding {
    Finding { check, ok: false, found: format!("{error:#}"), cure: Some(cure) }
}

async fn stores(config: Config, (verify, repair): (bool, bool)) -> Vec<Finding> {
    let dir = config.data_dir.clone();
    if !dir.exists() {
        let none = "there is no data directory yet";
        return vec![bad(
            "data directory",
            &none,
            "run `birdhouse serve` once, or name it with --data-dir",
        )];
    }
    let app = match App::open_without_lock(config, Clock::system()).await {
        Ok(app) => app,
        Err(error) => {
            let cure = "see that the file or server is there, readable and of this version";
            return vec![bad("stores", &error, cure)];
        }
    };
    let mut findings = vec![good("data directory", dir.display().to_string())];
    findings.push(match health::ping_catalog(&app).await {
        Ok(()) => good("database", format!("{} answers", health::catalog_kind(&app))),
        Err(error) => {
            bad("database", &error.into_anyhow(), "see that it is running and not locked")
        }
    });
    let is_low = "free some space, or move the data directory to a larger disk";
    findings.push(match health::disk_space(&app).await {
        Ok(DiskSpace { free, total }) => {
            let found = format!("{} of {} MiB are free", free >> 20, total >> 20);
            if free < LOW_DISK_BYTES {
                bad("disk space", &found, is_low)
            } else {
                good("disk space", found)
            }
        }
        Err(error) => bad("disk space", &error.into_anyhow(), is_low),
    });
    findings.push(blobs(&app, ReconcileOptions { verify, repair, orphan_age: ORPHAN_AGE }).await);
    findings
}

/// Compares the catalog with the blob store.
async fn blobs(app: &App, options: ReconcileOptions) -> Finding {
    let cure = if options.repair {
        "originals that are damaged are lost; take them from a backup"
    } else {
        "run `birdhouse doctor --repair`"
    };
    let report = match reconcile(app, options, progress).await {
        Ok(report) => report,
        Err(error) => return bad("blobs", &error.into_anyhow(), cure),
    };
    let Report { blobs, bytes, orphans, miscounted, mismatched, .. } = report;
    let read = if options.verify { "read and compared" } else { "compared" };
    let mut found = format!("{blobs} ({} MiB) {read}", bytes >> 20);
    if report.is_clean() {
        return good("blobs", found);
    }
    let done = if options.repair { " (repaired)" } else { "" };
    let _written = write!(
        found,
        ": {orphans} orphans{done}, {miscounted} wrong counts{done}, \
         {mismatched} missing or damaged"
    );
    for one in &report.mismatches {
        let whose =
            if one.media.is_empty() { "derived only".to_owned() } else { one.media.join(", ") };
        let _written = write!(found, "; {} is {} (media: {whose})", one.blob, what(one.what));
    }
    let is_repaired = options.repair && report.mismatches.iter().all(|one| one.media.is_empty());
    if is_repaired { good("blobs", found) } else { bad("blobs", &found, cure) }
}

/// Reports progress now and then.
#[expect(clippy::print_stderr, reason = "progress is not a finding")]
fn progress(blobs: u64) {
    if blobs.is_multiple_of(10_000) {
        eprintln!("doctor: {blobs} blobs so far");
    }
}

fn what(difference: Difference) -> &'static str {
    match difference {
        Difference::Missing => "missing",
        Difference::Length => "of another length",
        Difference::Content => "of other content",
    }
}

fn tool(name: &'static str) -> Finding {
    let cure = "apt-get install ffmpeg; without it videos cannot be processed";
    match Command::new(name).arg("-version").output() {
        Ok(output) if output.status.success() => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            good(name, text.lines().next().unwrap_or_default().to_owned())
        }
        Ok(output) => bad(name, &output.status, cure),
        Err(error) => bad(name, &error, cure),
    }
}

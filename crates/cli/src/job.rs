//! `birdhouse job`: background jobs for the operator.

use crate::args::{Common, Job, JobList, JobRetry};
use crate::output::print_line;
use birdhouse_core::actions::job_list::{self, JobRow};
use birdhouse_core::app::{App, Shared};
use birdhouse_core::config;
use birdhouse_core::error::Error;
use birdhouse_core::host::clock::Clock;
use birdhouse_domain::Timestamp;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Characters of an error in the table; JSON has all.
const ERROR_WIDTH: usize = 160;

/// Runs one of the commands.
pub(crate) async fn run(args: Job) -> anyhow::Result<ExitCode> {
    match args {
        Job::List(args) => list(args).await,
        Job::Retry(args) => retry(args).await,
    }
}

async fn open(common: &Common) -> anyhow::Result<Shared> {
    let config = config::load(common.layer(), common.config.as_deref())?;
    App::open_without_lock(config, Clock::system()).await
}

async fn list(args: JobList) -> anyhow::Result<ExitCode> {
    let app = open(&args.common).await?;
    let all = job_list::all(&app).await.map_err(Error::into_anyhow)?;
    if args.json {
        let all: Vec<Value> = all.iter().map(in_json).collect();
        print_line!("{}", serde_json::to_string_pretty(&all)?)?;
    } else if all.is_empty() {
        print_line!("There are no jobs.")?;
    } else {
        let headings =
            ["ID", "MEDIA", "KIND", "STATE", "ATTEMPTS", "SUSPICIONS", "NEXT RUN", "LAST ERROR"];
        print_line!("{}", line(&headings.map(str::to_owned)))?;
        for job in &all {
            print_line!("{}", line(&cells(job, app.now().seconds())))?;
        }
    }
    app.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Exits with 1 if there was no such job.
async fn retry(args: JobRetry) -> anyhow::Result<ExitCode> {
    let app = open(&args.common).await?;
    let id = if args.all_failed { None } else { args.id };
    let count = job_list::retry(&app, id).await.map_err(Error::into_anyhow)?;
    match (args.json, count) {
        (true, _) => print_line!("{}", json!({ "retried": count }))?,
        (false, 0) if args.all_failed => print_line!("There are no failed jobs.")?,
        (false, 0) => print_line!("No such job was given up; `birdhouse job list` prints all.")?,
        (false, 1) => print_line!("1 job is tried again.")?,
        (false, _) => print_line!("{count} jobs are tried again.")?,
    }
    app.close().await;
    let is_done = count > 0 || args.all_failed;
    Ok(if is_done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Ids are strings, as in the API; `next_run` is in seconds since 1970.
fn in_json(job: &JobRow) -> Value {
    json!({
        "id": job.id.to_string(), "media_id": job.media.to_string(), "kind": job.kind,
        "state": job.state, "attempts": job.attempts, "suspicions": job.suspicions,
        "next_run": job.run_at.map(Timestamp::seconds), "last_error": job.last_error,
    })
}

fn cells(job: &JobRow, now: i64) -> [String; 8] {
    let next_run = match job.run_at.map(|at| at.seconds() - now) {
        None => "-".to_owned(),
        Some(..=0) => "now".to_owned(),
        Some(seconds) => format!("in {seconds} s"),
    };
    // On one line, without what a terminal would obey.
    let error = job.last_error.as_deref().unwrap_or("-");
    let error = error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERROR_WIDTH);
    [
        job.id.to_string(),
        job.media.to_string(),
        job.kind.clone(),
        job.state.to_owned(),
        job.attempts.to_string(),
        job.suspicions.to_string(),
        next_run,
        error.collect(),
    ]
}

fn line([id, media, kind, state, attempts, suspicions, next_run, error]: &[String; 8]) -> String {
    format!(
        "{id:<20} {media:<20} {kind:<13} {state:<7} {attempts:>8} {suspicions:>10} \
         {next_run:<9} {error}"
    )
}

#[cfg(test)]
mod tests {
    use super::{JobRow, Timestamp, cells, line};
    use birdhouse_domain::MediaId;

    #[test]
    fn a_job_is_one_line_whatever_its_error_is() {
        let job = JobRow {
            id: 7,
            kind: "process_video".to_owned(),
            media: MediaId(12),
            state: "waiting",
            attempts: 3,
            suspicions: 1,
            run_at: Some(Timestamp(90_000)),
            last_error: Some("no space\nleft \u{1b}[2J".to_owned()),
        };
        let text = line(&cells(&job, 60));
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(words[..5], ["7", "12", "process_video", "waiting", "3"]);
        assert!(text.ends_with("1 in 30 s   no space left  [2J"), "{text:?}");
    }
}

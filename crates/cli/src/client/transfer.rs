//! `birdhouse export` and `birdhouse import`.

use super::args::{Export, Import, TableFormat};
use super::session::{self, Usage};
use super::speak;
use crate::output::print_line;
use birdhouse_client::transfer::{self, Format, LineOutcome, Report, RowReader, RowWriter};
use birdhouse_oauth::params::Params;
use futures_util::stream::TryStreamExt;
use indicatif::ProgressBar;
use serde_json::json;
use std::fs::File;
use std::io::BufWriter;
use std::pin::pin;
use std::process::ExitCode;

/// Requests at a time of an export.
const EXPORT_PARALLEL: usize = 4;

/// Prints all descriptions.
pub(crate) async fn export(args: Export) -> anyhow::Result<ExitCode> {
    let connection = session::connect(&args.server, EXPORT_PARALLEL)?;
    let format = match args.format {
        TableFormat::Csv => Format::Csv,
        TableFormat::Jsonl => Format::JsonLines,
    };
    let mut writer = RowWriter::new(format, BufWriter::new(std::io::stdout()))?;
    let filters = args.filters.into_iter().map(|filter| ("filter".to_owned(), filter));
    let all = Params(filters.collect());
    let mut rows = pin!(transfer::export(&connection, &all));
    while let Some(row) = rows.try_next().await? {
        writer.write(&row)?;
    }
    writer.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// Sets the descriptions of a file.
pub(crate) async fn import(args: Import) -> anyhow::Result<ExitCode> {
    let fail = |why: String| Usage(format!("{}: {why}", args.file.display()));
    let file = File::open(&args.file).map_err(|error| fail(error.to_string()))?;
    let reader = tokio::task::spawn_blocking(move || RowReader::new(file)).await?.map_err(fail)?;
    let connection = session::connect(&args.server, args.parallel.into())?;
    // A bar for the eye: hidden unless standard error is a terminal.
    let bar = ProgressBar::new_spinner();
    let import = transfer::Import { connection: &connection, is_dry_run: args.dry_run };
    let mut printed = Ok(());
    let outcome = import.run(reader, |line, outcome| {
        bar.inc(1);
        bar.set_message(match bar.position() {
            1 => "1 line".to_owned(),
            lines => format!("{lines} lines"),
        });
        if printed.is_ok() {
            printed = bar.suspend(|| report_line(&args, line, outcome));
        }
    });
    let report = outcome.await;
    bar.finish_and_clear();
    printed?;
    report_all(&args, report?)
}

fn report_line(args: &Import, line: u64, outcome: &LineOutcome) -> std::io::Result<()> {
    let (why, error) = match outcome {
        LineOutcome::Set | LineOutcome::Equal => return Ok(()),
        LineOutcome::Wrong(why) => (why.clone(), json!({"message": why})),
        LineOutcome::Refused(error) => (error.to_string(), speak::in_json(error)),
    };
    if args.json {
        return print_line!("{}", json!({"line": line, "error": error}));
    }
    speak::say(&format!("{}, line {line}: {why}", args.file.display()));
    Ok(())
}

fn report_all(args: &Import, report: Report) -> anyhow::Result<ExitCode> {
    let Report { set, equal, failed } = report;
    if args.json {
        let dry_run = args.dry_run;
        print_line!(
            "{}",
            json!({"set": set, "equal": equal, "failed": failed, "dry_run": dry_run})
        )?;
    } else if args.dry_run {
        print_line!("{set} would be set, {equal} are equal already, {failed} would fail")?;
    } else {
        print_line!("{set} set, {equal} equal already, {failed} failed")?;
    }
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

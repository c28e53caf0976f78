//! `birdhouse search` and `birdhouse coverage`.

use super::args::{Coverage, Search};
use super::session;
use super::speak::{excerpt, printable, say};
use crate::output::print_line;
use birdhouse_client::overview;
use serde_json::Value;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

/// Characters of a description in a line; JSON has all.
const DESCRIPTION_WIDTH: usize = 200;

/// Prints what is found; exits with 1 if nothing is, as `grep` does.
pub(crate) async fn search(args: Search) -> anyhow::Result<ExitCode> {
    let connection = session::connect(&args.server, 1)?;
    let wanted =
        overview::Search { words: args.query.join(" "), lang: args.lang, filters: args.filters };
    let found = overview::search(&connection, &wanted, args.limit).await?;
    for one in &found {
        if args.json {
            print_line!("{one}")?;
        } else {
            print_line!("{}", line(one))?;
        }
    }
    if found.is_empty() && io::stderr().is_terminal() {
        say("Nothing was found.");
    }
    Ok(if found.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn line(one: &Value) -> String {
    let text = |name: &str| one[name].as_str().unwrap_or("-");
    // What is not described can at least be looked at.
    let words = match one["alt_text"].as_str() {
        Some(words) => excerpt(words, DESCRIPTION_WIDTH),
        None if one["decorative"].as_bool() == Some(true) => "(decorative)".to_owned(),
        None => text("url").to_owned(),
    };
    let line = format!("{}  {}  {}  {words}", text("media_id"), text("lang"), text("origin"));
    printable(&line)
}

/// Prints how much is described.
pub(crate) async fn coverage(args: Coverage) -> anyhow::Result<ExitCode> {
    let connection = session::connect(&args.server, 1)?;
    let found = overview::coverage(&connection).await?;
    if args.json {
        print_line!("{found}")?;
    } else {
        print(&found)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn print(found: &Value) -> io::Result<()> {
    let count = |value: &Value, name: &str| value[name].as_u64().unwrap_or_default();
    let (total, described) = (count(found, "total"), count(found, "described"));
    print_line!(
        "{total} media: {described} described ({}), {} decorative, {} undescribed",
        percent(described, total),
        count(found, "decorative"),
        count(found, "undescribed")
    )?;
    for (list, name) in [("by_app", "app"), ("by_month", "month")] {
        for one in found[list].as_array().into_iter().flatten() {
            let (total, described) = (count(one, "total"), count(one, "described"));
            // An app has an id too.
            let name = one[name].as_str().or_else(|| one[name]["name"].as_str());
            let name = excerpt(name.unwrap_or("-"), 32);
            print_line!("  {name:<32} {described:>8} of {total:<8} {}", percent(described, total))?;
        }
    }
    let seen = found["most_seen_undescribed"].as_array().map(Vec::as_slice).unwrap_or_default();
    if !seen.is_empty() {
        print_line!("Undescribed, and seen most:")?;
    }
    for one in seen {
        let text = |name: &str| printable(one[name].as_str().unwrap_or("-"));
        print_line!(
            "  {:<20} {:>8} views  {}",
            text("media_id"),
            count(one, "views"),
            text("url")
        )?;
    }
    Ok(())
}

fn percent(part: u64, whole: u64) -> String {
    match (part * 100).checked_div(whole) {
        Some(percent) => format!("{percent} %"),
        None => "-".to_owned(),
    }
}

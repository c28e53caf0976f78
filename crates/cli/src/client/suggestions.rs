//! `birdhouse suggestions`.

use super::args::{Decision, Suggestions};
use super::session::{self, Usage};
use super::speak::printable;
use crate::output::print_line;
use birdhouse_client::suggestions;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Lists suggestions, or decides one.
pub(crate) async fn run(args: Suggestions) -> anyhow::Result<ExitCode> {
    let connection = session::connect(&args.server, 1)?;
    match &args.decision {
        None => {
            let open = suggestions::open(&connection).await?;
            for one in &open {
                print(args.json, one, || line(one))?;
            }
            if open.is_empty() && !args.json {
                print_line!("No suggestion is open.")?;
            }
        }
        Some(Decision::Accept { id, text, extended }) => {
            let (text, extended) = (text.as_deref(), extended.as_deref());
            let one = suggestions::accept(&connection, id, text, extended).await?;
            print(args.json, &one, || format!("suggestion {id} is accepted"))?;
        }
        Some(Decision::Decline { id }) => {
            let one = suggestions::decline(&connection, id, false).await?;
            print(args.json, &one, || format!("suggestion {id} is declined"))?;
        }
        Some(Decision::Block { user }) => {
            let count = suggestions::block(&connection, user).await?;
            if count == 0 {
                let why = format!("no suggestion of {user} is open, so nobody is blocked");
                return Err(Usage(why).into());
            }
            let value = json!({"blocked": user, "declined": count});
            print(args.json, &value, || format!("{user} is blocked, {count} declined"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print(is_json: bool, value: &Value, text: impl Fn() -> String) -> anyhow::Result<()> {
    if is_json {
        print_line!("{value}")?;
    } else {
        print_line!("{}", printable(&text()))?;
    }
    Ok(())
}

fn line(one: &Value) -> String {
    let text = |name: &str| one[name].as_str().unwrap_or("-");
    let author =
        one["author"]["username"].as_str().map_or("-".to_owned(), |name| format!("@{name}"));
    let (id, media, lang) = (text("id"), text("media_id"), text("lang"));
    let extended = one["extended"].as_str().map(|text| format!("\n  extended: {text}"));
    format!(
        "{id}  media {media}  {lang}  {author}: {}{}",
        text("alt_text"),
        extended.unwrap_or_default()
    )
}

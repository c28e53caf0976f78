//! `birdhouse describe`.

use super::args::Describe;
use super::session::{self, Usage};
use super::speak::{self, excerpt, printable};
use crate::output::print_line;
use birdhouse_client::connection::Connection;
use birdhouse_client::description::{self, DEFAULT_LANG, Description};
use serde_json::{Value, json};
use std::io::Read;
use std::process::ExitCode;

/// Sets, prints or deletes descriptions.
pub(crate) async fn run(args: Describe) -> anyhow::Result<ExitCode> {
    if args.media.is_empty() || !args.media.bytes().all(|c| c.is_ascii_digit()) {
        return Err(Usage(format!("`{}` is not a media id, which is a number", args.media)).into());
    }
    let connection = session::connect(&args.server, 1)?;
    let new = Description {
        lang: args.lang.clone(),
        alt_text: args.text.as_deref().map(text).transpose()?,
        extended: args.extended.as_deref().map(text).transpose()?,
        decorative: args.decorative,
    };
    let lang = new.lang().to_owned();
    if args.delete {
        description::delete(&connection, &args.media, &lang).await?;
        report(&args, &json!({"media_id": args.media, "lang": lang, "deleted": true}), || {
            format!("{}: the description{} is deleted", args.media, in_lang(&lang))
        })?;
    } else if args.undo {
        let now = description::undo(&connection, &args.media, &lang).await?;
        report(&args, &now, || {
            let words = excerpt(&words(&now), 200);
            format!("{}: the newest change{} is undone: {words}", args.media, in_lang(&lang))
        })?;
    } else if new.is_empty() {
        let found = description::read(&connection, &args.media).await?;
        report(&args, &found, || lines(&found, &args))?;
    } else {
        set(&connection, &args, &new).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn set(connection: &Connection, args: &Describe, new: &Description) -> anyhow::Result<()> {
    if let Some(why) = new.objection() {
        return Err(Usage(why.to_owned()).into());
    }
    new.set(connection, &args.media).await?;
    let all = json!({
        "media_id": args.media, "lang": new.lang(), "alt_text": new.alt_text,
        "extended": new.extended, "decorative": new.decorative,
    });
    report(args, &all, || format!("{}: described{}", args.media, in_lang(new.lang())))?;
    if !args.json {
        speak::findings(&description::findings(connection, new, None).await);
    }
    Ok(())
}

/// An argument; `@FILE` is the text of a file, `-` that of standard input.
pub(crate) fn text(argument: &str) -> anyhow::Result<String> {
    let fail = |error: std::io::Error| Usage(format!("`{argument}`: {error}"));
    if argument == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(fail)?;
        return Ok(text.trim().to_owned());
    }
    match argument.strip_prefix('@') {
        Some(path) => Ok(std::fs::read_to_string(path).map_err(fail)?.trim().to_owned()),
        None => Ok(argument.to_owned()),
    }
}

fn in_lang(lang: &str) -> String {
    if lang == DEFAULT_LANG { String::new() } else { format!(" in {lang}") }
}

fn report(args: &Describe, value: &Value, text: impl Fn() -> String) -> anyhow::Result<()> {
    if args.json {
        print_line!("{value}")?;
    } else {
        print_line!("{}", printable(&text()))?;
    }
    Ok(())
}

/// The descriptions of a media, in the language asked for or in all.
fn lines(found: &Value, args: &Describe) -> String {
    let all = found["descriptions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_asked =
        |one: &&Value| args.lang.is_none() || one["lang"].as_str() == args.lang.as_deref();
    let mut lines = Vec::new();
    for one in all.iter().filter(is_asked) {
        lines.push(format!("{}  {}  {}", field(one, "lang"), field(one, "origin"), words(one)));
        if let Some(extended) = one["extended"].as_str() {
            lines.push(format!("  extended: {extended}"));
        }
        let findings = one["findings"].as_array().into_iter().flatten();
        lines.extend(findings.map(|finding| format!("  {}", speak::finding(finding))));
    }
    let history = found["history"].as_array().filter(|_| args.history);
    for revision in history.into_iter().flatten().filter(|one| is_asked(one)) {
        let (at, lang) = (field(revision, "updated_at"), field(revision, "lang"));
        let by = field(&revision["author"], "username");
        let words = excerpt(&words(revision), 200);
        lines.push(format!("{at}  @{by}  {lang}  {words}{}", mark(revision)));
    }
    if lines.is_empty() { "no description".to_owned() } else { lines.join("\n") }
}

/// How a revision came to be, unless its author wrote it.
fn mark(revision: &Value) -> &'static str {
    match revision["origin"].as_str() {
        _ if revision["undo"].as_bool() == Some(true) => "  (restored by an undo)",
        Some("suggested") => "  (suggested)",
        Some("generated") => "  (generated)",
        Some("embedded") => "  (embedded in the file)",
        _ => "",
    }
}

fn words(one: &Value) -> String {
    match one["alt_text"].as_str() {
        _ if one["removed"].as_bool() == Some(true) => "(removed)".to_owned(),
        Some(text) => text.to_owned(),
        None if one["decorative"].as_bool() == Some(true) => "(decorative)".to_owned(),
        None => "-".to_owned(),
    }
}

fn field<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or("-")
}

//! A line for each file, and one for the Tweet: for people, or as JSON.

use super::Outcome;
use crate::client::speak;
use crate::output::print_line;
use birdhouse_client::description::{DEFAULT_LANG, Description};
use birdhouse_client::error::{Error, Result};
use birdhouse_client::media_file::Kind;
use birdhouse_client::tweet::Posted;
use serde_json::{Value, json};
use std::io;

/// Characters of a description in a line; JSON has all.
const DESCRIPTION_WIDTH: usize = 80;

/// Prints results on standard output, and what failed on standard error unless it is JSON.
pub(super) struct Reporter {
    /// Whether to print JSON.
    pub(super) is_json: bool,
}

impl Reporter {
    /// What became of a file.
    pub(super) fn file(&self, outcome: &Outcome) -> io::Result<()> {
        let path = outcome.item.path.display().to_string();
        let id = outcome.media_id.as_deref();
        if self.is_json {
            return print_line!("{}", in_json(&path, outcome));
        }
        match (&outcome.failure, id) {
            (None, id) => {
                let words = words(&outcome.item.descriptions, outcome.kind);
                print_line!("{}  {}  {words}", id.unwrap_or("-"), speak::printable(&path))?;
                speak::findings(&outcome.findings);
                Ok(())
            }
            (Some(error), Some(id)) => {
                speak::say(&format!("{path}: {}", not_described(outcome, id, error)));
                Ok(())
            }
            (Some(error), None) => {
                let mut text = speak::with_remedy(error);
                let is_trouble = error.refusal().is_some_and(|refusal| refusal.status >= 500);
                if is_trouble || matches!(error, Error::Unreachable { .. }) {
                    text += "; the same command again resumes";
                }
                // Errors of files name them.
                let is_named =
                    matches!(error, Error::File { .. } | Error::NoMedia(_) | Error::Changed(_));
                speak::say(&if is_named { text } else { format!("{path}: {text}") });
                Ok(())
            }
        }
    }

    /// Whether the Tweet of these media, an id and a file each, is posted.
    pub(super) fn tweet(
        &self,
        posted: &Result<Posted>,
        media: &[(String, String)],
    ) -> io::Result<()> {
        let ids: Vec<&str> = media.iter().map(|(id, _)| id.as_str()).collect();
        match posted {
            Ok(tweet) if self.is_json => {
                let (id, reminder) = (&tweet.id, &tweet.reminder);
                print_line!("{}", json!({"tweet_id": id, "media_ids": ids, "lacking": reminder}))
            }
            Err(error) if self.is_json => {
                let error = speak::in_json(error);
                print_line!("{}", json!({"tweet_id": null, "media_ids": ids, "error": error}))
            }
            Ok(tweet) => {
                if let Some(reminder) = &tweet.reminder {
                    for lack in lacks(reminder, media) {
                        let text = format!("the Tweet is posted, but {lack} (policy: remind)");
                        speak::say(&text);
                    }
                }
                match &tweet.id {
                    Some(id) => print_line!("{id}  Tweet"),
                    None => print_line!("-  Tweet, posted, but the answer with its id was lost"),
                }
            }
            Err(error) => {
                speak::say(&format!("the Tweet is not posted: {}", speak::with_remedy(error)));
                Ok(())
            }
        }
    }
}

/// What to do with what is uploaded already.
fn not_described(outcome: &Outcome, id: &str, error: &Error) -> String {
    let next = if outcome.is_resumable() {
        "the same command again describes it".to_owned()
    } else {
        format!(
            "`birdhouse describe {id} 'text'` describes it; this command again would upload it twice"
        )
    };
    format!("uploaded as {id}, but not described: {}\n  {next}", speak::with_remedy(error))
}

/// What the descriptions of a Tweet lack, from `missing; media_id=1799000000000000000, …`.
fn lacks(reminder: &str, media: &[(String, String)]) -> Vec<String> {
    let lack = |one: &str| {
        let (lack, id) = one.trim().split_once("; media_id=").unwrap_or((one, ""));
        let file = media.iter().find(|(one, _)| one == id);
        let file = file.map_or_else(|| format!("media {id}"), |(_, file)| file.clone());
        match lack {
            "missing" => format!("{file} has no alt text"),
            "too-short" => format!("the alt text of {file} is too short"),
            rule => format!("the alt text of {file} helps nobody: {rule}"),
        }
    };
    reminder.split(',').map(lack).collect()
}

fn in_json(path: &str, outcome: &Outcome) -> Value {
    let descriptions = &outcome.item.descriptions;
    let described = |one: &Description| {
        json!({
            "lang": one.lang(), "alt_text": one.alt_text, "extended": one.extended,
            "decorative": one.decorative,
        })
    };
    let mut line = json!({
        "file": path, "media_id": outcome.media_id, "kind": outcome.kind.map(Kind::name),
    });
    match &outcome.failure {
        None => line["descriptions"] = descriptions.iter().map(described).collect(),
        Some(error) => line["error"] = speak::in_json(error),
    }
    line
}

fn words(descriptions: &[Description], kind: Option<Kind>) -> String {
    let one = |one: &Description| {
        let text = match (&one.alt_text, &one.extended) {
            _ if one.decorative => "decorative".to_owned(),
            (Some(text), _) | (None, Some(text)) => {
                format!("\"{}\"", speak::excerpt(text, DESCRIPTION_WIDTH))
            }
            (None, None) => "-".to_owned(),
        };
        if one.lang() == DEFAULT_LANG { text } else { format!("{}: {text}", one.lang()) }
    };
    match kind {
        _ if !descriptions.is_empty() => {
            descriptions.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        Some(Kind::Video) => "video".to_owned(),
        Some(Kind::Subtitles) => "subtitles".to_owned(),
        _ => "undescribed".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_misses_is_told_by_file() {
        let media = [("7".to_owned(), "a.png".to_owned())];
        let found = lacks("missing; media_id=7, too-short; media_id=8", &media);
        assert_eq!(found, ["a.png has no alt text", "the alt text of media 8 is too short"]);
    }
}

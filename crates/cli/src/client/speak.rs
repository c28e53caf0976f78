//! What is said on standard error, and how an error is put in words and in JSON.

use birdhouse_client::error::Error;
use birdhouse_client::progress::{Pause, Progress};
use serde_json::{Value, json};
use std::io::Write;
use std::time::Duration;

/// A shorter pause is not worth a line.
const REPORTED_PAUSE: Duration = Duration::from_secs(5);

/// Says what is waited for, if it takes long.
pub(crate) struct LongPauses;

impl Progress for LongPauses {
    fn pauses(&self, pause: &Pause, duration: Duration) {
        if duration >= REPORTED_PAUSE {
            say(&about_pause(pause, duration));
        }
    }
}

/// A pause and its reason.
pub(crate) fn about_pause(pause: &Pause, duration: Duration) -> String {
    let why = match pause {
        Pause::RateLimit => "the rate window is used up",
        Pause::Trouble(why) => why.as_str(),
    };
    format!("waits {} s: {why}", duration.as_secs().max(1))
}

/// Says a sentence on standard error; nobody reading it is no error.
pub(crate) fn say(sentence: &str) {
    drop(writeln!(std::io::stderr(), "birdhouse: {}", printable(sentence)));
}

/// An error, and on a second line what to do about it.
pub(crate) fn with_remedy(error: &Error) -> String {
    match error.remedy() {
        Some(remedy) => format!("{error}\n  remedy: {remedy}"),
        None => error.to_string(),
    }
}

/// What the linter says of a description.
pub(crate) fn finding(finding: &Value) -> String {
    let text = |name: &str| finding[name].as_str().unwrap_or("-");
    format!("{}: {} {}", text("level"), text("reason"), text("cure"))
}

/// Says what the linter finds, a line each.
pub(crate) fn findings(all: &[Value]) {
    for one in all {
        say(&finding(one));
    }
}

/// An error for programs.
pub(crate) fn in_json(error: &Error) -> Value {
    let refusal = error.refusal();
    json!({
        "message": error.to_string(), "status": refusal.map(|refusal| refusal.status),
        "code": refusal.and_then(|refusal| refusal.code), "cure": error.remedy(),
    })
}

/// Text without what a terminal would obey; lines stay lines.
pub(crate) fn printable(text: &str) -> String {
    let is_obeyed = |c: char| c.is_control() && c != '\n' || is_direction(c);
    text.chars().map(|c| if is_obeyed(c) { '\u{fffd}' } else { c }).collect()
}

/// Text on one line, so that it cannot look like another row of a list.
pub(crate) fn one_line(text: &str) -> String {
    let is_line_end = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if is_line_end(c) { ' ' } else { c }).collect()
}

/// Whether a character reorders the text after it.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text on one line, shortened.
pub(crate) fn excerpt(text: &str, most: usize) -> String {
    let one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut short: String = one_line.clone().take(most).collect();
    if one_line.count() > most {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_others_neither_command_a_terminal_nor_look_like_rows() {
        assert_eq!(one_line("A wren.\n7  media 8\u{2028}9\r\u{85}"), "A wren. 7  media 8 9  ");
        assert_eq!(
            printable("a\u{1b}]0;x\u{7}\nb\u{202e}c\u{2066}"),
            "a\u{fffd}]0;x\u{fffd}\nb\u{fffd}c\u{fffd}"
        );
    }
}

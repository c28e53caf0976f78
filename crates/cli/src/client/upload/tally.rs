//! What became of all files, and what is still to be done.

use super::Outcome;
use crate::client::speak;
use std::io::IsTerminal;

/// Counts of a run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    uploaded: usize,
    described: usize,
    /// Files with which something went wrong.
    pub(super) failed: usize,
    /// Seconds after which the server deletes the first of them.
    expires_after_secs: Option<i64>,
}

impl Tally {
    /// Counts a file.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        let is_described = outcome.failure.is_none() && !outcome.item.descriptions.is_empty();
        self.uploaded += usize::from(outcome.media_id.is_some());
        self.described += usize::from(is_described);
        self.failed += usize::from(outcome.failure.is_some());
        let life = outcome.uploaded.as_ref().and_then(|uploaded| uploaded.expires_after_secs);
        self.expires_after_secs = match (self.expires_after_secs, life) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }

    /// Says how many were uploaded, and until when they are kept. Of a single file only a person is told.
    pub(super) fn say(&self, files: usize, is_tweeted: bool) {
        if files > 1 {
            speak::say(&self.totals());
        }
        let life = self.expires_after_secs.filter(|_| !is_tweeted);
        if let Some(life) = life
            && (files > 1 || std::io::stderr().is_terminal())
        {
            speak::say(&expiry(self.uploaded, life));
        }
    }

    fn totals(&self) -> String {
        let failed = match self.failed {
            0 => String::new(),
            failed => format!(", {failed} failed"),
        };
        format!("{} uploaded, {} described{failed}", self.uploaded, self.described)
    }
}

fn expiry(uploaded: usize, life: i64) -> String {
    let it = if uploaded == 1 { "it" } else { "them" };
    let time = match (life + 30) / 60 {
        minutes @ ..120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", (minutes + 30) / 60),
    };
    format!("No Tweet shows {it}: the server deletes {it} in about {time} unless one does")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_until_media_are_deleted_is_told_in_round_numbers() {
        let day = "No Tweet shows them: the server deletes them in about 24 hours unless one does";
        assert_eq!(expiry(300, 86_399), day);
        assert!(expiry(1, 1800).ends_with("deletes it in about 30 minutes unless one does"));
    }
}

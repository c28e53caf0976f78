//! The poll of a Tweet: stored and returned; voting is not implemented.

use crate::time::Timestamp;

/// A poll with two to four options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The options, in order.
    pub options: Vec<String>,
    /// How long voting is open, in minutes.
    pub minutes: i64,
}

impl Poll {
    /// When it closes, if its Tweet was posted at `posted`.
    pub fn ends_at(&self, posted: Timestamp) -> Timestamp {
        posted.plus(self.minutes * 60 * Timestamp::SECOND)
    }

    /// The form stored in the catalog: the minutes, then one option per line.
    pub fn to_text(&self) -> String {
        let options = self.options.iter().map(|option| option.replace('\n', " "));
        std::iter::once(self.minutes.to_string()).chain(options).collect::<Vec<_>>().join("\n")
    }

    /// Parses [`Poll::to_text`].
    pub fn from_text(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let minutes = lines.next()?.parse().ok()?;
        Some(Self { options: lines.map(str::to_owned).collect(), minutes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_round_trips_through_its_text() {
        let poll = Poll { options: vec!["yes".into(), "no\nway".into()], minutes: 5 };
        let back = Poll::from_text(&poll.to_text()).unwrap();
        assert_eq!((back.minutes, &back.options[1][..]), (5, "no way"));
        assert_eq!(Poll::from_text(""), None);
    }
}

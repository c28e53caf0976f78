//! A poll of a Tweet. Nobody votes here yet; it is kept and told.

use crate::time::Timestamp;

/// A question with two to four answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Poll {
    /// The answers to choose from, in order.
    pub options: Vec<String>,
    /// How long it is open, in minutes.
    pub minutes: i64,
}

impl Poll {
    /// When it closes, if its Tweet was posted at `posted`.
    pub fn ends_at(&self, posted: Timestamp) -> Timestamp {
        posted.plus(self.minutes * 60 * Timestamp::SECOND)
    }

    /// As the catalog keeps it: minutes, then one answer a line.
    pub fn to_text(&self) -> String {
        let options = self.options.iter().map(|option| option.replace('\n', " "));
        std::iter::once(self.minutes.to_string()).chain(options).collect::<Vec<_>>().join("\n")
    }

    /// Reads [`Poll::to_text`].
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
    fn a_poll_survives_the_catalog() {
        let poll = Poll { options: vec!["yes".into(), "no\nway".into()], minutes: 5 };
        let back = Poll::from_text(&poll.to_text()).unwrap();
        assert_eq!((back.minutes, &back.options[1][..]), (5, "no way"));
        assert_eq!(Poll::from_text(""), None);
    }
}

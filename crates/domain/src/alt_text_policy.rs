//! What a server, an app or a user requires of the descriptions of media that are tweeted.

use crate::alt_text_lint::{Level, Rule, Subject, lint};
use crate::id::MediaId;
use std::fmt;

/// What happens to a Tweet whose media lack a description, the mildest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyMode {
    /// Nothing.
    #[default]
    Off,
    /// It is posted, and the response says what they lack.
    Remind,
    /// It is refused.
    Require,
}

impl PolicyMode {
    /// All of them, the mildest first.
    pub const ALL: [Self; 3] = [Self::Off, Self::Remind, Self::Require];

    /// Its name in settings and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Remind => "remind",
            Self::Require => "require",
        }
    }

    /// Parses [`PolicyMode::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// A policy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AltTextPolicy {
    /// What happens without a description.
    pub mode: PolicyMode,
    /// The least code points of an alt text.
    pub minimum: u32,
    /// The level from which on a finding of the linter counts as if there were no description.
    pub level: Option<Level>,
}

/// What the description of a media lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// There is none.
    Missing,
    /// It is too short.
    TooShort {
        /// Code points required.
        minimum: u32,
    },
    /// It breaks this rule of the linter.
    Flagged(Rule),
}

/// A media of a Tweet as a policy sees it.
#[derive(Clone, Copy, Debug)]
pub struct Described<'a> {
    /// The media.
    pub media: MediaId,
    /// Its alt text.
    pub alt_text: Option<&'a str>,
    /// Whether it is decorative.
    pub is_decorative: bool,
}

impl AltTextPolicy {
    /// A policy that is met only where both are. One that is off adds nothing.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.mode, other.mode) {
            (PolicyMode::Off, _) => other,
            (_, PolicyMode::Off) => self,
            _ => Self {
                mode: self.mode.max(other.mode),
                minimum: self.minimum.max(other.minimum),
                level: match (self.level, other.level) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                },
            },
        }
    }

    /// What the media of a Tweet lack.
    pub fn lacks(self, media: &[Described<'_>], tweet_text: &str) -> Vec<(MediaId, Lack)> {
        if self.mode == PolicyMode::Off {
            return Vec::new();
        }
        let lack = |(index, one): (usize, &Described<'_>)| {
            let others = media.iter().enumerate().filter(|(other, _)| *other != index);
            let siblings: Vec<&str> = others.filter_map(|(_, other)| other.alt_text).collect();
            Some((one.media, self.lack(one, tweet_text, &siblings)?))
        };
        media.iter().enumerate().filter_map(lack).collect()
    }

    fn lack(self, one: &Described<'_>, tweet_text: &str, siblings: &[&str]) -> Option<Lack> {
        let Some(text) = one.alt_text else {
            return (!one.is_decorative).then_some(Lack::Missing);
        };
        if lint(&Subject { text, ..Subject::default() }).iter().any(|one| one.rule == Rule::Empty) {
            return Some(Lack::Missing);
        }
        if text.trim().chars().count() < self.minimum as usize {
            return Some(Lack::TooShort { minimum: self.minimum });
        }
        let tweet_text = Some(tweet_text).filter(|text| !text.is_empty());
        let subject = Subject { text, tweet_text, siblings, ..Subject::default() };
        let level = self.level?;
        let found = lint(&subject).into_iter().find(|finding| finding.rule.level() >= level);
        found.map(|finding| Lack::Flagged(finding.rule))
    }

    /// For what a Tweet is refused whose media lack this; `None` if it is posted.
    pub fn refuses(self, lacks: &[(MediaId, Lack)]) -> Option<&(MediaId, Lack)> {
        lacks.first().filter(|_| self.mode == PolicyMode::Require)
    }
}

impl Lack {
    /// A word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::TooShort { .. } => "too-short",
            Self::Flagged(rule) => rule.id(),
        }
    }
}

/// A sentence without subject for people, such as "has no alt text; describe it first".
impl fmt::Display for Lack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => out.write_str("has no alt text; describe it first"),
            Self::TooShort { minimum } => {
                write!(out, "has an alt text of fewer than {minimum} characters")
            }
            Self::Flagged(rule) => {
                write!(out, "has an alt text that helps nobody: {} {}", rule.reason(), rule.cure())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUIRE: AltTextPolicy =
        AltTextPolicy { mode: PolicyMode::Require, minimum: 0, level: None };

    fn lacks(policy: AltTextPolicy, texts: &[Option<&str>]) -> Vec<&'static str> {
        let media: Vec<Described<'_>> = (1..)
            .zip(texts)
            .map(|(id, text)| Described {
                media: MediaId(id),
                alt_text: text.filter(|text| *text != "decorative"),
                is_decorative: *text == Some("decorative"),
            })
            .collect();
        policy.lacks(&media, "Spring!").iter().map(|(_, lack)| lack.name()).collect()
    }

    #[test]
    fn a_policy_says_what_each_media_lacks() {
        let texts = [Some("a wren on a gate"), None, Some("decorative"), Some("a wren on a gate")];
        assert_eq!(lacks(AltTextPolicy::default(), &texts), [""; 0]);
        assert_eq!(lacks(REQUIRE, &texts), ["missing"]);
        let long = AltTextPolicy { minimum: 20, ..REQUIRE };
        assert_eq!(lacks(long, &texts), ["too-short", "missing", "too-short"]);
        let strict = AltTextPolicy { level: Some(Level::Info), ..REQUIRE };
        assert_eq!(lacks(strict, &texts), ["duplicate", "missing", "duplicate"]);
        let mild = AltTextPolicy { level: Some(Level::Warning), ..REQUIRE };
        let texts = [Some("IMG_1234.jpg"), Some("a wren on a gate")];
        assert_eq!(lacks(mild, &texts), ["file-name"]);
        let invisible = [Some("\u{200b}\u{200b}"), Some("a wren on a gate"), Some("      wren")];
        assert_eq!(
            lacks(AltTextPolicy { minimum: 5, ..REQUIRE }, &invisible),
            ["missing", "too-short"]
        );
    }

    #[test]
    fn the_stricter_of_two_wins_and_off_adds_nothing() {
        let remind =
            AltTextPolicy { mode: PolicyMode::Remind, minimum: 20, level: Some(Level::Warning) };
        let off = AltTextPolicy { minimum: 500, ..AltTextPolicy::default() };
        assert_eq!(remind.and(off), remind);
        assert_eq!(off.and(remind), remind);
        let both = AltTextPolicy { mode: PolicyMode::Require, ..remind };
        assert_eq!(remind.and(REQUIRE), both);
        assert_eq!(REQUIRE.and(remind), both);
    }
}

//! The description of a media in one language: an alt text and an optional extended description, as
//! IPTC has them, or the statement that the media is decorative.

use crate::alt_text::AltText;
use crate::fault::Fault;
use crate::language::Language;

/// The longest extended description, in Unicode code points.
pub const EXTENDED_MAX_CODE_POINTS: usize = 10_000;
/// The most languages that one media is described in.
pub const MAX_LANGUAGES: i64 = 100;

/// A description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Description {
    /// In words.
    Text {
        /// The alt text.
        alt_text: AltText,
        /// What does not fit into an alt text.
        extended: Option<String>,
    },
    /// The media only decorates, so that readers who cannot see it miss nothing.
    Decorative,
}

/// A description and its language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalizedDescription {
    /// The language.
    pub lang: Language,
    /// The description.
    pub description: Description,
}

impl Description {
    /// A description embedded in a file. An extended one without an alt text becomes the alt text;
    /// what is too long is cut. `None` if nothing valid is left.
    pub fn from_embedded(alt_text: Option<&str>, extended: Option<&str>) -> Option<Self> {
        let (alt_text, extended) = match alt_text.and_then(AltText::shortened) {
            Some(alt_text) => (alt_text, extended),
            None => (AltText::shortened(extended?)?, None),
        };
        let extended = extended.map(|text| text.chars().take(EXTENDED_MAX_CODE_POINTS).collect());
        let is_valid = |text: &String| !text.contains('\0');
        Some(Self::Text { alt_text, extended: extended.filter(is_valid) })
    }

    /// Validates a description as it was sent. Besides the faults of [`AltText::parse`]:
    /// [`Fault::AltTextMissing`] if there is neither an alt text nor `decorative`,
    /// [`Fault::DecorativeDescribed`] if there is both, [`Fault::ExtendedTooLong`],
    /// [`Fault::AltTextInvalid`] for a NUL in the extended description.
    pub fn parse(
        alt_text: Option<&str>,
        extended: Option<&str>,
        decorative: bool,
    ) -> Result<Self, Fault> {
        let extended = extended.map(str::trim).filter(|text| !text.is_empty());
        match (alt_text, decorative) {
            (None, true) if extended.is_none() => Ok(Self::Decorative),
            (_, true) => Err(Fault::DecorativeDescribed),
            (None, false) => Err(Fault::AltTextMissing),
            (Some(alt_text), false) => Ok(Self::Text {
                alt_text: AltText::parse(alt_text)?,
                extended: extended.map(parse_extended).transpose()?,
            }),
        }
    }

    /// The alt text; `None` if the media is decorative.
    pub fn alt_text(&self) -> Option<&str> {
        match self {
            Self::Text { alt_text, .. } => Some(alt_text.as_str()),
            Self::Decorative => None,
        }
    }

    /// The extended description.
    pub fn extended(&self) -> Option<&str> {
        match self {
            Self::Text { extended, .. } => extended.as_deref(),
            Self::Decorative => None,
        }
    }

    /// Whether the media is decorative.
    pub fn is_decorative(&self) -> bool {
        matches!(self, Self::Decorative)
    }
}

fn parse_extended(text: &str) -> Result<String, Fault> {
    let got = text.chars().count();
    if got > EXTENDED_MAX_CODE_POINTS {
        return Err(Fault::ExtendedTooLong { limit: EXTENDED_MAX_CODE_POINTS, got });
    }
    if text.contains('\0') {
        return Err(Fault::AltTextInvalid);
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_words_or_decorative_and_never_both() {
        let words = Description::parse(Some("a wren"), Some("  on a gate  "), false).unwrap();
        assert_eq!((words.alt_text(), words.extended()), (Some("a wren"), Some("on a gate")));
        assert_eq!(Description::parse(None, Some(" "), true), Ok(Description::Decorative));
        assert_eq!(Description::parse(Some("a"), None, true), Err(Fault::DecorativeDescribed));
        assert_eq!(Description::parse(None, Some("a"), true), Err(Fault::DecorativeDescribed));
        assert_eq!(Description::parse(None, Some("a"), false), Err(Fault::AltTextMissing));
        assert_eq!(Description::parse(Some(" "), None, false), Err(Fault::AltTextBlank));
    }

    #[test]
    fn the_extended_description_has_a_bound() {
        let long = "\u{1F426}".repeat(EXTENDED_MAX_CODE_POINTS);
        assert!(Description::parse(Some("a"), Some(&long), false).is_ok());
        let (limit, got) = (EXTENDED_MAX_CODE_POINTS, EXTENDED_MAX_CODE_POINTS + 1);
        let refused = Description::parse(Some("a"), Some(&format!("{long}!")), false);
        assert_eq!(refused, Err(Fault::ExtendedTooLong { limit, got }));
        let nul = Description::parse(Some("a"), Some("b\0c"), false);
        assert_eq!(nul, Err(Fault::AltTextInvalid));
    }
}

//! Alt text: the description of an image for people who cannot see it.

use crate::fault::Fault;

/// The longest alt text, in Unicode code points (documented: "Must be <= 1000 chars").
///
/// Counted in code points, it accepts whatever a client accepts that counts UTF-16 units.
pub const MAX_CODE_POINTS: usize = 1000;

/// A valid description, exactly as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AltText(String);

impl AltText {
    /// Validates a description: [`Fault::AltTextBlank`], [`Fault::AltTextTooLong`] beyond
    /// [`MAX_CODE_POINTS`], [`Fault::AltTextInvalid`] with a NUL.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        if text.chars().all(|c| c.is_whitespace() || c == '\0') {
            return Err(Fault::AltTextBlank);
        }
        let got = text.chars().count();
        if got > MAX_CODE_POINTS {
            return Err(Fault::AltTextTooLong { limit: MAX_CODE_POINTS, got });
        }
        if text.contains('\0') {
            return Err(Fault::AltTextInvalid);
        }
        Ok(Self(text.to_owned()))
    }

    /// A description that nobody typed here, such as one embedded in a file: one that is too long is cut at a word, with an ellipsis;
    /// `None` if it is invalid otherwise.
    pub fn shortened(text: &str) -> Option<Self> {
        let text = text.trim();
        match Self::parse(text) {
            Err(Fault::AltTextTooLong { .. }) => {}
            other => return other.ok(),
        }
        let cut: String = text.chars().take(MAX_CODE_POINTS - 1).collect();
        let end = cut.rfind(char::is_whitespace).unwrap_or(cut.len());
        Self::parse(&format!("{}\u{2026}", cut[..end].trim_end())).ok()
    }

    /// The text as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text as it was sent.
    pub fn into_string(self) -> String {
        self.0
    }
}

/// Where a description comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AltTextOrigin {
    /// A user set it.
    Author,
    /// It was embedded in the file (IPTC `AltTextAccessibility`).
    Embedded,
    /// Another user suggested it, and it was accepted.
    Suggested,
    /// A captioning service generated it, and it was accepted.
    Generated,
}

impl AltTextOrigin {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Author, Self::Embedded, Self::Suggested, Self::Generated];

    /// The name used in the catalog.
    pub fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Embedded => "embedded",
            Self::Suggested => "suggested",
            Self::Generated => "generated",
        }
    }

    /// Parses [`AltTextOrigin::name`].
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_code_points_pass_whatever_their_width() {
        for unit in ["a", "ü", "漢", "\u{1F426}"] {
            let longest = unit.repeat(MAX_CODE_POINTS);
            assert_eq!(AltText::parse(&longest).unwrap().as_str(), longest);
            let got = MAX_CODE_POINTS + 1;
            let refused = AltText::parse(&unit.repeat(got));
            assert_eq!(refused, Err(Fault::AltTextTooLong { limit: MAX_CODE_POINTS, got }));
        }
    }

    #[test]
    fn blank_text_is_refused_and_the_rest_is_kept_as_sent() {
        for blank in ["", " ", "\n\t", "\u{3000}"] {
            assert_eq!(AltText::parse(blank), Err(Fault::AltTextBlank));
        }
        assert_eq!(AltText::parse(" e\u{301} ").unwrap().as_str(), " e\u{301} ");
    }
}

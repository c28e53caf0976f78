//! Languages of descriptions, as BCP 47 tags.

use crate::fault::Fault;
use oxilangtag::LanguageTag;
use std::fmt;

/// The longest tag, as long as implementations must support (RFC 5646, section 4.4.1).
const MAX_BYTES: usize = 35;

/// A well-formed language tag in its usual case, such as `pt-BR`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(String);

impl Language {
    /// The default language: that of a description whose language nobody told. The alt text that the
    /// documented APIs write and show.
    pub const DEFAULT: &str = "und";

    /// Parses a tag: [`Fault::LanguageInvalid`] if it is not well-formed.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let invalid = || Fault::LanguageInvalid(text.chars().take(MAX_BYTES).collect());
        if text.len() > MAX_BYTES {
            return Err(invalid());
        }
        let tag = LanguageTag::parse_and_normalize(text).map_err(|_| invalid())?;
        // XMP calls the default language so, which is `und` here.
        if tag.as_str() == "x-default" {
            return Err(invalid());
        }
        Ok(Self(tag.into_inner()))
    }

    /// The default language.
    pub fn default_language() -> Self {
        Self(Self::DEFAULT.to_owned())
    }

    /// Whether it is the default language.
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Language {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_get_their_usual_case_and_others_are_refused() {
        for (sent, expected) in
            [("EN", "en"), ("pt-br", "pt-BR"), ("zh-hant-tw", "zh-Hant-TW"), ("und", "und")]
        {
            assert_eq!(Language::parse(sent).unwrap().as_str(), expected);
        }
        let long = format!("en-x-{}", "abcdefgh-".repeat(5));
        for wrong in
            ["", "e", "en_US", "en-", "english language", "\u{e9}n", "en\0", "x-default", &long]
        {
            assert!(matches!(Language::parse(wrong), Err(Fault::LanguageInvalid(_))), "{wrong}");
        }
    }
}

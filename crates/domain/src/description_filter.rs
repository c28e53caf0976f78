//! What descriptions and media are listed by, besides words.

use crate::alt_text::AltTextOrigin;
use crate::fault::Fault;

/// A filter. Of several, all apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DescriptionFilter {
    /// Media without description.
    Undescribed,
    /// Descriptions with a warning or an error.
    Flagged,
    /// Decorative media.
    Decorative,
    /// Descriptions of this origin.
    Origin(AltTextOrigin),
    /// By an app, with this name or id.
    App(String),
}

impl DescriptionFilter {
    /// Parses filters separated by commas; [`Fault::QueryInvalid`] for one that is unknown.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, Fault> {
        text.split(',').map(str::trim).filter(|one| !one.is_empty()).map(Self::parse).collect()
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let parsed = match text.split_once(':') {
            None if text == "undescribed" => Some(Self::Undescribed),
            None if text == "flagged" => Some(Self::Flagged),
            None if text == "decorative" => Some(Self::Decorative),
            Some(("origin", name)) => AltTextOrigin::parse(name).map(Self::Origin),
            Some(("app", name)) if !name.is_empty() => Some(Self::App(name.to_owned())),
            _ => None,
        };
        parsed.ok_or_else(|| Fault::QueryInvalid {
            name: "filter",
            value: text.chars().take(100).collect(),
            why: "is not one of undescribed, flagged, decorative, origin:… and app:…".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_are_a_list_and_unknown_ones_are_refused() {
        let all = DescriptionFilter::parse_list("flagged, origin:embedded,app:a b").unwrap();
        let app = DescriptionFilter::App("a b".to_owned());
        let embedded = DescriptionFilter::Origin(AltTextOrigin::Embedded);
        assert_eq!(all, [DescriptionFilter::Flagged, embedded, app]);
        for wrong in ["x", "origin:x", "app:", "undescribed:1", "origin"] {
            assert!(DescriptionFilter::parse_list(wrong).is_err(), "{wrong}");
        }
    }
}

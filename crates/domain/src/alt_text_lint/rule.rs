//! The rules: names, levels, and what is said about each.

use super::level::Level;

/// What can be wrong with a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Nothing that could be read.
    Empty,
    /// The name of a file.
    FileName,
    /// A word that stands for a description: "image", "untitled".
    Placeholder,
    /// It begins with "image of" or the like.
    Redundant,
    /// The text of the Tweet again.
    SameAsTweet,
    /// The description of another image of the Tweet again.
    Duplicate,
    /// Emoji or punctuation only.
    NoLetters,
    /// A link only.
    OnlyUrl,
    /// Written in capitals throughout.
    Capitals,
    /// A single short word.
    Short,
    /// Longer than is comfortable to listen to in one go.
    Long,
    /// In a script in which its language is not written.
    ScriptLanguage,
    /// Letters under heaps of marks.
    Zalgo,
    /// The same character many times in a row.
    RepeatedCharacters,
    /// A row of hashtags.
    Hashtags,
}

/// What is known about a rule.
struct Facts {
    id: &'static str,
    level: Level,
    reason: &'static str,
    cure: &'static str,
    source: &'static str,
}

impl Rule {
    /// Every rule, in the order of findings.
    pub const ALL: &[Self] = &[
        Self::Empty,
        Self::FileName,
        Self::Placeholder,
        Self::Redundant,
        Self::SameAsTweet,
        Self::Duplicate,
        Self::NoLetters,
        Self::OnlyUrl,
        Self::Capitals,
        Self::Short,
        Self::Long,
        Self::ScriptLanguage,
        Self::Zalgo,
        Self::RepeatedCharacters,
        Self::Hashtags,
    ];

    /// The name used in APIs and settings.
    pub fn id(self) -> &'static str {
        self.facts().id
    }

    /// Parses [`Rule::id`].
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    /// How much it matters.
    pub fn level(self) -> Level {
        self.facts().level
    }

    /// Why it harms a reader, one sentence.
    pub fn reason(self) -> &'static str {
        self.facts().reason
    }

    /// What the author can do, one sentence.
    pub fn cure(self) -> &'static str {
        self.facts().cure
    }

    /// Where the rule comes from: a standard, or a tool that has it.
    pub fn source(self) -> &'static str {
        self.facts().source
    }

    fn facts(self) -> &'static Facts {
        &FACTS[self as usize]
    }
}

/// In the order of [`Rule::ALL`].
static FACTS: [Facts; Rule::ALL.len()] = [
    Facts {
        id: "empty",
        level: Level::Error,
        reason: "A screen reader says nothing, or falls back to a file name or a link.",
        cure: "Describe what the image shows, or leave the description away if the image only decorates.",
        source: "WCAG 2.2, 1.1.1 and failure F65",
    },
    Facts {
        id: "file-name",
        level: Level::Warning,
        reason: "The name of a file tells a reader how it was stored, not what the image shows.",
        cure: "Replace the name by a sentence about what the image shows.",
        source: "WCAG 2.2, failure F30; Siteimprove SIA-R39; ATAG 2.0, B.2.3.2",
    },
    Facts {
        id: "placeholder",
        level: Level::Warning,
        reason: "The words would fit every image, so a reader learns only that there is one.",
        cure: "Say what is in the image and why it is shown.",
        source: "WCAG 2.2, failure F30; ATAG 2.0, B.2.3.2",
    },
    Facts {
        id: "redundant",
        level: Level::Info,
        reason: "Screen readers announce that it is an image, so a reader hears it twice before the description begins.",
        cure: "Leave the phrase away and begin with what is shown; keep kinds that matter, such as a screenshot or a painting.",
        source: "jsx-a11y and oxc, img-redundant-alt; Biome, noRedundantAlt",
    },
    Facts {
        id: "same-as-tweet",
        level: Level::Warning,
        reason: "The reader has just heard the Tweet, and hears it again instead of what the image shows.",
        cure: "Describe what the image adds to the Tweet.",
        source: "axe-core, image-redundant-alt; our own",
    },
    Facts {
        id: "duplicate",
        level: Level::Info,
        reason: "With the same description, a reader cannot tell one image of the Tweet from the other.",
        cure: "Say what sets each image apart.",
        source: "WCAG 2.2, 1.1.1; our own",
    },
    Facts {
        id: "no-letters",
        level: Level::Warning,
        reason: "Screen readers skip punctuation or read the official names of emoji, neither of which describes the image.",
        cure: "Describe the image in words.",
        source: "WCAG 2.2, failure F30; our own",
    },
    Facts {
        id: "only-url",
        level: Level::Warning,
        reason: "A link is read out letter by letter, and does not say what the image shows.",
        cure: "Describe the image, and put the link in the Tweet.",
        source: "WCAG 2.2, failure F30; our own",
    },
    Facts {
        id: "capitals",
        level: Level::Info,
        reason: "Some screen readers spell words in capitals letter by letter, and without the shapes of words they are slow to read.",
        cure: "Write as in a sentence, and quote signs in quotation marks.",
        source: "GOV.UK style guide, block capitals; our own",
    },
    Facts {
        id: "short",
        level: Level::Info,
        reason: "One short word rarely says what an image shows, or why it is there.",
        cure: "Add what the subject does, where it is, or what matters about it.",
        source: "DubBot, short alternative text; WCAG 2.2, technique G94",
    },
    Facts {
        id: "long",
        level: Level::Info,
        reason: "A screen reader reads a description in one go, without a way to go back to a part of it.",
        cure: "Begin with a sentence that suffices by itself, and put the rest in an extended description or the Tweet.",
        source: "WCAG 2.2, techniques G92 and G95; WAI Images Tutorial, complex images",
    },
    Facts {
        id: "script-language",
        level: Level::Info,
        reason: "A screen reader picks its voice by the language, and the voice of another language cannot pronounce this text.",
        cure: "Set the language in which the description is written.",
        source: "WCAG 2.2, 3.1.1 and 3.1.2",
    },
    Facts {
        id: "zalgo",
        level: Level::Warning,
        reason: "Heaps of marks hide the letters, and screen readers read each mark or nothing.",
        cure: "Write the letters without the marks.",
        source: "WCAG 2.2, failure F71; UAX #15 (Stream-Safe Text Format); our own",
    },
    Facts {
        id: "repeated-characters",
        level: Level::Info,
        reason: "A character that is repeated many times is spelled out, counted, or garbles the word.",
        cure: "Write the word as usual, and describe what the repetition stands for.",
        source: "WCAG 2.2, failure F72 and technique H86; our own",
    },
    Facts {
        id: "hashtags",
        level: Level::Info,
        reason: "A row of hashtags is read as run-together words, and belongs to the search, not to the image.",
        cure: "Put hashtags in the Tweet, and describe the image.",
        source: "ATAG 2.0, B.2.3.2; our own",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_is_found_by_its_id_and_has_whole_sentences() {
        for (at, rule) in Rule::ALL.iter().enumerate() {
            assert_eq!(*rule as usize, at, "ALL is in the order of the enum");
            assert_eq!(Rule::parse(rule.id()), Some(*rule));
            for sentence in [rule.reason(), rule.cure()] {
                assert!(sentence.ends_with('.') && !sentence.contains(". "), "{sentence}");
            }
            assert!(!rule.source().is_empty());
        }
        assert_eq!(Rule::parse("image-of"), None);
        // Each id says what its variant says.
        let ids: Vec<String> = Rule::ALL.iter().map(|rule| rule.id().replace('-', "")).collect();
        let names: Vec<String> =
            Rule::ALL.iter().map(|rule| format!("{rule:?}").to_lowercase()).collect();
        assert_eq!(ids, names);
    }

    #[test]
    fn levels_rise_from_info_to_error() {
        assert!(Level::Info < Level::Warning && Level::Warning < Level::Error);
        for level in Level::ALL {
            assert_eq!(Level::parse(level.name()), Some(level));
        }
        assert_eq!(Level::parse("fatal"), None);
    }
}

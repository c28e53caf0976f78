//! The form of a language's words. Case and accents do not matter.

/// The words of a language.
pub(in super::super) struct Table {
    /// Primary subtags of the language and of what is written like it.
    pub(super) languages: &'static [&'static str],
    /// What may stand before a noun for "image".
    pub(super) articles: &'static [&'static str],
    /// Whole texts that describe nothing.
    pub(super) placeholders: &'static [&'static str],
    /// How texts begin that say that they describe an image.
    pub(super) starts: &'static [&'static str],
    /// How they end.
    pub(super) ends: &'static [&'static str],
    /// Beginnings that look the same and say something.
    pub(super) exempt_starts: &'static [&'static str],
    /// Ends that look the same and say something.
    pub(super) exempt_ends: &'static [&'static str],
    /// What shows that an image is spoken of that is itself in the image.
    pub(super) exempt_parts: &'static [&'static str],
    /// Nouns for "photo" that need no "of".
    pub(super) genitives: &'static [Genitive],
}

/// A noun for "photo", after which a noun says of what.
pub(in super::super) struct Genitive {
    pub(super) noun: &'static str,
    /// How adjectives end that say what kind of photo it is.
    pub(super) adjective_endings: &'static [&'static str],
    /// Words after it that do not say of what it is.
    pub(super) other_words: &'static [&'static str],
}

impl Table {
    /// No words.
    pub(super) const EMPTY: Self = Self {
        languages: &[],
        articles: &[],
        placeholders: &[],
        starts: &[],
        ends: &[],
        exempt_starts: &[],
        exempt_ends: &[],
        exempt_parts: &[],
        genitives: &[],
    };
}

//! A description, taken apart once for all rules.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};
use unicode_script::{Script, UnicodeScript as _};

/// Start and end of a part of a text, in code points.
pub(super) type Span = (usize, usize);

/// A description without what is invisible at its ends.
pub(super) struct Text {
    /// All of it, as it was sent.
    pub(super) chars: Vec<char>,
    /// The part between the first and the last visible character.
    pub(super) span: Span,
    /// That part.
    pub(super) visible: String,
}

impl Text {
    pub(super) fn of(source: &str) -> Self {
        let chars: Vec<char> = source.chars().collect();
        let is_seen = |c: &char| !is_invisible(*c);
        let start = chars.iter().position(is_seen).unwrap_or(chars.len());
        let end = chars.iter().rposition(is_seen).map_or(start, |last| last + 1);
        let visible = chars[start..end].iter().collect();
        Self { chars, span: (start, end), visible }
    }

    /// Whether nothing can be seen or read.
    pub(super) fn is_blank(&self) -> bool {
        self.visible.is_empty()
    }

    /// The code points of [`Text::visible`].
    pub(super) fn visible_chars(&self) -> &[char] {
        &self.chars[self.span.0..self.span.1]
    }

    /// A part of [`Text::visible_chars`] as a part of the whole.
    pub(super) fn span_of(&self, (start, end): Span) -> Span {
        (self.span.0 + start, self.span.0 + end)
    }
}

/// Letters, digits, and marks: what words consist of.
pub(super) fn is_word(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// What combines with the letter before it.
pub(super) fn is_mark(c: char) -> bool {
    !c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Mark
}

/// Letters of scripts without spaces between words, or with whole words in a few characters.
pub(super) fn is_dense(c: char) -> bool {
    matches!(
        c.script(),
        Script::Han
            | Script::Hiragana
            | Script::Katakana
            | Script::Bopomofo
            | Script::Hangul
            | Script::Yi
            | Script::Thai
            | Script::Lao
            | Script::Khmer
            | Script::Myanmar
            | Script::Tibetan
            | Script::Javanese
            | Script::Balinese
    )
}

/// White space, controls, and what fonts show nothing for.
pub(super) fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || matches!(c.general_category(), GeneralCategory::Control | GeneralCategory::Format)
        || matches!(
            c,
            '\u{34f}'
                | '\u{115f}'
                | '\u{1160}'
                | '\u{17b4}'
                | '\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{e0100}'..='\u{e01ef}'
        )
}

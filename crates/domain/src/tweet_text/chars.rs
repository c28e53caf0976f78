//! Character classes of twitter-text.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Letters and marks of any script, of which a hashtag needs at least one.
pub(super) fn is_hashtag_letter(c: char) -> bool {
    matches!(c.general_category_group(), GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark)
}

/// Characters of a hashtag.
pub(super) fn is_hashtag_part(c: char) -> bool {
    is_hashtag_letter(c)
        || c.general_category() == GeneralCategory::DecimalNumber
        || is_hashtag_joint(c)
}

/// Joiners and punctuation that hashtags of some scripts need.
fn is_hashtag_joint(c: char) -> bool {
    matches!(
        c,
        '_' | '\u{200c}'
            | '\u{200d}'
            | '\u{a67e}'
            | '\u{05be}'
            | '\u{05f3}'
            | '\u{05f4}'
            | '\u{ff5e}'
            | '\u{301c}'
            | '\u{309b}'
            | '\u{309c}'
            | '\u{30a0}'
            | '\u{30fb}'
            | '\u{3003}'
            | '\u{0f0b}'
            | '\u{0f0c}'
            | '\u{00b7}'
    )
}

pub(super) fn is_hash_sign(c: char) -> bool {
    matches!(c, '#' | '＃')
}

pub(super) fn is_at_sign(c: char) -> bool {
    matches!(c, '@' | '＠')
}

pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

pub(super) fn is_space(c: char) -> bool {
    matches!(
        c,
        '\u{9}'..='\u{d}'
            | ' '
            | '\u{85}'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{180e}'
            | '\u{2000}'..='\u{200a}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}'
    )
}

/// Directional formatting characters.
pub(super) fn is_directional(c: char) -> bool {
    matches!(
        c,
        '\u{202a}'..='\u{202e}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}'
    )
}

/// Never allowed in a Tweet.
pub(super) fn is_invalid(c: char) -> bool {
    matches!(c, '\u{fffe}' | '\u{feff}' | '\u{ffff}')
}

/// ASCII punctuation without `"` and the backtick; it ends a label of a host.
pub(super) fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() && !matches!(c, '"' | '`')
}

/// Characters of a host's label, except `-` and `_`, which it may not start or end with.
pub(super) fn is_host_char(c: char) -> bool {
    !(is_punctuation(c) || is_space(c) || is_invalid(c) || is_directional(c))
}

pub(super) fn is_accented_latin(c: char) -> bool {
    matches!(
        c,
        '\u{c0}'..='\u{d6}'
            | '\u{d8}'..='\u{f6}'
            | '\u{f8}'..='\u{24f}'
            | '\u{253}'
            | '\u{254}'
            | '\u{256}'
            | '\u{257}'
            | '\u{259}'
            | '\u{25b}'
            | '\u{263}'
            | '\u{268}'
            | '\u{26f}'
            | '\u{272}'
            | '\u{289}'
            | '\u{28b}'
            | '\u{2bb}'
            | '\u{300}'..='\u{36f}'
            | '\u{1e00}'..='\u{1eff}'
    )
}

/// Characters of a path, except as its last.
pub(super) fn is_path(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '\u{400}'..='\u{4ff}' | '\u{2013}')
        || "!*';:=+,.$/%#[]-_~@|&".contains(c)
        || is_accented_latin(c)
}

/// Characters that a path may end in; anything else belongs to the sentence around it.
pub(super) fn is_path_end(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '\u{400}'..='\u{4ff}')
        || "+-=_#/".contains(c)
        || is_accented_latin(c)
}

pub(super) fn is_query(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!?*'@();:&=+$/%#[]-_.,~|".contains(c)
}

pub(super) fn is_query_end(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_&=#/".contains(c)
}

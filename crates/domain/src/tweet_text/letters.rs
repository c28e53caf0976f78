//! Classes of letters, as twitter-text draws them.

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory as _};

/// Letters and marks of any script: what makes a hashtag more than a number.
pub(super) fn is_hashtag_letter(letter: char) -> bool {
    matches!(
        letter.general_category_group(),
        GeneralCategoryGroup::Letter | GeneralCategoryGroup::Mark
    )
}

/// Whatever may stand in a hashtag.
pub(super) fn is_hashtag_part(letter: char) -> bool {
    is_hashtag_letter(letter)
        || letter.general_category() == GeneralCategory::DecimalNumber
        || is_hashtag_joint(letter)
}

/// Signs that join the words of a hashtag in the scripts that need them.
fn is_hashtag_joint(letter: char) -> bool {
    matches!(
        letter,
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

pub(super) fn is_hash_sign(letter: char) -> bool {
    matches!(letter, '#' | '＃')
}

pub(super) fn is_at_sign(letter: char) -> bool {
    matches!(letter, '@' | '＠')
}

pub(super) fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

pub(super) fn is_space(letter: char) -> bool {
    matches!(
        letter,
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

/// Signs that turn the direction of writing.
pub(super) fn is_directional(letter: char) -> bool {
    matches!(
        letter,
        '\u{202a}'..='\u{202e}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}'
    )
}

/// Never allowed in a Tweet.
pub(super) fn is_invalid(letter: char) -> bool {
    matches!(letter, '\u{fffe}' | '\u{feff}' | '\u{ffff}')
}

/// Punctuation that ends the label of a host; `"` and the backtick are not in it.
pub(super) fn is_punctuation(letter: char) -> bool {
    letter.is_ascii_punctuation() && !matches!(letter, '"' | '`')
}

/// Letters of a host's label, save `-` and `_`, which may not stand at its ends.
pub(super) fn is_host_letter(letter: char) -> bool {
    !(is_punctuation(letter) || is_space(letter) || is_invalid(letter) || is_directional(letter))
}

pub(super) fn is_accented_latin(letter: char) -> bool {
    matches!(
        letter,
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

/// Letters of a path, before a closing character is asked for.
pub(super) fn is_path(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(letter, '\u{400}'..='\u{4ff}' | '\u{2013}')
        || "!*';:=+,.$/%#[]-_~@|&".contains(letter)
        || is_accented_latin(letter)
}

/// Letters a path may end in; anything else there belongs to the sentence around it.
pub(super) fn is_path_end(letter: char) -> bool {
    letter.is_ascii_alphanumeric()
        || matches!(letter, '\u{400}'..='\u{4ff}')
        || "+-=_#/".contains(letter)
        || is_accented_latin(letter)
}

pub(super) fn is_query(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!?*'@();:&=+$/%#[]-_.,~|".contains(letter)
}

pub(super) fn is_query_end(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-_&=#/".contains(letter)
}

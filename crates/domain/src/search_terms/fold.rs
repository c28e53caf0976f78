//! Folds what readers do not tell apart when they search: case, accents, width, forms of a letter.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The digits zero of scripts whose digits are written like others.
const ZEROS: [u32; 16] = [
    0x660, 0x6f0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0,
    0xf20, 0x1040, 0x17e0,
];

/// The folded text. Compatible characters become one (full and half width, ligatures), case and accents
/// vanish, marks that are part of a letter stay (vowel signs, й, voiced kana).
pub(super) fn fold(text: &str) -> String {
    let mut base = ' ';
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd() {
        let is_mark = is_combining_mark(c);
        if is_ignored(c) || (is_mark && is_accent(c) && !belongs_to_letter(base, c)) {
            continue;
        }
        if !is_mark {
            base = c;
        }
        fold_char(c, &mut folded);
    }
    folded.nfc().collect()
}

fn fold_char(c: char, folded: &mut String) {
    match letter(c) {
        Some(same) => folded.push_str(same),
        None => match digit(c) {
            Some(digit) => folded.push(digit),
            // Upper case first: ß is SS, a final ς is Σ, a dotless ı is I.
            None => folded.extend(c.to_uppercase().flat_map(char::to_lowercase)),
        },
    }
}

fn digit(c: char) -> Option<char> {
    let zero = ZEROS.into_iter().find(|zero| (*zero..zero + 10).contains(&u32::from(c)))?;
    char::from_digit(u32::from(c) - zero, 10)
}

/// Letters that are written for one another, or that a keyboard lacks, and have no decomposition.
fn letter(c: char) -> Option<&'static str> {
    Some(match c {
        'ø' | 'Ø' => "o",
        'ł' | 'Ł' => "l",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ħ' | 'Ħ' => "h",
        'ŧ' | 'Ŧ' => "t",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'þ' | 'Þ' => "th",
        // Arabic: alef maqsura, teh marbuta, and the letters of Persian and Urdu keyboards.
        '\u{649}' | '\u{6cc}' => "\u{64a}",
        '\u{629}' | '\u{6c1}' | '\u{6d5}' | '\u{6be}' => "\u{647}",
        '\u{6a9}' => "\u{643}",
        '\u{671}' => "\u{627}",
        // Devanagari: a nasal vowel is written with either sign.
        '\u{901}' => "\u{902}",
        // An apostrophe that counts as a letter.
        '\u{2bc}' => "'",
        _ => return None,
    })
}

/// What is not seen, or only stretches a word.
fn is_ignored(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{640}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// Marks that writers leave out: accents, vowel points, the dot below that marks a borrowed sound.
fn is_accent(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
        | '\u{591}'..='\u{5c7}'
        | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6ed}'
        | '\u{8d3}'..='\u{8ff}'
        | '\u{93c}' | '\u{9bc}' | '\u{a3c}' | '\u{abc}' | '\u{b3c}')
}

/// Cyrillic letters that decompose, and are no accented forms: й, ў, ї, ѓ, ќ. (ё is written е.)
fn belongs_to_letter(base: char, mark: char) -> bool {
    matches!(
        (base, mark),
        ('и' | 'И' | 'у' | 'У', '\u{306}')
            | ('і' | 'І', '\u{308}')
            | ('г' | 'Г' | 'к' | 'К', '\u{301}')
    )
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn what_readers_do_not_tell_apart_is_the_same() {
        let same = [
            ("Straße", "STRASSE"),
            ("Crème brûlée", "creme brulee"),
            ("ΟΔΟΣ", "οδός"),
            ("İstanbul ışık", "istanbul isik"),
            ("ёлка", "Елка"),
            ("ﬁsh", "fish"),
            ("ｶﾞﾗｽ", "ガラス"),
            ("ＡＢＣ１２", "abc12"),
            ("smørrebrød", "smorrebrod"),
            ("مُعَلِّمَة", "معلمه"),
            ("أحمد", "احمد"),
            ("كــتاب", "کتاب"),
            ("٣ قطط", "3 قطط"),
            ("ज़मीन", "जमीन"),
            ("हँस", "हंस"),
            ("한국", "한국"),
            ("co\u{ad}operate", "cooperate"),
        ];
        for (one, other) in same {
            assert_eq!(fold(one), fold(other), "{one} {other}");
        }
    }

    #[test]
    fn marks_that_make_another_letter_stay() {
        for (one, other) in [
            ("мой", "мои"),
            ("їжа", "іжа"),
            ("हाथ", "हथ"),
            ("हाथी", "हाथ"),
            ("が", "か"),
            ("พอ", "พ่อ"),
            ("কি", "ক"),
        ] {
            assert_ne!(fold(one), fold(other), "{one} {other}");
        }
    }
}

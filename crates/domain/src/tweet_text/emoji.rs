//! Where an emoji ends.

const JOINER: char = '\u{200D}';
const EMOJI_STYLE: char = '\u{FE0F}';
const KEYCAP: char = '\u{20E3}';

/// How many characters at the start are one emoji; 0 if there is none.
pub(super) fn length(text: &[char]) -> usize {
    let mut length = unit(text);
    if length == 0 {
        return 0;
    }
    while text.get(length) == Some(&JOINER) {
        let next = unit(&text[length + 1..]);
        if next == 0 {
            break;
        }
        length += 1 + next;
    }
    length
}

/// One emoji without joiners.
fn unit(text: &[char]) -> usize {
    match text {
        ['0'..='9' | '#' | '*', EMOJI_STYLE, KEYCAP, ..] => 3,
        ['0'..='9' | '#' | '*', KEYCAP, ..] => 2,
        [a, b, ..] if is_region(*a) && is_region(*b) => 2,
        [first, rest @ ..] if is_emoji(*first) => 1 + modifiers(rest),
        [first, EMOJI_STYLE, rest @ ..] if is_text_emoji(*first) => 2 + modifiers(rest),
        // Such a character is an emoji within a joined sequence even without its style.
        [first, JOINER, next, ..] if is_text_emoji(*first) && is_emoji(*next) => 1,
        ['\u{2640}' | '\u{2642}' | '\u{2695}' | '\u{2696}' | '\u{2708}', ..] => 0,
        _ => 0,
    }
}

fn modifiers(rest: &[char]) -> usize {
    let mut length = 0;
    while let Some(c) = rest.get(length) {
        let is_modifier = *c == EMOJI_STYLE
            || ('\u{1F3FB}'..='\u{1F3FF}').contains(c)
            || ('\u{E0020}'..='\u{E007F}').contains(c);
        if !is_modifier {
            break;
        }
        length += 1;
    }
    length
}

fn is_region(c: char) -> bool {
    ('\u{1F1E6}'..='\u{1F1FF}').contains(&c)
}

/// Characters that are shown as emoji by themselves.
fn is_emoji(c: char) -> bool {
    matches!(u32::from(c),
        0x231A..=0x231B | 0x23E9..=0x23EC | 0x23F0 | 0x23F3 | 0x25FD..=0x25FE | 0x2614..=0x2615
        | 0x2648..=0x2653 | 0x267F | 0x2693 | 0x26A1 | 0x26AA..=0x26AB | 0x26BD..=0x26BE
        | 0x26C4..=0x26C5 | 0x26CE | 0x26D4 | 0x26EA | 0x26F2..=0x26F3 | 0x26F5 | 0x26FA | 0x26FD
        | 0x2705 | 0x270A..=0x270B | 0x2728 | 0x274C | 0x274E | 0x2753..=0x2755 | 0x2757
        | 0x2795..=0x2797 | 0x27B0 | 0x27BF | 0x2B1B..=0x2B1C | 0x2B50 | 0x2B55
        | 0x1F004 | 0x1F0CF | 0x1F18E | 0x1F191..=0x1F19A | 0x1F201 | 0x1F21A | 0x1F22F
        | 0x1F232..=0x1F236 | 0x1F238..=0x1F23A | 0x1F250..=0x1F251 | 0x1F300..=0x1F64F
        | 0x1F680..=0x1F6FF | 0x1F7E0..=0x1F7EB | 0x1F7F0 | 0x1F90C..=0x1FAFF)
}

/// Characters that are shown as emoji with the emoji style behind them.
fn is_text_emoji(c: char) -> bool {
    matches!(u32::from(c),
        0xA9 | 0xAE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2194..=0x21AA | 0x2328 | 0x23CF
        | 0x23ED..=0x23FA | 0x24C2 | 0x25AA..=0x25FE | 0x2600..=0x27BF | 0x2934..=0x2935
        | 0x2B05..=0x2B07 | 0x3030 | 0x303D | 0x3297 | 0x3299 | 0x1F170..=0x1F171
        | 0x1F17E..=0x1F17F | 0x1F202 | 0x1F237)
}

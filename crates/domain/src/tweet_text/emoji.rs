//! Emoji sequences, each of which weighs as much as one.
//!
//! Any joined sequence of up to four emoji counts as one, whether or not a font draws it so: a
//! list of the drawn ones would be out of date every year.

use unicode_properties::UnicodeEmoji as _;
use unicode_properties::emoji::{EmojiStatus, is_regional_indicator, is_zwj};

const EMOJI_STYLE: char = '\u{fe0f}';
const TEXT_STYLE: char = '\u{fe0e}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';
/// A kiss and the largest family have four people or things.
const MAX_JOINED: usize = 4;
/// `gbeng`, the tags of England, with room for longer subdivisions.
const MAX_TAGS: usize = 6;

/// Code points of the emoji sequence at the start of `letters`; `None` if there is none.
pub(super) fn length(letters: &[char]) -> Option<usize> {
    let first = *letters.first()?;
    if first.is_ascii() {
        return keycap(letters);
    }
    if is_regional_indicator(first) {
        let is_pair = letters.get(1).is_some_and(|second| is_regional_indicator(*second));
        return Some(if is_pair { 2 } else { 1 });
    }
    if first == BLACK_FLAG
        && let Some(tags) = tags(&letters[1..])
    {
        return Some(1 + tags);
    }
    joined(letters)
}

fn keycap(letters: &[char]) -> Option<usize> {
    match letters {
        ['0'..='9' | '#' | '*', EMOJI_STYLE, KEYCAP, ..] => Some(3),
        ['0'..='9' | '#' | '*', KEYCAP, ..] => Some(2),
        _ => None,
    }
}

fn tags(letters: &[char]) -> Option<usize> {
    let is_tag = |letter: &&char| matches!(**letter, '\u{e0030}'..='\u{e007a}');
    let count = letters.iter().take_while(is_tag).count();
    let is_complete = (1..=MAX_TAGS).contains(&count) && letters.get(count) == Some(&CANCEL_TAG);
    is_complete.then_some(count + 1)
}

fn joined(letters: &[char]) -> Option<usize> {
    let mut end = element(letters)?;
    for _ in 1..MAX_JOINED {
        if !letters.get(end).is_some_and(|letter| is_zwj(*letter)) {
            break;
        }
        let Some(next) = element(&letters[end + 1..]) else { break };
        end += 1 + next;
    }
    Some(end)
}

/// One emoji with its style and skin tone.
fn element(letters: &[char]) -> Option<usize> {
    let first = *letters.first()?;
    if first.is_ascii() || is_regional_indicator(first) || !first.is_emoji_char() {
        return None;
    }
    let style = letters.get(1).copied();
    // © and ® are text unless asked otherwise.
    let needs_style = matches!(first, '©' | '®' | '™' | '♟');
    let is_text = style == Some(TEXT_STYLE) && !is_colored(first);
    if is_text || (needs_style && style != Some(EMOJI_STYLE)) {
        return None;
    }
    let mut end = 1;
    if style == Some(EMOJI_STYLE) {
        end += 1;
    }
    if is_modifier_base(first) && letters.get(end).is_some_and(|next| is_skin_tone(*next)) {
        end += 1;
    }
    Some(end)
}

fn is_skin_tone(letter: char) -> bool {
    matches!(letter, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_modifier_base(letter: char) -> bool {
    matches!(
        letter.emoji_status(),
        EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiPresentationAndModifierBase
    )
}

/// Whether a letter is drawn as an emoji unless asked otherwise.
fn is_colored(letter: char) -> bool {
    !matches!(letter.emoji_status(), EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiOther)
}

//! Emoji sequences, each of which has the weight of one emoji.
//!
//! Any joined sequence of up to four emoji counts as one, whether or not fonts support it: a list of
//! the supported ones would be out of date every year.

use unicode_properties::UnicodeEmoji as _;
use unicode_properties::emoji::{EmojiStatus, is_regional_indicator, is_zwj};

const EMOJI_STYLE: char = '\u{fe0f}';
const TEXT_STYLE: char = '\u{fe0e}';
const KEYCAP: char = '\u{20e3}';
const BLACK_FLAG: char = '\u{1f3f4}';
const CANCEL_TAG: char = '\u{e007f}';
/// The longest sequences, a kiss and a family, join four emoji.
const MAX_JOINED: usize = 4;
/// `gbeng`, the tags of England, with room for longer subdivisions.
const MAX_TAGS: usize = 6;

/// Length, in code points, of the emoji sequence at the start of `chars`; `None` if there is none.
pub(super) fn length(chars: &[char]) -> Option<usize> {
    let first = *chars.first()?;
    if first.is_ascii() {
        return keycap(chars);
    }
    if is_regional_indicator(first) {
        let is_pair = chars.get(1).is_some_and(|second| is_regional_indicator(*second));
        return Some(if is_pair { 2 } else { 1 });
    }
    if first == BLACK_FLAG
        && let Some(tags) = tags(&chars[1..])
    {
        return Some(1 + tags);
    }
    joined(chars)
}

fn keycap(chars: &[char]) -> Option<usize> {
    match chars {
        ['0'..='9' | '#' | '*', EMOJI_STYLE, KEYCAP, ..] => Some(3),
        ['0'..='9' | '#' | '*', KEYCAP, ..] => Some(2),
        _ => None,
    }
}

fn tags(chars: &[char]) -> Option<usize> {
    let is_tag = |c: &&char| matches!(**c, '\u{e0030}'..='\u{e007a}');
    let count = chars.iter().take_while(is_tag).count();
    let is_complete = (1..=MAX_TAGS).contains(&count) && chars.get(count) == Some(&CANCEL_TAG);
    is_complete.then_some(count + 1)
}

fn joined(chars: &[char]) -> Option<usize> {
    let mut end = element(chars)?;
    for _ in 1..MAX_JOINED {
        if !chars.get(end).is_some_and(|c| is_zwj(*c)) {
            break;
        }
        let Some(next) = element(&chars[end + 1..]) else { break };
        end += 1 + next;
    }
    Some(end)
}

/// One emoji with its style and skin tone.
fn element(chars: &[char]) -> Option<usize> {
    let first = *chars.first()?;
    if first.is_ascii() || is_regional_indicator(first) || !first.is_emoji_char() {
        return None;
    }
    let style = chars.get(1).copied();
    // These are text by default.
    let needs_style = matches!(first, '©' | '®' | '™' | '♟');
    let is_text = style == Some(TEXT_STYLE) && !is_colored(first);
    if is_text || (needs_style && style != Some(EMOJI_STYLE)) {
        return None;
    }
    let mut end = 1;
    if style == Some(EMOJI_STYLE) {
        end += 1;
    }
    if is_modifier_base(first) && chars.get(end).is_some_and(|next| is_skin_tone(*next)) {
        end += 1;
    }
    Some(end)
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}

fn is_modifier_base(c: char) -> bool {
    matches!(
        c.emoji_status(),
        EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiPresentationAndModifierBase
    )
}

/// Whether a character is displayed as an emoji by default.
fn is_colored(c: char) -> bool {
    !matches!(c.emoji_status(), EmojiStatus::EmojiModifierBase | EmojiStatus::EmojiOther)
}

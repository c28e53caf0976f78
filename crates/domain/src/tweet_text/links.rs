//! Links in a text.

use super::chars::{
    is_at_sign, is_hash_sign, is_invalid, is_path, is_path_end, is_query, is_query_end,
};
use super::host::{Labels, is_valid_in_dns, latin_hosts};

/// Maximum length of a link in UTF-16 units; its protocol counts twice, as in twitter-text.
const MAX_LENGTH: usize = 4096;
/// Maximum number of characters after `t.co/`.
const MAX_SHORT_PATH: usize = 40;

/// Start and end of each link, in code points, in order.
pub(super) fn find(chars: &[char]) -> Vec<(usize, usize)> {
    if !chars.contains(&'.') {
        return Vec::new();
    }
    let labels = Labels::of(chars);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < chars.len() {
        let Some(candidate) = candidate_at(chars, &labels, at) else {
            at += 1;
            continue;
        };
        // As in twitter-text, a rejected candidate is not searched again.
        at = candidate.end;
        candidate.links(chars, &mut found);
    }
    found
}

/// A range with the syntax of a link, still to be validated.
struct Candidate {
    start: usize,
    host: (usize, usize),
    path_start: usize,
    path_end: usize,
    end: usize,
}

/// The candidate after the character at `at`, or the one at the start of the text.
fn candidate_at(chars: &[char], labels: &Labels, at: usize) -> Option<Candidate> {
    let c = chars[at];
    let may_precede = !(c.is_ascii_alphanumeric()
        || c == '$'
        || is_at_sign(c)
        || is_hash_sign(c)
        || is_invalid(c));
    let after = if may_precede { candidate_from(chars, labels, at + 1) } else { None };
    if after.is_none() && at == 0 {
        return candidate_from(chars, labels, 0);
    }
    after
}

fn candidate_from(chars: &[char], labels: &Labels, start: usize) -> Option<Candidate> {
    let host_start = start + protocol_length(&chars[start..]);
    let host_end = labels.host_end(chars, host_start)?;
    let path_start = host_end + port_length(&chars[host_end..]);
    let path_end = path_start + path_length(&chars[path_start..]);
    let end = path_end + query_length(&chars[path_end..]);
    Some(Candidate { start, host: (host_start, host_end), path_start, path_end, end })
}

impl Candidate {
    fn links(&self, chars: &[char], found: &mut Vec<(usize, usize)>) {
        let host = &chars[self.host.0..self.host.1];
        let protocol = self.host.0 - self.start;
        let units: usize = chars[self.start..self.end].iter().map(|c| c.len_utf16()).sum();
        let is_short = units + if protocol > 0 { protocol } else { 8 } <= MAX_LENGTH;
        if !(is_short && is_valid_in_dns(host)) {
            return;
        }
        if protocol == 0 {
            return self.links_without_protocol(chars, found);
        }
        found.extend(self.trimmed_end(chars).map(|end| (self.start, end)));
    }

    fn links_without_protocol(&self, chars: &[char], found: &mut Vec<(usize, usize)>) {
        let before = self.start.checked_sub(1).map(|at| chars[at]);
        if matches!(before, Some('-' | '_' | '.' | '/')) {
            return;
        }
        let host = &chars[self.host.0..self.host.1];
        for (start, end) in latin_hosts(host) {
            // Only with a path does the rest after the last host belong to the link.
            let is_last = self.host.0 + end == self.host.1;
            let has_path = self.path_end > self.path_start;
            let end = if is_last && has_path { self.end } else { self.host.0 + end };
            found.push((self.host.0 + start, end));
        }
    }

    /// The end of the link. The path of a `t.co` link has only letters and digits; `None` if it has
    /// too many of them.
    fn trimmed_end(&self, chars: &[char]) -> Option<usize> {
        let host: String = chars[self.host.0..self.host.1].iter().collect();
        let has_path = self.path_start == self.host.1 && self.path_end > self.path_start;
        if !(has_path && host.eq_ignore_ascii_case("t.co")) {
            return Some(self.end);
        }
        let path = &chars[self.path_start + 1..self.end];
        let length = path.iter().take_while(|c| c.is_ascii_alphanumeric()).count();
        if length == 0 {
            return Some(self.end);
        }
        let end = self.path_start + 1 + length;
        (length <= MAX_SHORT_PATH).then(|| end + query_length(&chars[end..self.end]))
    }
}

fn protocol_length(chars: &[char]) -> usize {
    let starts_with = |protocol: &str| {
        chars.len() >= protocol.len()
            && chars.iter().zip(protocol.chars()).all(|(c, p)| c.to_ascii_lowercase() == p)
    };
    ["http://", "https://"].into_iter().find(|p| starts_with(p)).map_or(0, str::len)
}

fn port_length(chars: &[char]) -> usize {
    if chars.first() != Some(&':') {
        return 0;
    }
    let digits = chars[1..].iter().take_while(|c| c.is_ascii_digit()).count();
    if digits == 0 { 0 } else { 1 + digits }
}

/// Up to the last character that may end a path, and the balanced parentheses after it.
fn path_length(chars: &[char]) -> usize {
    if chars.first() != Some(&'/') {
        return 0;
    }
    let (mut at, mut end) = (1, 1);
    while let Some(c) = chars.get(at) {
        if is_path(*c) {
            at += 1;
            if is_path_end(*c) {
                end = at;
            }
            continue;
        }
        let Some(length) = parenthesis_length(&chars[at..]) else { break };
        // As in twitter-text, parentheses end a path only right after a character that may end it.
        if end == at {
            end += length;
        }
        at += length;
    }
    end
}

/// `(text)`, or `(text(text)text)` with the outer texts optional.
fn parenthesis_length(chars: &[char]) -> Option<usize> {
    let text = |from: usize| chars[from..].iter().take_while(|c| is_path(**c)).count();
    if chars.first() != Some(&'(') {
        return None;
    }
    let mut at = 1 + text(1);
    match chars.get(at) {
        Some(')') if at > 1 => return Some(at + 1),
        Some('(') => {}
        _ => return None,
    }
    let inner = text(at + 1);
    at += 1 + inner;
    if inner == 0 || chars.get(at) != Some(&')') {
        return None;
    }
    at += 1 + text(at + 1);
    (chars.get(at) == Some(&')')).then_some(at + 1)
}

fn query_length(chars: &[char]) -> usize {
    if chars.first() != Some(&'?') {
        return 0;
    }
    let run = chars[1..].iter().take_while(|c| is_query(**c)).count();
    chars[1..=run].iter().rposition(|c| is_query_end(*c)).map_or(0, |last| last + 2)
}

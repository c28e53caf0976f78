//! Links in running text.

use super::host::{Labels, is_registrable, latin_hosts};
use super::letters::{
    is_at_sign, is_hash_sign, is_invalid, is_path, is_path_end, is_query, is_query_end,
};

/// UTF-16 units of the longest link, its protocol counted twice as twitter-text does.
const MAX_LENGTH: usize = 4096;
/// Letters after `t.co/`, at most.
const MAX_SHORT_PATH: usize = 40;

/// Start and end of each link, in code points, in order.
pub(super) fn find(letters: &[char]) -> Vec<(usize, usize)> {
    if !letters.contains(&'.') {
        return Vec::new();
    }
    let labels = Labels::of(letters);
    let (mut found, mut at) = (Vec::new(), 0);
    while at < letters.len() {
        let Some(candidate) = candidate_at(letters, &labels, at) else {
            at += 1;
            continue;
        };
        // As the published expression does: a refused candidate is not searched again.
        at = candidate.end;
        candidate.links(letters, &mut found);
    }
    found
}

/// Something with the shape of a link.
struct Candidate {
    start: usize,
    host: (usize, usize),
    path_start: usize,
    path_end: usize,
    end: usize,
}

/// The candidate whose preceding letter stands at `at`, or the one at the start of the text.
fn candidate_at(letters: &[char], labels: &Labels, at: usize) -> Option<Candidate> {
    let letter = letters[at];
    let may_precede = !(letter.is_ascii_alphanumeric()
        || letter == '$'
        || is_at_sign(letter)
        || is_hash_sign(letter)
        || is_invalid(letter));
    let after = if may_precede { candidate_from(letters, labels, at + 1) } else { None };
    if after.is_none() && at == 0 {
        return candidate_from(letters, labels, 0);
    }
    after
}

fn candidate_from(letters: &[char], labels: &Labels, start: usize) -> Option<Candidate> {
    let host_start = start + protocol_length(&letters[start..]);
    let host_end = labels.host_end(letters, host_start)?;
    let path_start = host_end + port_length(&letters[host_end..]);
    let path_end = path_start + path_length(&letters[path_start..]);
    let end = path_end + query_length(&letters[path_end..]);
    Some(Candidate { start, host: (host_start, host_end), path_start, path_end, end })
}

impl Candidate {
    fn links(&self, letters: &[char], found: &mut Vec<(usize, usize)>) {
        let host = &letters[self.host.0..self.host.1];
        let protocol = self.host.0 - self.start;
        let units: usize = letters[self.start..self.end].iter().map(|l| l.len_utf16()).sum();
        let is_short = units + if protocol > 0 { protocol } else { 8 } <= MAX_LENGTH;
        if !(is_short && is_registrable(host)) {
            return;
        }
        if protocol == 0 {
            return self.links_without_protocol(letters, found);
        }
        found.extend(self.sane_end(letters).map(|end| (self.start, end)));
    }

    fn links_without_protocol(&self, letters: &[char], found: &mut Vec<(usize, usize)>) {
        let before = self.start.checked_sub(1).map(|at| letters[at]);
        if matches!(before, Some('-' | '_' | '.' | '/')) {
            return;
        }
        let host = &letters[self.host.0..self.host.1];
        for (start, end) in latin_hosts(host) {
            // Only a path brings what follows the last host into the link.
            let is_last = self.host.0 + end == self.host.1;
            let has_path = self.path_end > self.path_start;
            let end = if is_last && has_path { self.end } else { self.host.0 + end };
            found.push((self.host.0 + start, end));
        }
    }

    /// Where the link ends, less what cannot be part of a `t.co` link: its path has letters and
    /// digits only, and `None` if too many of them.
    fn sane_end(&self, letters: &[char]) -> Option<usize> {
        let host: String = letters[self.host.0..self.host.1].iter().collect();
        let has_path = self.path_start == self.host.1 && self.path_end > self.path_start;
        if !(has_path && host.eq_ignore_ascii_case("t.co")) {
            return Some(self.end);
        }
        let path = &letters[self.path_start + 1..self.end];
        let length = path.iter().take_while(|l| l.is_ascii_alphanumeric()).count();
        if length == 0 {
            return Some(self.end);
        }
        let end = self.path_start + 1 + length;
        (length <= MAX_SHORT_PATH).then(|| end + query_length(&letters[end..self.end]))
    }
}

fn protocol_length(letters: &[char]) -> usize {
    let starts_with = |protocol: &str| {
        letters.len() >= protocol.len()
            && letters.iter().zip(protocol.chars()).all(|(l, p)| l.to_ascii_lowercase() == p)
    };
    ["http://", "https://"].into_iter().find(|p| starts_with(p)).map_or(0, str::len)
}

fn port_length(letters: &[char]) -> usize {
    if letters.first() != Some(&':') {
        return 0;
    }
    let digits = letters[1..].iter().take_while(|letter| letter.is_ascii_digit()).count();
    if digits == 0 { 0 } else { 1 + digits }
}

/// Up to the last letter that may end a path, and the closed parentheses after it.
fn path_length(letters: &[char]) -> usize {
    if letters.first() != Some(&'/') {
        return 0;
    }
    let (mut at, mut end) = (1, 1);
    while let Some(letter) = letters.get(at) {
        if is_path(*letter) {
            at += 1;
            if is_path_end(*letter) {
                end = at;
            }
            continue;
        }
        let Some(length) = parenthesis_length(&letters[at..]) else { break };
        // As published: a parenthesis ends a path only right after what could have ended it.
        if end == at {
            end += length;
        }
        at += length;
    }
    end
}

/// `(text)`, or `(text(text)text)` with the outer texts optional.
fn parenthesis_length(letters: &[char]) -> Option<usize> {
    let text = |from: usize| letters[from..].iter().take_while(|l| is_path(**l)).count();
    if letters.first() != Some(&'(') {
        return None;
    }
    let mut at = 1 + text(1);
    match letters.get(at) {
        Some(')') if at > 1 => return Some(at + 1),
        Some('(') => {}
        _ => return None,
    }
    let inner = text(at + 1);
    at += 1 + inner;
    if inner == 0 || letters.get(at) != Some(&')') {
        return None;
    }
    at += 1 + text(at + 1);
    (letters.get(at) == Some(&')')).then_some(at + 1)
}

fn query_length(letters: &[char]) -> usize {
    if letters.first() != Some(&'?') {
        return 0;
    }
    let run = letters[1..].iter().take_while(|letter| is_query(**letter)).count();
    letters[1..=run].iter().rposition(|letter| is_query_end(*letter)).map_or(0, |last| last + 2)
}

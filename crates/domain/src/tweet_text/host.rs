//! Host names: where one ends in running text, and whether it could be registered.

use super::letters::{is_accented_latin, is_host_letter};
use super::tlds;

/// Octets of the longest label of a host, as DNS allows.
const MAX_LABEL: usize = 63;
/// More labels than this fit in no host name.
const MAX_LABELS: usize = 128;

/// For every place in a text, what a host that goes on there needs to know.
///
/// Computed once, so that each letter is read once and not once for every place before it.
pub(super) struct Labels {
    /// Where the label ends that begins here.
    ends: Vec<usize>,
    /// The next underscore.
    underscores: Vec<usize>,
    /// Length of the top-level domain after the dot here; 0 if there is none.
    tops: Vec<usize>,
}

impl Labels {
    pub(super) fn of(letters: &[char]) -> Self {
        let mut ends = vec![letters.len(); letters.len() + 1];
        let mut underscores = ends.clone();
        let mut tops = vec![0; letters.len()];
        for at in (0..letters.len()).rev() {
            let is_in = matches!(letters[at], '-' | '_') || is_host_letter(letters[at]);
            ends[at] = if is_in { ends[at + 1] } else { at };
            underscores[at] = if letters[at] == '_' { at } else { underscores[at + 1] };
            if letters[at] == '.' {
                tops[at] = tld_length(&letters[at + 1..]).unwrap_or(0);
            }
        }
        Self { ends, underscores, tops }
    }

    /// Where the host ends that begins at `start`: the longest one with a known last label.
    pub(super) fn host_end(&self, letters: &[char], start: usize) -> Option<usize> {
        let (mut found, mut from) = (None, start);
        for _ in 0..MAX_LABELS {
            let dot = self.ends[from];
            if dot == from || letters.get(dot) != Some(&'.') {
                break;
            }
            if !(is_host_letter(letters[from]) && is_host_letter(letters[dot - 1])) {
                break;
            }
            if self.underscores[from] >= dot && self.tops[dot] > 0 {
                found = Some(dot + 1 + self.tops[dot]);
            }
            from = dot + 1;
        }
        found
    }
}

/// The hosts in `host` that have only Latin letters before the last label: where one begins and
/// ends. Without a protocol, the text around a host may be glued to it.
pub(super) fn latin_hosts(host: &[char]) -> Vec<(usize, usize)> {
    let mut hosts = Vec::new();
    let mut start = 0;
    while start < host.len() {
        match latin_host_end(host, start) {
            Some(end) => {
                hosts.push((start, end));
                start = end;
            }
            None => start += label_length(&host[start..]).max(1),
        }
    }
    hosts
}

fn latin_host_end(host: &[char], start: usize) -> Option<usize> {
    let (mut found, mut from) = (None, start);
    loop {
        let length = label_length(&host[from..]);
        if length == 0 || host.get(from + length) != Some(&'.') {
            return found;
        }
        from += length + 1;
        if let Some(length) = tld_length(&host[from..]) {
            found = Some(from + length);
        }
    }
}

fn label_length(host: &[char]) -> usize {
    let is_latin = |l: &&char| **l == '-' || l.is_ascii_alphanumeric() || is_accented_latin(**l);
    host.iter().take_while(is_latin).count()
}

/// Code points of the top-level domain at the start of `letters`.
fn tld_length(letters: &[char]) -> Option<usize> {
    let window = &letters[..letters.len().min(tlds::LONGEST)];
    let lower: Vec<char> = window.iter().filter_map(|l| l.to_lowercase().next()).collect();
    let ends_here = |length: usize| {
        letters
            .get(length)
            .is_none_or(|l| !(l.is_ascii_alphanumeric() || matches!(l, '@' | '+' | '-')))
    };
    let is_tld = |length: &usize| {
        ends_here(*length) && tlds::is_known(&lower[..*length].iter().collect::<String>())
    };
    (1..=window.len()).rev().find(is_tld).or_else(|| punycode_tld(letters))
}

fn punycode_tld(letters: &[char]) -> Option<usize> {
    let is_prefix = letters.len() > 4
        && letters.iter().zip("xn--".chars()).all(|(l, prefix)| l.to_ascii_lowercase() == prefix);
    if !is_prefix {
        return None;
    }
    let is_part = |l: &&char| **l == '-' || l.is_ascii_alphanumeric();
    let rest = letters[4..].iter().take_while(is_part).count();
    (rest > 0).then_some(4 + rest)
}

/// Whether each label of `host` fits in DNS, written in punycode if need be.
pub(super) fn is_registrable(host: &[char]) -> bool {
    let is_fitting = |label: &[char]| (1..=MAX_LABEL).contains(&encoded_length(label));
    if host.starts_with(&['x', 'n', '-', '-']) && latin_hosts(host).is_empty() {
        return false;
    }
    host.split(|letter| *letter == '.').all(is_fitting)
}

/// Octets of a label as DNS knows it (RFC 3492).
fn encoded_length(label: &[char]) -> usize {
    let basic = label.iter().filter(|letter| letter.is_ascii()).count();
    if basic == label.len() || label.len() > MAX_LABEL {
        return label.len();
    }
    let separator = usize::from(basic > 0);
    "xn--".len() + basic + separator + punycode_digits(label, basic)
}

fn punycode_digits(label: &[char], basic: usize) -> usize {
    let points: Vec<u32> = label.iter().map(|letter| u32::from(*letter)).collect();
    let (mut next, mut delta, mut bias, mut done, mut digits) = (128_u32, 0_u32, 72, basic, 0);
    while done < points.len() {
        let least = points.iter().copied().filter(|p| *p >= next).min().unwrap_or(next);
        // At most 63 code points, so the product stays below 2^27.
        delta += (least - next) * (count(done) + 1);
        next = least;
        for point in &points {
            if *point < next {
                delta += 1;
            }
            if *point == next {
                digits += integer_digits(delta, bias);
                bias = adapted(delta, count(done) + 1, done == basic);
                delta = 0;
                done += 1;
            }
        }
        delta += 1;
        next += 1;
    }
    digits
}

/// A label has at most [`MAX_LABEL`] code points when it is encoded.
fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn integer_digits(mut value: u32, bias: u32) -> usize {
    let (mut digits, mut weight) = (1, 36);
    loop {
        let threshold = weight_threshold(weight, bias);
        if value < threshold {
            return digits;
        }
        value = (value - threshold) / (36 - threshold);
        digits += 1;
        weight += 36;
    }
}

fn weight_threshold(weight: u32, bias: u32) -> u32 {
    weight.saturating_sub(bias).clamp(1, 26)
}

fn adapted(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut bias = 0;
    while delta > 455 {
        delta /= 35;
        bias += 36;
    }
    bias + 36 * delta / (delta + 38)
}

//! Host names: where one ends in a text, and whether it is valid in DNS.

use super::chars::{is_accented_latin, is_host_char};
use super::tlds;

/// Maximum number of octets in a label.
const MAX_LABEL: usize = 63;
/// Maximum number of labels in a host name.
const MAX_LABELS: usize = 128;

/// Precomputed positions for [`Labels::host_end`], which keep the search linear.
pub(super) struct Labels {
    /// By position: the end of the label that begins here.
    ends: Vec<usize>,
    /// By position: the next underscore.
    underscores: Vec<usize>,
    /// By position: the length of the top-level domain after a dot here; 0 if there is none.
    tops: Vec<usize>,
}

impl Labels {
    pub(super) fn of(chars: &[char]) -> Self {
        let mut ends = vec![chars.len(); chars.len() + 1];
        let mut underscores = ends.clone();
        let mut tops = vec![0; chars.len()];
        for at in (0..chars.len()).rev() {
            let is_in = matches!(chars[at], '-' | '_') || is_host_char(chars[at]);
            ends[at] = if is_in { ends[at + 1] } else { at };
            underscores[at] = if chars[at] == '_' { at } else { underscores[at + 1] };
            if chars[at] == '.' {
                tops[at] = tld_length(&chars[at + 1..]).unwrap_or(0);
            }
        }
        Self { ends, underscores, tops }
    }

    /// The end of the longest host that begins at `start` and has a known top-level domain.
    pub(super) fn host_end(&self, chars: &[char], start: usize) -> Option<usize> {
        let (mut found, mut from) = (None, start);
        for _ in 0..MAX_LABELS {
            let dot = self.ends[from];
            if dot == from || chars.get(dot) != Some(&'.') {
                break;
            }
            if !(is_host_char(chars[from]) && is_host_char(chars[dot - 1])) {
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

/// Start and end of each host in `host` with only Latin letters before the top-level domain. Without
/// a protocol, the surrounding text may touch a host.
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
    let is_latin = |c: &&char| **c == '-' || c.is_ascii_alphanumeric() || is_accented_latin(**c);
    host.iter().take_while(is_latin).count()
}

/// Length, in code points, of the top-level domain at the start of `chars`.
fn tld_length(chars: &[char]) -> Option<usize> {
    let window = &chars[..chars.len().min(tlds::LONGEST)];
    let lower: Vec<char> = window.iter().filter_map(|c| c.to_lowercase().next()).collect();
    let ends_here = |length: usize| {
        chars
            .get(length)
            .is_none_or(|c| !(c.is_ascii_alphanumeric() || matches!(c, '@' | '+' | '-')))
    };
    let is_tld = |length: &usize| {
        ends_here(*length) && tlds::is_known(&lower[..*length].iter().collect::<String>())
    };
    (1..=window.len()).rev().find(is_tld).or_else(|| punycode_tld(chars))
}

fn punycode_tld(chars: &[char]) -> Option<usize> {
    let is_prefix = chars.len() > 4
        && chars.iter().zip("xn--".chars()).all(|(c, prefix)| c.to_ascii_lowercase() == prefix);
    if !is_prefix {
        return None;
    }
    let is_part = |c: &&char| **c == '-' || c.is_ascii_alphanumeric();
    let rest = chars[4..].iter().take_while(is_part).count();
    (rest > 0).then_some(4 + rest)
}

/// Whether each label of `host` has a valid length in DNS, encoded in punycode if needed.
pub(super) fn is_valid_in_dns(host: &[char]) -> bool {
    let is_valid = |label: &[char]| (1..=MAX_LABEL).contains(&encoded_length(label));
    if host.starts_with(&['x', 'n', '-', '-']) && latin_hosts(host).is_empty() {
        return false;
    }
    host.split(|c| *c == '.').all(is_valid)
}

/// Length, in octets, of a label encoded in punycode (RFC 3492).
fn encoded_length(label: &[char]) -> usize {
    let basic = label.iter().filter(|c| c.is_ascii()).count();
    if basic == label.len() || label.len() > MAX_LABEL {
        return label.len();
    }
    let separator = usize::from(basic > 0);
    "xn--".len() + basic + separator + punycode_digits(label, basic)
}

fn punycode_digits(label: &[char], basic: usize) -> usize {
    let points: Vec<u32> = label.iter().map(|c| u32::from(*c)).collect();
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
                bias = adapt(delta, count(done) + 1, done == basic);
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

fn adapt(delta: u32, points: u32, is_first: bool) -> u32 {
    let mut delta = if is_first { delta / 700 } else { delta / 2 };
    delta += delta / points;
    let mut bias = 0;
    while delta > 455 {
        delta /= 35;
        bias += 36;
    }
    bias + 36 * delta / (delta + 38)
}

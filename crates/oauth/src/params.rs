//! Parameters, including duplicates and empty ones: a signature covers them all.

use crate::percent;

/// An ordered list of decoded names and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(pub Vec<(String, String)>);

impl Params {
    /// Parses `a=1&b=2`; a name without `=` has an empty value, and empty pairs are skipped.
    pub fn parse(form: &[u8]) -> Self {
        Self(Self::pairs(form).collect())
    }

    /// The same; `None` if there are more than `max` parameters, before memory is taken for more.
    pub fn parse_at_most(form: &[u8], max: usize) -> Option<Self> {
        let params = Self(Self::pairs(form).take(max + 1).collect());
        (params.len() <= max).then_some(params)
    }

    fn pairs(form: &[u8]) -> impl Iterator<Item = (String, String)> {
        let pieces = form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty());
        let pair = |piece: &[u8]| {
            let cut = piece.iter().position(|byte| *byte == b'=');
            let (name, value) = cut.map_or((piece, &[][..]), |at| (&piece[..at], &piece[at + 1..]));
            (percent::decode_form(name), percent::decode_form(value))
        };
        pieces.map(pair)
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Every value of a name.
    pub fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Adds a parameter.
    pub fn push(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Prints `a=1&b=2`, encoded.
    pub fn print(&self) -> String {
        let mut out = String::new();
        for (name, value) in &self.0 {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(&percent::encode(name));
            out.push('=');
            out.push_str(&percent::encode(value));
        }
        out
    }
}

impl FromIterator<(String, String)> for Params {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        Self(pairs.into_iter().collect())
    }
}

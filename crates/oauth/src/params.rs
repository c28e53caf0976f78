//! Parameters, including duplicates and empty ones: a signature covers them all.

use crate::percent;

/// Maximum number of parameters of a query or a form. Each takes far more memory than its bytes.
pub const PARAMETERS_MAX: usize = 1000;

/// A query or a form has more than [`PARAMETERS_MAX`] parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {PARAMETERS_MAX} parameters")]
pub struct TooManyParameters;

/// An ordered list of decoded names and values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(pub Vec<(String, String)>);

impl Params {
    /// Parses `a=1&b=2`; a name without `=` has an empty value, and empty pairs are skipped. Too many
    /// are refused before memory is taken for them.
    pub fn parse(form: &[u8]) -> Result<Self, TooManyParameters> {
        Self::check_count(form)?;
        Ok(Self::parse_own(form))
    }

    /// The same for what our own program sends.
    pub(crate) fn parse_own(form: &[u8]) -> Self {
        Self(Self::pieces(form).map(Self::pair).collect())
    }

    /// Refuses too many parameters. Takes no memory.
    pub fn check_count(form: &[u8]) -> Result<(), TooManyParameters> {
        match Self::pieces(form).nth(PARAMETERS_MAX) {
            None => Ok(()),
            Some(_) => Err(TooManyParameters),
        }
    }

    /// Whether a form has a parameter of this name. Takes no memory for the others.
    pub fn is_in(form: &[u8], name: &str) -> bool {
        Self::pieces(form).any(|piece| Self::pair(piece).0 == name)
    }

    fn pieces(form: &[u8]) -> impl Iterator<Item = &[u8]> {
        form.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty())
    }

    fn pair(piece: &[u8]) -> (String, String) {
        let cut = piece.iter().position(|byte| *byte == b'=');
        let (name, value) = cut.map_or((piece, &[][..]), |at| (&piece[..at], &piece[at + 1..]));
        (percent::decode_form(name), percent::decode_form(value))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_parameters_is_limited_and_empty_pairs_are_none() {
        let form = |count: usize| "a=b&&".repeat(count);
        assert_eq!(Params::parse(form(PARAMETERS_MAX).as_bytes()).unwrap().len(), PARAMETERS_MAX);
        let many = form(PARAMETERS_MAX + 1);
        assert_eq!(Params::parse(many.as_bytes()), Err(TooManyParameters));
        assert_eq!(Params::check_count(many.as_bytes()), Err(TooManyParameters));
        assert!(Params::parse("&".repeat(PARAMETERS_MAX + 2).as_bytes()).unwrap().is_empty());
    }

    #[test]
    fn a_name_is_found_however_it_is_encoded() {
        assert!(Params::is_in(b"a=1&%62+c", "b c"));
        assert!(!Params::is_in(b"a=b", "b"));
    }
}

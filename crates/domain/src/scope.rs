//! OAuth 2.0 scopes (RFC 6749, section 3.3).

use std::fmt;

/// Maximum number of names in one request.
const NAMES_MAX: usize = 100;
/// Maximum number of characters in one name.
const NAME_CHARACTERS_MAX: usize = 100;
/// Maximum number of characters in all names together: several times those that the real service has.
const CHARACTERS_MAX: usize = 1000;

/// The scopes that permit something here, and their texts on the consent page. Others are granted,
/// because the real service has two dozen, and permit nothing.
pub const KNOWN: [(&str, &str); 5] = [
    ("tweet.read", "See your Tweets and the media in them."),
    ("tweet.write", "Post and delete Tweets for you."),
    ("users.read", "See your profile."),
    ("media.write", "Upload media for you and describe them."),
    ("offline.access", "Stay connected until you revoke it."),
];

/// A list of distinct scopes, in the order in which they were requested.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Parses names separated by white space. `None` if there are none, or too many, or one is not a
    /// valid name.
    pub fn parse(text: &str) -> Option<Self> {
        let mut names: Vec<String> = Vec::new();
        for name in text.split_whitespace() {
            let is_name = name.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
            if !is_name || name.len() > NAME_CHARACTERS_MAX || names.len() == NAMES_MAX {
                return None;
            }
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        let characters: usize = names.iter().map(String::len).sum();
        (!names.is_empty() && characters <= CHARACTERS_MAX).then_some(Self(names))
    }

    /// Those that were stored: they were valid when they were requested.
    pub fn stored(text: &str) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }

    /// Whether this scope is included.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }

    /// The first of `needed` that is not included.
    pub fn first_missing(&self, needed: &[&'static str]) -> Option<&'static str> {
        needed.iter().find(|name| !self.has(name)).copied()
    }

    /// Whether all of `other` are included.
    pub fn includes(&self, other: &Self) -> bool {
        other.0.iter().all(|name| self.has(name))
    }

    /// The names in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_keep_their_order_and_unknown_ones_are_accepted() {
        let scopes = Scopes::parse("tweet.read  media.write tweet.read space.read").unwrap();
        assert_eq!(scopes.to_string(), "tweet.read media.write space.read");
        assert_eq!(scopes.first_missing(&["tweet.read", "users.read"]), Some("users.read"));
        assert!(scopes.includes(&Scopes::parse("space.read").unwrap()));
        assert!(!scopes.includes(&Scopes::parse("tweet.write").unwrap()));
        for bad in ["", " ", "a\"b", "a\\b", "é", &"x".repeat(101)] {
            assert_eq!(Scopes::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn all_names_together_are_short_but_what_was_stored_is_kept() {
        let names: Vec<String> = (0..11).map(|n| format!("{n:0100}")).collect();
        assert!(Scopes::parse(&names[..10].join(" ")).is_some());
        assert_eq!(Scopes::parse(&names.join(" ")), None);
        assert_eq!(Scopes::stored(&names.join(" ")).names().count(), 11);
        assert_eq!(Scopes::stored(""), Scopes::default());
    }
}

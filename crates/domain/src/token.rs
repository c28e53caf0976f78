//! Kinds of OAuth 2.0 tokens, and the proof key of an authorization code.

/// What an OAuth 2.0 token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// It authenticates requests.
    Access,
    /// It is exchanged once for the next pair.
    Refresh,
}

impl TokenKind {
    /// The name used in the catalog.
    pub fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Refresh => "refresh",
        }
    }

    /// Reads [`TokenKind::name`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Access, Self::Refresh].into_iter().find(|kind| kind.name() == name)
    }
}

/// How a code challenge is derived from its verifier (RFC 7636, section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengeMethod {
    /// SHA-256 of the verifier, in base64url.
    S256,
    /// The verifier itself.
    Plain,
}

impl ChallengeMethod {
    /// The name used in the catalog and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::S256 => "S256",
            Self::Plain => "plain",
        }
    }

    /// Reads [`ChallengeMethod::name`], `s256` as some clients send it, and a blank one, which is
    /// `plain` (RFC 7636, section 4.3).
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "S256" | "s256" => Some(Self::S256),
            "plain" | "" => Some(Self::Plain),
            _ => None,
        }
    }
}

//! Kinds of OAuth 2.0 tokens, and the code challenge methods of PKCE.

/// The kind of an OAuth 2.0 token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Authenticates requests.
    Access,
    /// Is exchanged once for a new pair of tokens.
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

    /// Parses [`TokenKind::name`].
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Access, Self::Refresh].into_iter().find(|kind| kind.name() == name)
    }
}

/// How a PKCE code challenge is derived from its verifier (RFC 7636, section 4.2).
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

    /// Parses [`ChallengeMethod::name`], `s256` as some clients send it, and an empty text, which
    /// means `plain` (RFC 7636, section 4.3).
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "S256" | "s256" => Some(Self::S256),
            "plain" | "" => Some(Self::Plain),
            _ => None,
        }
    }
}

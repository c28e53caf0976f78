//! What a token may do.

/// The right that a user gave an app, or that an app has by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// May look, not change.
    Read,
    /// May look and change.
    ReadWrite,
}

impl Access {
    /// The name used in the catalog, in `x_auth_access_type` and in `x-access-level`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadWrite => "read-write",
        }
    }

    /// Reads [`Access::name`], and `write`, which `x_auth_access_type` uses for read-write.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::Read),
            "read-write" | "write" => Some(Self::ReadWrite),
            _ => None,
        }
    }
}

//! What a token may do.

/// The access level of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    Read,
    /// Read and write.
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

    /// Parses [`Access::name`], and `write`, which `x_auth_access_type` uses for read-write.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "read" => Some(Self::Read),
            "read-write" | "write" => Some(Self::ReadWrite),
            _ => None,
        }
    }
}

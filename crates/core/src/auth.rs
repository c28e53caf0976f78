//! Authentication by an OAuth 1.0a signature or a bearer token.

pub mod bearer;
pub mod oauth1;

//! OAuth 1.0a arithmetic (RFC 5849), and secrets: made, sealed, hashed. Nothing here does IO or
//! asks for time or randomness.

pub mod client;
pub mod header;
pub mod params;
pub mod percent;
pub mod replay;
pub mod secret;
pub mod signature;

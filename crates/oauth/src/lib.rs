//! OAuth 1.0a signatures and headers (RFC 5849), and secrets: generated, sealed, hashed. Nothing here
//! does IO, reads the clock or is random.

pub mod client;
pub mod header;
pub mod params;
pub mod percent;
pub mod replay;
pub mod secret;
pub mod signature;
pub mod webhook;

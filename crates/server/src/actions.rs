//! What the server can do, by verb. No HTTP and no SQL stand here; a dialect parses a request,
//! calls one of these, and renders what it returns.

pub mod accounts;
pub mod alt_text;
pub mod authorize;
pub mod delivery;
pub mod films;
pub mod inspect;
pub mod media;
pub mod oauth2;
pub mod reconcile;
pub mod sizes;
pub mod subtitles;
pub mod tweets;
pub mod upload;

//! The endpoints of OAuth 1.0a and 2.0.

pub(super) mod one;
pub(super) mod two;

//! OAuth: the flows of 1.0a and of 2.0.

pub(super) mod one;
pub(super) mod two;

//! Authentication: who makes a request, proven by a signature or by a bearer token.

pub mod bearer;
pub mod oauth1;

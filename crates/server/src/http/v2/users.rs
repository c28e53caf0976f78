//! `/2/users`.

pub mod lookup;
pub mod tweets;

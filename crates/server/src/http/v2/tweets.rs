//! `/2/tweets`.

pub mod delete;
pub mod lookup;
pub mod post;

pub mod includes;

pub use includes::Includes;

//! `/2/tweets`.

pub mod delete;
pub mod lookup;
pub mod post;

pub mod includes;
pub mod related;

pub use includes::Includes;
pub use related::Related;

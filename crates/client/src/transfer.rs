//! Descriptions in bulk: out of a server and into one.

mod export;
mod formula;
mod import;
mod media_id;
mod rows;

pub use export::export;
pub use import::{Import, LineOutcome, Report};
pub use rows::{Format, Row, RowReader, RowWriter};

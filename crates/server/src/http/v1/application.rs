//! `/1.1/application/*`.

pub mod rate_limit_status;

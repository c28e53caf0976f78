//! `/1.1/oauth/*`.

pub mod invalidate_token;

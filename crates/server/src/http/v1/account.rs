//! `/1.1/account/*`.

pub mod verify_credentials;

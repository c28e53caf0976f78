//! Credentials, sign-ins, and the flows by which a user gives an app consent.

pub mod issue;
pub mod oauth2;
mod password;
pub mod sign_in;
pub mod three_legged;

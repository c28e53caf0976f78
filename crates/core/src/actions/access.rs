//! Access: credentials, sign-ins, and the flows by which a user gives an app permission.

pub mod issue;
pub mod oauth2;
mod password;
pub mod sign_in;
pub mod three_legged;

//! Reads requests: authenticates the caller, merges parameters, limits size and duration of bodies.

pub mod authenticate;
pub mod base64_stream;
pub mod body;
pub mod call;
pub mod client_address;
pub mod content_type;
mod forwarded;
pub mod hosts;
pub mod json_body;
pub mod json_media;
mod multipart;
pub mod slot;
pub mod upload_form;

//! Reads requests: the caller authenticated, parameters merged, bodies within limits of bytes and
//! time.

pub mod authenticate;
pub mod base64_stream;
pub mod body;
pub mod call;
pub mod content_type;
pub mod hosts;
pub mod json_body;
pub mod json_media;
pub mod upload_form;

//! The Content-Type of a request, read leniently.

use axum::http::{HeaderMap, header};

/// What the Content-Type says about the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// `application/x-www-form-urlencoded`: part of the signature, read whole.
    Form,
    /// `multipart/…` with this boundary.
    Multipart(String),
    /// Anything else, or nothing.
    Other,
}

/// Reads the Content-Type leniently: twurl puts a comma before a quoted boundary, others leave
/// out the space or put a charset in between.
pub fn content_of(headers: &HeaderMap) -> Content {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let lower = value.to_ascii_lowercase();
    if lower.trim_start().starts_with("application/x-www-form-urlencoded") {
        return Content::Form;
    }
    if !lower.trim_start().starts_with("multipart/") {
        return Content::Other;
    }
    let Some(at) = lower.find("boundary=") else { return Content::Other };
    let rest = &value[at + "boundary=".len()..];
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => rest.split([';', ',']).next().unwrap_or_default().trim(),
    };
    Content::Multipart(boundary.to_owned())
}

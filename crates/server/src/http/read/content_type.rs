//! The Content-Type of a request, parsed leniently.

use axum::http::{HeaderMap, header};

/// The type of a request body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ContentType {
    /// `application/x-www-form-urlencoded`: part of the signature, read whole.
    Form,
    /// `multipart/…` with this boundary.
    Multipart(String),
    /// Anything else, or nothing.
    Other,
}

/// Parses the Content-Type leniently: twurl puts a comma before a quoted boundary, others omit the
/// space or insert a charset.
pub fn parse_content_type(headers: &HeaderMap) -> ContentType {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let lower = value.to_ascii_lowercase();
    if lower.trim_start().starts_with("application/x-www-form-urlencoded") {
        return ContentType::Form;
    }
    if !lower.trim_start().starts_with("multipart/") {
        return ContentType::Other;
    }
    let Some(start) = lower.find("boundary=") else { return ContentType::Other };
    let rest = &value[start + "boundary=".len()..];
    let boundary = match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => rest.split([';', ',']).next().unwrap_or_default().trim(),
    };
    ContentType::Multipart(boundary.to_owned())
}

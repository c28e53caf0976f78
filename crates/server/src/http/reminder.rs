//! The header of a posted Tweet that says what the descriptions of its media lack. Nothing else of the
//! documented responses changes.

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use birdhouse_domain::MediaId;
use birdhouse_domain::alt_text_policy::Lack;

/// Such as `missing; media_id=1212092628029698048, too-short; media_id=1212092628029698049`.
const NAME: HeaderName = HeaderName::from_static("birdhouse-alt-text");

/// Adds the header, if something lacks.
pub(super) fn add(mut response: Response, lacks: &[(MediaId, Lack)]) -> Response {
    let one = |(id, lack): &(MediaId, Lack)| format!("{}; media_id={id}", lack.name());
    let value = lacks.iter().map(one).collect::<Vec<_>>().join(", ");
    if let (false, Ok(value)) = (lacks.is_empty(), HeaderValue::from_str(&value)) {
        response.headers_mut().insert(NAME, value);
    }
    response
}

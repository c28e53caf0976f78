//! Bodies of our own API.

use crate::http::v2::schema::{OtherMembers, Schema, optional};
use birdhouse_domain::alt_text::MAX_CODE_POINTS;
use birdhouse_domain::description::EXTENDED_MAX_CODE_POINTS;

/// An alt text, or `null`.
const ALT_TEXT: Schema = Schema::OrNull(&Schema::Text(0, MAX_CODE_POINTS));
/// An extended description, or `null`.
const EXTENDED: Schema = Schema::OrNull(&Schema::Text(0, EXTENDED_MAX_CODE_POINTS));

/// `PUT …/descriptions/{lang}`.
pub static DESCRIPTION: Schema = Schema::Object(
    &[
        optional("alt_text", ALT_TEXT),
        optional("extended", EXTENDED),
        optional("decorative", Schema::Bool),
    ],
    OtherMembers::Refused,
);

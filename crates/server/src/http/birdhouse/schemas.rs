//! Bodies of our own API.

use crate::http::v2::schema::{OtherMembers, Schema, optional, required};
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

/// `POST …/media/{id}/suggestions`.
pub static SUGGESTION: Schema = Schema::Object(
    &[
        optional("lang", Schema::Text(1, 35)),
        required("alt_text", Schema::Text(0, MAX_CODE_POINTS)),
        optional("extended", EXTENDED),
    ],
    OtherMembers::Refused,
);

/// `POST …/suggestions/{id}/decline`.
pub static DECLINE: Schema =
    Schema::Object(&[optional("block", Schema::Bool)], OtherMembers::Refused);

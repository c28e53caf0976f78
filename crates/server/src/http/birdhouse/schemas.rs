//! Bodies of our own API.

use crate::http::v2::schema::{OtherMembers, Schema, optional, required};
use birdhouse_domain::alt_text::MAX_CODE_POINTS;
use birdhouse_domain::description::EXTENDED_MAX_CODE_POINTS;
use birdhouse_domain::webhook::WebhookEvent;

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

/// `POST …/webhooks`.
pub static WEBHOOK: Schema = Schema::Object(
    &[
        required("url", Schema::Text(1, 2048)),
        required("events", Schema::List(&Schema::OneOf(&WebhookEvent::NAMES), 1, 3)),
    ],
    OtherMembers::Refused,
);

/// `PUT /birdhouse/v1/policy`.
pub static POLICY: Schema = Schema::Object(
    &[
        required("mode", Schema::OneOf(&["off", "remind", "require"])),
        optional("minimum", Schema::Int(0, MAX_CODE_POINTS.cast_signed() as i64)),
        optional("level", Schema::OneOf(&["none", "error", "warning", "info"])),
    ],
    OtherMembers::Refused,
);

/// `PUT …/settings`.
pub static SETTINGS: Schema =
    Schema::Object(&[required("captions", Schema::Bool)], OtherMembers::Refused);

/// `POST /birdhouse/v1/lint`.
pub static LINT: Schema = Schema::Object(
    &[
        required("alt_text", Schema::Text(0, EXTENDED_MAX_CODE_POINTS)),
        optional("lang", Schema::Text(1, 35)),
        optional("file_name", Schema::Text(0, 255)),
        optional("tweet_text", Schema::Text(0, EXTENDED_MAX_CODE_POINTS)),
        optional("siblings", Schema::List(&Schema::Text(0, EXTENDED_MAX_CODE_POINTS), 0, 3)),
    ],
    OtherMembers::Refused,
);

/// `POST …/suggestions/{id}/decline`.
pub static DECLINE: Schema =
    Schema::Object(&[optional("block", Schema::Bool)], OtherMembers::Refused);

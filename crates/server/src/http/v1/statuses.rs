//! `/1.1/statuses/*`.

pub mod destroy;
pub mod lookup;
pub mod show;
pub mod timeline;
pub mod update;

use super::render::tweet::View;
use crate::http::read::call::Call;

/// What the client asks to see of a Tweet.
pub(super) fn view(call: &Call) -> View {
    View {
        is_extended: call.get("tweet_mode") == Some("extended"),
        with_alt_text: call.is_on("include_ext_alt_text"),
        is_trimmed: call.is_on("trim_user"),
        without_entities: !call.is_on_unless_off("include_entities"),
    }
}

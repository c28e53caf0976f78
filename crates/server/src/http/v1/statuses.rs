//! `/1.1/statuses/*`.

pub mod destroy;
pub mod lookup;
pub mod show;
pub mod timeline;
pub mod update;
pub mod update_with_media;

use super::render::tweet::TweetView;
use crate::http::read::call::Call;

/// The rendering options of a call.
pub(super) fn view(call: &Call) -> TweetView {
    TweetView {
        is_extended: call.get("tweet_mode") == Some("extended"),
        with_alt_text: call.is_on("include_ext_alt_text"),
        is_trimmed: call.is_on("trim_user"),
        without_entities: !call.is_not_off("include_entities"),
        is_written: false,
    }
}

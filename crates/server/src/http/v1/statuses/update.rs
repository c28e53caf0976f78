//! `POST /1.1/statuses/update.json`: posts a Tweet. Parameters may be in the query with an
//! empty body, in the body, or in both.

use super::view;
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, Draft};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, TweetId, tweet};

/// Posts a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let media = match call.get("media_ids") {
        Some(text) => tweet::parse_media_ids(text)?,
        None => Vec::new(),
    };
    let in_reply_to = match call.get("in_reply_to_status_id").filter(|id| !id.is_empty()) {
        Some(id) => {
            Some(TweetId::parse(id).ok_or(Fault::ParameterInvalid("in_reply_to_status_id"))?)
        }
        None => None,
    };
    let draft = Draft {
        text: call.get("status").unwrap_or_default().to_owned(),
        media,
        in_reply_to,
        possibly_sensitive: call.is_on("possibly_sensitive"),
        ..Draft::default()
    };
    let hydrated = tweets::post(&call.app, call.caller.user()?, draft).await?;
    let body = render::tweet::tweet(&hydrated, view(&call), &call.app.config.public_url);
    v1::json(StatusCode::OK, &body)
}

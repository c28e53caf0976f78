//! `POST /1.1/statuses/update.json`: posts a Tweet. Parameters may be in the query with an
//! empty body, in the body, or in both.

use super::view;
use crate::http::read::call::{Call, is_true};
use crate::http::reminder;
use crate::http::v1;
use crate::http::v1::render::tweet::{self as render, TweetView};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, Draft};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, TweetId, tweet};

/// Posts a Tweet.
pub async fn handle(call: Call) -> Result<Response> {
    let draft = draft(|name| call.get(name))?;
    post(&call, draft).await
}

/// The Tweet that the parameters describe.
pub(super) fn draft<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Result<Draft> {
    let media = match get("media_ids") {
        Some(text) => tweet::parse_media_ids(text)?,
        None => Vec::new(),
    };
    let in_reply_to = match get("in_reply_to_status_id").filter(|id| !id.is_empty()) {
        Some(id) => {
            Some(TweetId::parse(id).ok_or(Fault::ParameterInvalid("in_reply_to_status_id"))?)
        }
        None => None,
    };
    Ok(Draft {
        text: get("status").unwrap_or_default().to_owned(),
        media,
        in_reply_to,
        possibly_sensitive: get("possibly_sensitive").is_some_and(is_true),
        ..Draft::default()
    })
}

/// Posts it; the response is the Tweet.
pub(super) async fn post(call: &Call, draft: Draft) -> Result<Response> {
    let posted = tweets::post(&call.app, call.caller.user()?, draft).await?;
    let view = TweetView { is_written: true, ..view(call) };
    let body = render::tweet(&posted.tweet, view, &call.app.config.public_url);
    Ok(reminder::add(v1::json(StatusCode::OK, &body)?, &posted.lacks))
}

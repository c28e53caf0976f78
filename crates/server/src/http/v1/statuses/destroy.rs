//! `POST /1.1/statuses/destroy/:id.json`: removes a Tweet and returns it as it was (recorded).

use super::{show::tweet_id, view};
use crate::actions::tweets;
use crate::app::Shared;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;

/// Removes a Tweet.
pub async fn handle(app: Shared, call: Call) -> Result<Response> {
    let shown = tweets::remove(&app, call.caller.user()?, tweet_id(&call)?).await?;
    let body = render::tweet::tweet(&shown, view(&call), &app.config.public_url);
    v1::json(StatusCode::OK, &body)
}

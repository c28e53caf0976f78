//! `GET /1.1/statuses/user_timeline.json` and `home_timeline.json`: a bare array, newest first.
//! Nobody follows anybody here, so the home timeline shows everybody's Tweets.

use super::view;
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, TimelinePage};
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::error::Result;
use birdhouse_domain::Caller;
use birdhouse_domain::{Fault, UserId};
use serde_json::Value;

/// Tweets in one answer, at most (documented).
const MAX_COUNT: i64 = 200;
/// Tweets in one answer, if not said otherwise (documented).
const DEFAULT_COUNT: i64 = 20;

/// One user's Tweets.
pub async fn of_user(call: Call) -> Result<Response> {
    let user = requested_user(&call).await?;
    answer(&call, Some(&user)).await
}

/// Everybody's Tweets.
pub async fn of_home(call: Call) -> Result<Response> {
    answer(&call, None).await
}

async fn answer(call: &Call, user: Option<&User>) -> Result<Response> {
    let shown = tweets::timeline(&call.app, user, page(call)?).await?;
    let render = |one| render::tweet::tweet(one, view(call), &call.app.config.public_url);
    let all: Vec<Value> = shown.iter().map(render).collect();
    v1::json(StatusCode::OK, &all)
}

async fn requested_user(call: &Call) -> Result<User> {
    let found = match (call.get("user_id"), call.get("screen_name"), &call.caller) {
        (Some(id), _, _) => match UserId::parse(id) {
            Some(id) => users::by_id(&call.app, id).await?,
            None => None,
        },
        (None, Some(name), _) => users::by_name(&call.app, name).await?,
        (None, None, Caller::User(caller)) => users::by_id(&call.app, caller.user).await?,
        (None, None, Caller::App(_)) => None,
    };
    found.ok_or_else(|| Fault::UserNotFound.into())
}

fn page(call: &Call) -> Result<TimelinePage> {
    let number = |name: &'static str, default: i64| match call.get(name).filter(|v| !v.is_empty()) {
        None => Ok(default),
        Some(text) => text.parse::<i64>().map_err(|_| Fault::ParameterInvalid(name)),
    };
    Ok(TimelinePage {
        count: number("count", DEFAULT_COUNT)?.clamp(1, MAX_COUNT),
        since: number("since_id", 0)?,
        max: number("max_id", i64::MAX)?,
    })
}

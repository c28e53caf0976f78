//! `GET /1.1/statuses/user_timeline.json` and `home_timeline.json`: a bare array, newest first.
//! Nobody follows anybody here, so the home timeline shows everybody's Tweets.

use super::view;
use crate::actions::tweets;
use crate::app::Shared;
use crate::auth::Caller;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::v1::{self, render};
use crate::store::tweets::Page;
use crate::store::users::User;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::{Fault, UserId};
use serde_json::Value;

/// Tweets in one answer, at most (documented).
const MAX_COUNT: i64 = 200;
/// Tweets in one answer, if not said otherwise (documented).
const DEFAULT_COUNT: i64 = 20;

/// One user's Tweets.
pub async fn of_user(app: Shared, call: Call) -> Result<Response> {
    let user = wanted_user(&app, &call).await?;
    answer(&app, &call, Some(&user)).await
}

/// Everybody's Tweets.
pub async fn of_home(app: Shared, call: Call) -> Result<Response> {
    answer(&app, &call, None).await
}

async fn answer(app: &Shared, call: &Call, user: Option<&User>) -> Result<Response> {
    let shown = tweets::timeline(app, user, page(call)?).await?;
    let render = |one| render::tweet::tweet(one, view(call), &app.config.public_url);
    let all: Vec<Value> = shown.iter().map(render).collect();
    v1::json(StatusCode::OK, &all)
}

async fn wanted_user(app: &Shared, call: &Call) -> Result<User> {
    let found = match (call.get("user_id"), call.get("screen_name"), &call.caller) {
        (Some(id), _, _) => match UserId::parse(id) {
            Some(id) => app.store.user(id).await?,
            None => None,
        },
        (None, Some(name), _) => app.store.user_by_name(name).await?,
        (None, None, Caller::User(caller)) => app.store.user(caller.user).await?,
        (None, None, Caller::App { .. }) => None,
    };
    found.ok_or_else(|| Fault::UserNotFound.into())
}

fn page(call: &Call) -> Result<Page> {
    let number = |name: &'static str, default: i64| match call.get(name).filter(|v| !v.is_empty()) {
        None => Ok(default),
        Some(text) => text.parse::<i64>().map_err(|_| Fault::ParameterInvalid(name)),
    };
    Ok(Page {
        count: number("count", DEFAULT_COUNT)?.clamp(1, MAX_COUNT),
        since: number("since_id", 0)?,
        max: number("max_id", i64::MAX)?,
    })
}

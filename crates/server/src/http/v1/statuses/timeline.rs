//! `GET /1.1/statuses/user_timeline.json`, `home_timeline.json` and `mentions_timeline.json`: a bare
//! array, newest first.
//! There are no followers, so the home timeline has the Tweets of all users.

use super::super::users::{NamedUser, named_user};
use super::view;
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, HydratedTweet, TimelinePage};
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::error::Result;
use birdhouse_domain::Caller;
use birdhouse_domain::Fault;
use serde_json::Value;

/// Maximum Tweets per response (documented).
const MAX_COUNT: i64 = 200;
/// Default Tweets per response (documented).
const DEFAULT_COUNT: i64 = 20;

/// One user's Tweets.
pub async fn of_user(call: Call) -> Result<Response> {
    let user = requested_user(&call).await?;
    respond(&call, &tweets::timeline(&call.app, Some(&user), page(&call)?).await?)
}

/// The Tweets of all users.
pub async fn of_home(call: Call) -> Result<Response> {
    respond(&call, &tweets::timeline(&call.app, None, page(&call)?).await?)
}

/// The Tweets that mention the caller.
pub async fn of_mentions(call: Call) -> Result<Response> {
    let user = call.caller.user()?.user;
    respond(&call, &tweets::mentions(&call.app, user, page(&call)?).await?)
}

fn respond(call: &Call, timeline: &[HydratedTweet]) -> Result<Response> {
    let render = |tweet| render::tweet::tweet(tweet, view(call), &call.app.config.public_url);
    let all: Vec<Value> = timeline.iter().map(render).collect();
    v1::json(StatusCode::OK, &all)
}

async fn requested_user(call: &Call) -> Result<User> {
    let user = match (named_user(call).await?, &call.caller) {
        (NamedUser::Found(user), _) => Some(user),
        (NamedUser::Nobody, Caller::User(caller)) => users::by_id(&call.app, caller.user).await?,
        (NamedUser::Unknown, _) | (NamedUser::Nobody, Caller::App(_)) => None,
    };
    user.ok_or_else(|| Fault::UserNotFound.into())
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

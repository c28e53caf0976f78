//! `GET /2/users`, `/2/users/me`, `/2/users/:id`, `/2/users/by` and
//! `/2/users/by/username/:username`.

use super::super::fields::FieldSelection;
use super::super::tweets::{Includes, Related};
use super::super::{error, input, json, render};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self as posts, HydratedTweet};
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, TweetId, UserId};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// The caller.
pub async fn me(call: Call) -> Result<Response> {
    let user = users::by_id(&call.app, call.caller.user()?.user).await?;
    let user = user.ok_or(Fault::UserNotFound)?;
    respond(&call, Some(&user), Value::Null).await
}

/// A user by id.
pub async fn one(call: Call) -> Result<Response> {
    let id = call.segment(1);
    input::validate_id("id", id)?;
    let user = find(&call, id).await?;
    let missing = error::not_found(&call.app, "user", "id", id);
    respond(&call, user.as_ref(), missing).await
}

/// A user by name.
pub async fn by_name(call: Call) -> Result<Response> {
    let name = call.segment(3);
    validate_name("username", name)?;
    let user = users::by_name(&call.app, name).await?;
    let missing = error::not_found(&call.app, "user", "username", name);
    respond(&call, user.as_ref(), missing).await
}

/// Up to 100 users by id.
pub async fn many(call: Call) -> Result<Response> {
    let ids = input::list(&call, "ids")?;
    ids.iter().try_for_each(|id| input::validate_id("ids", id))?;
    let named: Vec<UserId> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
    let found = users::by_ids(&call.app, &named).await?;
    let user = |id: &str| UserId::parse(id).and_then(|id| found.get(&id));
    let users: Vec<_> = ids.iter().map(|id| (id.as_str(), user(id))).collect();
    respond_many(&call, "ids", &users).await
}

/// Up to 100 users by name.
pub async fn many_by_name(call: Call) -> Result<Response> {
    let names = input::list(&call, "usernames")?;
    names.iter().try_for_each(|name| validate_name("usernames", name))?;
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let found = users::by_names(&call.app, &names).await?;
    let user = |name: &str| found.get(&name.to_ascii_lowercase());
    let users: Vec<_> = names.into_iter().map(|name| (name, user(name))).collect();
    respond_many(&call, "usernames", &users).await
}

/// Refuses what is not 1 to 20 letters, digits or underscores.
fn validate_name(parameter: &'static str, name: &str) -> Result<()> {
    let is_name = (1..=20).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_name { Ok(()) } else { Err(input::invalid(parameter, name).into()) }
}

/// The users that were found, and an error for each value that names none.
async fn respond_many(
    call: &Call,
    parameter: &'static str,
    users: &[(&str, Option<&User>)],
) -> Result<Response> {
    let all: Vec<&User> = users.iter().filter_map(|(_, user)| *user).collect();
    let missing = users.iter().filter(|(_, user)| user.is_none());
    let missing: Vec<Value> =
        missing.map(|(value, _)| error::not_found(&call.app, "user", parameter, value)).collect();
    let (data, mut body) = render(call, &all).await?;
    if !data.is_empty() {
        body.shift_insert(0, "data".into(), json!(data));
    }
    if !missing.is_empty() {
        body.insert("errors".into(), json!(missing));
    }
    json(StatusCode::OK, &Value::Object(body))
}

async fn respond(call: &Call, user: Option<&User>, missing: Value) -> Result<Response> {
    let Some(user) = user else {
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    let (data, mut body) = render(call, &[user]).await?;
    body.shift_insert(0, "data".into(), data.into_iter().next().unwrap_or_default());
    json(StatusCode::OK, &Value::Object(body))
}

/// Users as `data`, and a body with what they refer to.
async fn render(call: &Call, users: &[&User]) -> Result<(Vec<Value>, Map<String, Value>)> {
    let selection = FieldSelection::of(call);
    let names = ["most_recent_tweet_id", "most_recent_post_id"];
    let expands = names.iter().any(|name| selection.expands(name));
    let (mut newest, mut tweets) = (HashMap::new(), HashMap::new());
    if expands || names.iter().any(|name| selection.has_user_field(name)) {
        let ids: Vec<UserId> = users.iter().map(|user| user.id).collect();
        newest = users::newest_tweets(&call.app, &ids).await?;
    }
    if expands {
        let ids: Vec<TweetId> = newest.values().copied().collect();
        tweets = posts::read_all(&call.app, &ids).await?;
    }
    let all: Vec<&HydratedTweet> = tweets.values().collect();
    let related = Related::load(&call.app, &selection, &all).await?;
    let mut includes = Includes::new(&call.app, &selection, &related);
    let mut data = Vec::with_capacity(users.len());
    for user in users {
        let newest = newest.get(&user.id).copied();
        // It may have been deleted in the meantime.
        if let Some(tweet) = newest.and_then(|id| tweets.get(&id)) {
            includes.add_tweet(tweet);
        }
        data.push(render::user::user(user, newest, &selection));
    }
    let mut body = Map::new();
    includes.finish(&mut body);
    Ok((data, body))
}

async fn find(call: &Call, id: &str) -> Result<Option<User>> {
    let Some(id) = UserId::parse(id) else { return Ok(None) };
    users::by_id(&call.app, id).await
}

//! `GET /2/users`, `/2/users/me`, `/2/users/:id` and `/2/users/by/username/:username`.

use super::super::fields::View;
use super::super::tweets::Includes;
use super::super::{error, input, json, render};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets as posts;
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Fault, UserId};
use serde_json::{Map, Value, json};

/// The caller.
pub async fn me(call: Call) -> Result<Response> {
    let user = users::by_id(&call.app, call.caller.user()?.user).await?;
    let user = user.ok_or(Fault::UserNotFound)?;
    answer(&call, Some(&user), Value::Null).await
}

/// A user by id.
pub async fn one(call: Call) -> Result<Response> {
    let given = call.segment(1).to_owned();
    validate_id("id", &given)?;
    let user = find(&call, &given).await?;
    let missing = error::not_found(&call.app, "user", "id", &given);
    answer(&call, user.as_ref(), missing).await
}

/// A user by name.
pub async fn by_name(call: Call) -> Result<Response> {
    let given = call.segment(3).to_owned();
    let is_name = (1..=20).contains(&given.len())
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name {
        return Err(input::invalid("username", &given).into());
    }
    let user = users::by_name(&call.app, &given).await?;
    let missing = error::not_found(&call.app, "user", "username", &given);
    answer(&call, user.as_ref(), missing).await
}

/// Up to a hundred users by id.
pub async fn many(call: Call) -> Result<Response> {
    let ids = input::list(&call, "ids")?;
    ids.iter().try_for_each(|id| validate_id("ids", id))?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut includes = Includes::new(&call.app, View::of(&call));
    for id in &ids {
        match find(&call, id).await? {
            Some(user) => found.push(rendered(&call, &user, &mut includes).await?),
            None => missing.push(error::not_found(&call.app, "user", "ids", id)),
        }
    }
    let mut body = Map::new();
    if !found.is_empty() {
        body.insert("data".into(), json!(found));
    }
    includes.finish(&mut body);
    if !missing.is_empty() {
        body.insert("errors".into(), json!(missing));
    }
    json(StatusCode::OK, &Value::Object(body))
}

async fn answer(call: &Call, user: Option<&User>, missing: Value) -> Result<Response> {
    let Some(user) = user else {
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    let mut includes = Includes::new(&call.app, View::of(call));
    let mut body = Map::new();
    body.insert("data".into(), rendered(call, user, &mut includes).await?);
    includes.finish(&mut body);
    json(StatusCode::OK, &Value::Object(body))
}

async fn rendered(call: &Call, user: &User, includes: &mut Includes<'_>) -> Result<Value> {
    let view = View::of(call);
    let names = ["most_recent_tweet_id", "most_recent_post_id"];
    let expands = names.iter().any(|name| view.expands(name));
    let newest = if expands || names.iter().any(|name| view.user(name)) {
        users::newest_tweet(&call.app, user.id).await?
    } else {
        None
    };
    if let (true, Some(id)) = (expands, newest) {
        match posts::read(&call.app, id).await {
            Ok(shown) => includes.add_tweet(&shown).await?,
            // It was deleted a moment ago.
            Err(Error::Refused(Fault::TweetNotFound)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(render::user::user(user, newest, &view))
}

async fn find(call: &Call, id: &str) -> Result<Option<User>> {
    let Some(id) = UserId::parse(id) else { return Ok(None) };
    users::by_id(&call.app, id).await
}

/// Refuses what is not an id.
pub(super) fn validate_id(name: &'static str, id: &str) -> Result<()> {
    let is_id = (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    if is_id { Ok(()) } else { Err(input::invalid(name, id).into()) }
}

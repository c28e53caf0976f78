//! `GET /2/users`, `/2/users/me`, `/2/users/:id`, `/2/users/by` and
//! `/2/users/by/username/:username`.

use super::super::fields::FieldSelection;
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
    let mut users = Vec::with_capacity(ids.len());
    for id in &ids {
        users.push((id.as_str(), find(&call, id).await?));
    }
    respond_many(&call, "ids", &users).await
}

/// Up to 100 users by name.
pub async fn many_by_name(call: Call) -> Result<Response> {
    let names = input::list(&call, "usernames")?;
    names.iter().try_for_each(|name| validate_name("usernames", name))?;
    let mut users = Vec::with_capacity(names.len());
    for name in &names {
        users.push((name.as_str(), users::by_name(&call.app, name).await?));
    }
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
    users: &[(&str, Option<User>)],
) -> Result<Response> {
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut includes = Includes::new(&call.app, FieldSelection::of(call));
    for (value, user) in users {
        match user {
            Some(user) => found.push(render_user(call, user, &mut includes).await?),
            None => missing.push(error::not_found(&call.app, "user", parameter, value)),
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

async fn respond(call: &Call, user: Option<&User>, missing: Value) -> Result<Response> {
    let Some(user) = user else {
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    let mut includes = Includes::new(&call.app, FieldSelection::of(call));
    let mut body = Map::new();
    body.insert("data".into(), render_user(call, user, &mut includes).await?);
    includes.finish(&mut body);
    json(StatusCode::OK, &Value::Object(body))
}

async fn render_user(call: &Call, user: &User, includes: &mut Includes<'_>) -> Result<Value> {
    let selection = FieldSelection::of(call);
    let names = ["most_recent_tweet_id", "most_recent_post_id"];
    let expands = names.iter().any(|name| selection.expands(name));
    let newest = if expands || names.iter().any(|name| selection.has_user_field(name)) {
        users::newest_tweet(&call.app, user.id).await?
    } else {
        None
    };
    if let (true, Some(id)) = (expands, newest) {
        match posts::read(&call.app, id).await {
            Ok(hydrated) => includes.add_tweet(&hydrated).await?,
            // It was deleted in the meantime.
            Err(Error::Refused(Fault::TweetNotFound)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(render::user::user(user, newest, &selection))
}

async fn find(call: &Call, id: &str) -> Result<Option<User>> {
    let Some(id) = UserId::parse(id) else { return Ok(None) };
    users::by_id(&call.app, id).await
}

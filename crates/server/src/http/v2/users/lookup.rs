//! `GET /2/users`, `/2/users/me`, `/2/users/:id` and `/2/users/by/username/:username`.

use super::super::fields::View;
use super::super::tweets::Gathered;
use super::super::{Asked, error, input, json, render};
use crate::actions::tweets as posts;
use crate::error::{Error, Result};
use crate::store::users::User;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::{Fault, UserId};
use serde_json::{Map, Value, json};

/// The asker.
pub async fn me(asked: Asked) -> Result<Response> {
    let user = asked.app.store.user(asked.call.caller.user()?.user).await?;
    let user = user.ok_or(Fault::UserNotFound)?;
    answer(&asked, Some(&user), Value::Null).await
}

/// A user by id.
pub async fn one(asked: Asked) -> Result<Response> {
    let given = asked.segment(1).to_owned();
    check("id", &given)?;
    let user = find(&asked, &given).await?;
    let missing = error::not_found(&asked.app, "user", "id", &given);
    answer(&asked, user.as_ref(), missing).await
}

/// A user by name.
pub async fn by_name(asked: Asked) -> Result<Response> {
    let given = asked.segment(3).to_owned();
    let is_name = (1..=20).contains(&given.len())
        && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name {
        return Err(input::invalid("username", &given).into());
    }
    let user = asked.app.store.user_by_name(&given).await?;
    let missing = error::not_found(&asked.app, "user", "username", &given);
    answer(&asked, user.as_ref(), missing).await
}

/// Up to a hundred users by id.
pub async fn many(asked: Asked) -> Result<Response> {
    let ids = input::list(&asked, "ids")?;
    ids.iter().try_for_each(|id| check("ids", id))?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut gathered = Gathered::new(&asked.app, View::of(&asked.call));
    for id in &ids {
        match find(&asked, id).await? {
            Some(user) => found.push(rendered(&asked, &user, &mut gathered).await?),
            None => missing.push(error::not_found(&asked.app, "user", "ids", id)),
        }
    }
    let mut body = Map::new();
    if !found.is_empty() {
        body.insert("data".into(), json!(found));
    }
    gathered.finish(&mut body);
    if !missing.is_empty() {
        body.insert("errors".into(), json!(missing));
    }
    json(StatusCode::OK, &Value::Object(body))
}

async fn answer(asked: &Asked, user: Option<&User>, missing: Value) -> Result<Response> {
    let Some(user) = user else {
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    let mut gathered = Gathered::new(&asked.app, View::of(&asked.call));
    let mut body = Map::new();
    body.insert("data".into(), rendered(asked, user, &mut gathered).await?);
    gathered.finish(&mut body);
    json(StatusCode::OK, &Value::Object(body))
}

async fn rendered(asked: &Asked, user: &User, gathered: &mut Gathered<'_>) -> Result<Value> {
    let view = View::of(&asked.call);
    let names = ["most_recent_tweet_id", "most_recent_post_id"];
    let expands = names.iter().any(|name| view.expands(name));
    let newest = if expands || names.iter().any(|name| view.user(name)) {
        asked.app.store.newest_tweet_of(user.id).await?
    } else {
        None
    };
    if let (true, Some(id)) = (expands, newest) {
        match posts::read(&asked.app, id).await {
            Ok(shown) => gathered.add_tweet(&shown).await?,
            // It went a moment ago.
            Err(Error::Refused(Fault::TweetNotFound)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(render::user::user(user, newest, &view))
}

async fn find(asked: &Asked, id: &str) -> Result<Option<User>> {
    let Some(id) = UserId::parse(id) else { return Ok(None) };
    Ok(asked.app.store.user(id).await?)
}

/// Refuses what is no id.
pub(super) fn check(name: &'static str, id: &str) -> Result<()> {
    let is_id = (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    if is_id { Ok(()) } else { Err(input::invalid(name, id).into()) }
}

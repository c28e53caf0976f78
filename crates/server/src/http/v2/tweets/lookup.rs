//! `GET /2/tweets/:id` and `/2/tweets?ids=`. A Tweet that is not there is told beside those that
//! are, with 200 (recorded).

use super::super::fields::View;
use super::super::{Asked, error, input, json};
use super::Gathered;
use crate::actions::tweets::{self, Shown};
use crate::error::{Error, Result};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::{Fault, TweetId};
use serde_json::{Map, Value, json};

/// One Tweet.
pub async fn one(asked: Asked) -> Result<Response> {
    let given = asked.segment(1);
    check("id", given)?;
    let Some(shown) = read(&asked, given).await? else {
        let missing = error::not_found(&asked.app, "tweet", "id", given);
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    let mut gathered = Gathered::new(&asked.app, View::of(&asked.call));
    gathered.add(&shown).await?;
    let data = gathered.tweet(&shown).await?;
    let mut body = Map::new();
    body.insert("data".into(), data);
    gathered.finish(&mut body);
    json(StatusCode::OK, &Value::Object(body))
}

/// Up to a hundred Tweets.
pub async fn many(asked: Asked) -> Result<Response> {
    let ids = input::list(&asked, "ids")?;
    ids.iter().try_for_each(|id| check("ids", id))?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in &ids {
        match read(&asked, id).await? {
            Some(shown) => found.push(shown),
            None => missing.push(error::not_found(&asked.app, "tweet", "ids", id)),
        }
    }
    let mut body = listed(&asked, &found).await?;
    if !missing.is_empty() {
        if let Some(Value::Array(others)) = body.remove("errors") {
            missing.extend(others);
        }
        body.insert("errors".into(), json!(missing));
    }
    json(StatusCode::OK, &Value::Object(body))
}

/// `data` and `includes` of several Tweets; no `data` if there is none (seen).
pub async fn listed(asked: &Asked, found: &[Shown]) -> Result<Map<String, Value>> {
    let mut gathered = Gathered::new(&asked.app, View::of(&asked.call));
    let mut data = Vec::with_capacity(found.len());
    for shown in found {
        gathered.add(shown).await?;
        data.push(gathered.tweet(shown).await?);
    }
    let mut body = Map::new();
    if !data.is_empty() {
        body.insert("data".into(), json!(data));
    }
    gathered.finish(&mut body);
    Ok(body)
}

async fn read(asked: &Asked, id: &str) -> Result<Option<Shown>> {
    let Some(id) = TweetId::parse(id) else { return Ok(None) };
    match tweets::read(&asked.app, id).await {
        Ok(shown) => Ok(Some(shown)),
        Err(Error::Refused(Fault::TweetNotFound)) => Ok(None),
        Err(other) => Err(other),
    }
}

fn check(name: &'static str, id: &str) -> Result<()> {
    let is_id = (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    if is_id { Ok(()) } else { Err(input::invalid(name, id).into()) }
}

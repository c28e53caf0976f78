//! `GET /2/tweets/:id` and `/2/tweets?ids=`. A Tweet that is not there is told beside those that
//! are, with 200 (recorded).

use super::super::fields::View;
use super::super::{error, input, json};
use super::Includes;
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, HydratedTweet};
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Fault, TweetId};
use serde_json::{Map, Value, json};

/// One Tweet.
pub async fn one(call: Call) -> Result<Response> {
    let given = call.segment(1);
    check("id", given)?;
    let Some(shown) = read(&call, given).await? else {
        let missing = error::not_found(&call.app, "tweet", "id", given);
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    let mut includes = Includes::new(&call.app, View::of(&call));
    includes.add(&shown).await?;
    let data = includes.tweet(&shown).await?;
    let mut body = Map::new();
    body.insert("data".into(), data);
    includes.finish(&mut body);
    json(StatusCode::OK, &Value::Object(body))
}

/// Up to a hundred Tweets.
pub async fn many(call: Call) -> Result<Response> {
    let ids = input::list(&call, "ids")?;
    ids.iter().try_for_each(|id| check("ids", id))?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in &ids {
        match read(&call, id).await? {
            Some(shown) => found.push(shown),
            None => missing.push(error::not_found(&call.app, "tweet", "ids", id)),
        }
    }
    let mut body = listed(&call, &found).await?;
    if !missing.is_empty() {
        if let Some(Value::Array(others)) = body.remove("errors") {
            missing.extend(others);
        }
        body.insert("errors".into(), json!(missing));
    }
    json(StatusCode::OK, &Value::Object(body))
}

/// `data` and `includes` of several Tweets; no `data` if there is none (seen).
pub async fn listed(call: &Call, found: &[HydratedTweet]) -> Result<Map<String, Value>> {
    let mut includes = Includes::new(&call.app, View::of(call));
    let mut data = Vec::with_capacity(found.len());
    for shown in found {
        includes.add(shown).await?;
        data.push(includes.tweet(shown).await?);
    }
    let mut body = Map::new();
    if !data.is_empty() {
        body.insert("data".into(), json!(data));
    }
    includes.finish(&mut body);
    Ok(body)
}

async fn read(call: &Call, id: &str) -> Result<Option<HydratedTweet>> {
    let Some(id) = TweetId::parse(id) else { return Ok(None) };
    match tweets::read(&call.app, id).await {
        Ok(shown) => Ok(Some(shown)),
        Err(Error::Refused(Fault::TweetNotFound)) => Ok(None),
        Err(other) => Err(other),
    }
}

fn check(name: &'static str, id: &str) -> Result<()> {
    let is_id = (1..=19).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
    if is_id { Ok(()) } else { Err(input::invalid(name, id).into()) }
}

//! `GET /2/tweets/:id` and `/2/tweets?ids=`. A missing Tweet is reported in `errors`,
//! with status 200 (recorded).

use super::super::fields::FieldSelection;
use super::super::{error, input, json};
use super::{Includes, Related};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets::{self, HydratedTweet};
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Fault, TweetId};
use serde_json::{Map, Value, json};

/// One Tweet.
pub async fn one(call: Call) -> Result<Response> {
    let id = call.segment(1);
    input::validate_id("id", id)?;
    let Some(hydrated) = find(&call, id).await? else {
        let missing = error::not_found(&call.app, "tweet", "id", id);
        return json(StatusCode::OK, &json!({"errors": [missing]}));
    };
    let selection = FieldSelection::of(&call);
    let related = Related::load(&call.app, &selection, &[&hydrated]).await?;
    let mut includes = Includes::new(&call.app, &selection, &related);
    includes.add(&hydrated);
    let data = includes.tweet(&hydrated);
    let mut body = Map::new();
    body.insert("data".into(), data);
    includes.finish(&mut body);
    json(StatusCode::OK, &Value::Object(body))
}

/// Up to 100 Tweets.
pub async fn many(call: Call) -> Result<Response> {
    let ids = input::list(&call, "ids")?;
    ids.iter().try_for_each(|id| input::validate_id("ids", id))?;
    let named: Vec<TweetId> = ids.iter().filter_map(|id| TweetId::parse(id)).collect();
    let mut all = tweets::read_all(&call.app, &named).await?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in &ids {
        match TweetId::parse(id).and_then(|id| all.remove(&id)) {
            Some(hydrated) => found.push(hydrated),
            None => missing.push(error::not_found(&call.app, "tweet", "ids", id)),
        }
    }
    let mut body = list_body(&call, &found).await?;
    if !missing.is_empty() {
        if let Some(Value::Array(others)) = body.remove("errors") {
            missing.extend(others);
        }
        body.insert("errors".into(), json!(missing));
    }
    json(StatusCode::OK, &Value::Object(body))
}

/// `data` and `includes` of several Tweets; no `data` if there are none, as on the real service.
pub async fn list_body(call: &Call, found: &[HydratedTweet]) -> Result<Map<String, Value>> {
    let selection = FieldSelection::of(call);
    let all: Vec<&HydratedTweet> = found.iter().collect();
    let related = Related::load(&call.app, &selection, &all).await?;
    let mut includes = Includes::new(&call.app, &selection, &related);
    let mut data = Vec::with_capacity(found.len());
    for hydrated in found {
        includes.add(hydrated);
        data.push(includes.tweet(hydrated));
    }
    let mut body = Map::new();
    if !data.is_empty() {
        body.insert("data".into(), json!(data));
    }
    includes.finish(&mut body);
    Ok(body)
}

async fn find(call: &Call, id: &str) -> Result<Option<HydratedTweet>> {
    let Some(id) = TweetId::parse(id) else { return Ok(None) };
    match tweets::read(&call.app, id).await {
        Ok(hydrated) => Ok(Some(hydrated)),
        Err(Error::Refused(Fault::TweetNotFound)) => Ok(None),
        Err(other) => Err(other),
    }
}

//! `GET` or `POST /1.1/statuses/lookup.json`: reads up to 100 Tweets. Unknown ids are omitted,
//! or null with `map=true` (documented).

use super::view;
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::{Fault, TweetId};
use serde_json::{Map, Value, json};

/// Maximum ids per call.
const MAX_IDS: usize = 100;

/// Reads Tweets.
pub async fn handle(call: Call) -> Result<Response> {
    let list = call.get("id").filter(|ids| !ids.is_empty());
    let ids: Vec<&str> = list.ok_or(Fault::ParameterMissing("id"))?.split(',').collect();
    if ids.len() > MAX_IDS {
        return Err(Fault::ParameterInvalid("id").into());
    }
    let mut tweets = Vec::with_capacity(ids.len());
    for id in ids {
        let id = id.trim();
        let tweet = match TweetId::parse(id) {
            Some(id) => read(&call, id).await?,
            None => None,
        };
        tweets.push((id, tweet));
    }
    if call.is_on("map") {
        let all: Map<String, Value> =
            tweets.into_iter().map(|(id, tweet)| (id.to_owned(), json!(tweet))).collect();
        return v1::json(StatusCode::OK, &json!({"id": all}));
    }
    let all: Vec<Value> = tweets.into_iter().filter_map(|(_, tweet)| tweet).collect();
    v1::json(StatusCode::OK, &all)
}

async fn read(call: &Call, id: TweetId) -> Result<Option<Value>> {
    match tweets::read(&call.app, id).await {
        Ok(hydrated) => {
            Ok(Some(render::tweet::tweet(&hydrated, view(call), &call.app.config.public_url)))
        }
        Err(Error::Refused(Fault::TweetNotFound)) => Ok(None),
        Err(other) => Err(other),
    }
}

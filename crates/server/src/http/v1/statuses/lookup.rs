//! `GET` or `POST /1.1/statuses/lookup.json`: reads up to 100 Tweets. Unknown ids are omitted,
//! or null with `map=true` (documented).

use super::view;
use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::tweets;
use birdhouse_core::error::Result;
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
    let ids = ids.into_iter().map(str::trim);
    let ids: Vec<(&str, Option<TweetId>)> = ids.map(|id| (id, TweetId::parse(id))).collect();
    let named: Vec<TweetId> = ids.iter().filter_map(|(_, id)| *id).collect();
    let found = tweets::read_all(&call.app, &named).await?;
    let render = |tweet| render::tweet::tweet(tweet, view(&call), &call.app.config.public_url);
    let tweets =
        ids.into_iter().map(|(text, id)| (text, id.and_then(|id| found.get(&id)).map(render)));
    if call.is_on("map") {
        let all: Map<String, Value> =
            tweets.map(|(id, tweet)| (id.to_owned(), json!(tweet))).collect();
        return v1::json(StatusCode::OK, &json!({"id": all}));
    }
    let all: Vec<Value> = tweets.filter_map(|(_, tweet)| tweet).collect();
    v1::json(StatusCode::OK, &all)
}

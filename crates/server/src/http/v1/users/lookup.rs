//! `GET` or `POST /1.1/users/lookup.json`: up to 100 users, by id, by name, or both. Unknown ones are
//! omitted; if all are, the response is 404 with code 17 (documented).

use crate::http::read::call::Call;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::users::{self, User};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, UserId};
use serde_json::Value;

/// Maximum users per call (documented).
const MAX_USERS: usize = 100;

/// Reads users.
pub async fn handle(call: Call) -> Result<Response> {
    let list = |name: &str| -> Vec<&str> {
        let text = call.get(name).unwrap_or_default();
        text.split(',').map(str::trim).filter(|one| !one.is_empty()).collect()
    };
    let (ids, names) = (list("user_id"), list("screen_name"));
    match ids.len() + names.len() {
        0 => return Err(Fault::ParameterMissing("user_id").into()),
        1..=MAX_USERS => {}
        _ => return Err(Fault::ParameterInvalid("user_id").into()),
    }
    let mut found: Vec<User> = Vec::new();
    let mut keep = |user: Option<&User>| match user {
        Some(user) if !found.iter().any(|other| other.id == user.id) => found.push(user.clone()),
        Some(_) | None => {}
    };
    let ids: Vec<UserId> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
    let by_id = users::by_ids(&call.app, &ids).await?;
    for id in &ids {
        keep(by_id.get(id));
    }
    let by_name = users::by_names(&call.app, &names).await?;
    for name in &names {
        keep(by_name.get(&name.to_ascii_lowercase()));
    }
    if found.is_empty() {
        return Err(Fault::NoUserMatches.into());
    }
    let all: Vec<Value> = found.iter().map(|user| render::user::user(user, false)).collect();
    v1::json(StatusCode::OK, &all)
}

//! Suggestions: made for a media of another user, and decided by those who may describe it.

use super::descriptions::description;
use super::{input, render, schemas};
use crate::http::read::call::Call;
use crate::http::read::json_body;
use crate::http::v2::input::{body, invalid};
use crate::http::v2::schema::Schema;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::suggestions::{self, Suggestion, SuggestionBox, SuggestionPage};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, Language, SuggestionState};
use serde_json::{Value, json};

/// `POST /birdhouse/v1/media/{id}/suggestions`.
pub(super) async fn suggest(call: Call) -> Result<Response> {
    let id = input::media(&call)?;
    let body = body(&call, &schemas::SUGGESTION).await?;
    let lang = Language::parse(body["lang"].as_str().unwrap_or(Language::DEFAULT))?;
    let caller = call.caller.user()?;
    let made = suggestions::suggest(&call.app, caller, id, &lang, &description(&body)?).await?;
    render::json(StatusCode::CREATED, &suggestion(&made))
}

/// `GET /birdhouse/v1/suggestions`.
pub(super) async fn list(call: Call) -> Result<Response> {
    let page = input::page(&call)?;
    let state = match call.query.get("state").filter(|text| !text.is_empty()) {
        None => SuggestionState::Open,
        Some(text) => SuggestionState::parse(text).ok_or_else(|| invalid("state", text))?,
    };
    let which = match call.query.get("box").filter(|text| !text.is_empty()) {
        None | Some("received") => SuggestionBox::Received,
        Some("sent") => SuggestionBox::Sent,
        Some(text) => return Err(invalid("box", text).into()),
    };
    let caller = call.caller.user()?;
    let input::Page { before, limit } = page;
    let asked = SuggestionPage { which, state, before, limit };
    let all = suggestions::list(&call.app, caller, asked).await?;
    let next = page.next(&all, |last| last.id);
    let all: Vec<Value> = all.iter().map(suggestion).collect();
    render::json(StatusCode::OK, &json!({"suggestions": all, "next_cursor": next}))
}

/// `POST /birdhouse/v1/suggestions/{id}/accept`; a body replaces the words.
pub(super) async fn accept(call: Call) -> Result<Response> {
    let id = suggestion_id(&call)?;
    let body = optional_body(&call, &schemas::DESCRIPTION).await?;
    let has_words = body.as_object().is_some_and(|members| !members.is_empty());
    let edited = if has_words { Some(description(&body)?) } else { None };
    let caller = call.caller.user()?;
    let accepted = suggestions::accept(&call.app, caller, id, edited.as_ref()).await?;
    render::json(StatusCode::OK, &suggestion(&accepted))
}

/// `POST /birdhouse/v1/suggestions/{id}/decline`.
pub(super) async fn decline(call: Call) -> Result<Response> {
    let id = suggestion_id(&call)?;
    let body = optional_body(&call, &schemas::DECLINE).await?;
    let block = body["block"].as_bool().unwrap_or_default();
    let declined = suggestions::decline(&call.app, call.caller.user()?, id, block).await?;
    render::json(StatusCode::OK, &suggestion(&declined))
}

fn suggestion_id(call: &Call) -> Result<i64> {
    let id = call.segment(2).parse().ok().filter(|id| *id > 0);
    Ok(id.ok_or(Fault::SuggestionNotFound)?)
}

/// A JSON object that may be left out.
async fn optional_body(call: &Call, schema: &Schema) -> Result<Value> {
    let bytes = json_body::bytes(call).await?;
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    let value = json_body::parse(bytes, call.app.config.fidelity)?;
    schema.validate(&value)?;
    Ok(value)
}

fn suggestion(one: &Suggestion) -> Value {
    json!({
        "id": one.id.to_string(),
        "media_id": one.media.to_string(),
        "owner": render::user(&one.owner),
        "lang": one.lang,
        "alt_text": one.alt_text,
        "extended": one.extended,
        "origin": if one.author.is_some() { "suggested" } else { "generated" },
        "author": one.author.as_ref().map(render::user),
        "model": one.model,
        "state": one.state.name(),
        "created_at": render::time(one.created_at),
        "decided_at": one.decided_at.map(render::time),
    })
}

//! `/birdhouse/v1/media/{id}/descriptions`: the descriptions of a media, by language.

use super::{input, lint, render, schemas};
use crate::http::read::call::Call;
use crate::http::v2::input::body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions::descriptions::{self, DescriptionEntry};
use birdhouse_core::error::Result;
use birdhouse_domain::{Description, Language};
use serde_json::{Value, json};

/// All languages; for those who may describe the media, the history too, in pages.
pub(super) async fn list(call: Call) -> Result<Response> {
    let (id, page) = (input::media(&call)?, input::page(&call)?);
    let read = descriptions::read(&call.app, &call.caller, id, page.before, page.limit).await?;
    let next = page.next(&read.history, |entry| entry.id);
    let earlier = read.earlier.iter();
    let value = json!({
        "media_id": id.to_string(),
        "descriptions": read.current.iter().map(linted).collect::<Vec<_>>(),
        "history": read.history.iter().map(render::history_entry).collect::<Vec<_>>(),
        "next_cursor": next,
        "earlier": earlier
            .map(|(media, text)| json!({"media_id": media.to_string(), "alt_text": text}))
            .collect::<Vec<_>>(),
    });
    render::json(StatusCode::OK, &value)
}

/// Sets the description in one language.
pub(super) async fn put(call: Call) -> Result<Response> {
    let (id, lang) = (input::media(&call)?, language(&call)?);
    let new = description(&body(&call, &schemas::DESCRIPTION).await?)?;
    let caller = call.caller.user()?;
    let entry = descriptions::set(&call.app, caller, id, &lang, &new).await?;
    render::json(StatusCode::OK, &linted(&entry))
}

/// Removes it; the history keeps it.
pub(super) async fn delete(call: Call) -> Result<Response> {
    let (id, lang) = (input::media(&call)?, language(&call)?);
    descriptions::remove(&call.app, call.caller.user()?, id, &lang).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Returns to the description before the newest change.
pub(super) async fn undo(call: Call) -> Result<Response> {
    let (id, lang) = (input::media(&call)?, language(&call)?);
    let entry = descriptions::undo(&call.app, call.caller.user()?, id, &lang).await?;
    render::json(StatusCode::OK, &render::history_entry(&entry))
}

fn language(call: &Call) -> Result<Language> {
    Ok(Language::parse(call.segment(4))?)
}

/// The description in a body that fits its schema.
pub(super) fn description(body: &Value) -> Result<Description> {
    let decorative = body["decorative"].as_bool().unwrap_or_default();
    Ok(Description::parse(body["alt_text"].as_str(), body["extended"].as_str(), decorative)?)
}

/// A description with what the linter finds.
fn linted(entry: &DescriptionEntry) -> Value {
    let mut value = render::description(entry);
    let findings = if entry.alt_text.is_empty() {
        Vec::new()
    } else {
        lint::of_text(&entry.alt_text, &entry.lang)
    };
    value["findings"] = json!(findings);
    value
}

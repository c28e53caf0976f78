//! `GET /2/media/upload?media_id=`: how far the processing of an upload is.

use super::super::{Asked, input, json, render};
use crate::actions;
use crate::error::Result;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::Fault;

/// Tells it.
pub async fn handle(asked: Asked) -> Result<Response> {
    match asked.call.get("command") {
        None | Some("STATUS") => {}
        Some(other) => return Err(input::invalid("command", other).into()),
    }
    let given = asked.call.get("media_id").ok_or(Fault::ParameterMissing("media_id"))?;
    let id = input::media_id(given)?;
    let media = actions::upload::own(&asked.app, asked.call.caller.user()?, id).await?;
    // Recorded: the status of a picture is not found.
    if asked.is_strict() && !media.is_async {
        return Err(Fault::MediaNotFound.into());
    }
    json(StatusCode::OK, &render::upload::status(&media, asked.app.now()))
}

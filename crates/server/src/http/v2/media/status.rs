//! `GET /2/media/upload?media_id=`: the processing progress of an upload.

use super::super::{input, json, render};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::Fault;

/// Reports the progress.
pub async fn handle(call: Call) -> Result<Response> {
    match call.get("command") {
        None | Some("STATUS") => {}
        Some(other) => return Err(input::invalid("command", other).into()),
    }
    let id = call.get("media_id").ok_or(Fault::ParameterMissing("media_id"))?;
    let id = input::media_id(id)?;
    let media = actions::media::own(&call.app, call.caller.user()?, id).await?;
    // Recorded: STATUS of an image is not found.
    if call.is_strict() && !media.is_async {
        return Err(Fault::MediaNotFound.into());
    }
    json(StatusCode::OK, &render::upload::status(&media, call.app.now()))
}

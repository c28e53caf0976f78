//! `POST /2/media/upload/initialize`, and `command=INIT`: opens a chunked upload.

use super::super::input::{self, Upload};
use super::super::{Asked, json, render, schemas};
use crate::actions;
use crate::error::Result;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::upload::{Announcement, additional_owners};
use birdhouse_domain::{Category, Fault};
use serde_json::{Map, Value};

/// Opens an upload.
pub async fn handle(asked: Asked) -> Result<Response> {
    let body = input::body(&asked, &schemas::INITIALIZE).await?;
    open(&asked, body.as_object().unwrap_or(&Map::new()), StatusCode::OK).await
}

/// The same with the parameters of the command form.
pub(super) async fn command(asked: &Asked, form: &Upload) -> Result<Response> {
    // As of early 2025; some clients read any 2xx with JSON only.
    let status = if asked.is_strict() { StatusCode::ACCEPTED } else { StatusCode::OK };
    open(asked, &form.members, status).await
}

async fn open(asked: &Asked, members: &Map<String, Value>, status: StatusCode) -> Result<Response> {
    let wanted = announcement(members)?;
    let caller = asked.call.caller.user()?;
    let media = actions::upload::begin(&asked.app, caller, &wanted).await?;
    json(status, &render::upload::begun(&media, asked.app.now()))
}

/// What is said of the upload to come.
pub(super) fn announcement(members: &Map<String, Value>) -> Result<Announcement> {
    let text = |name: &str| members.get(name).and_then(input::text);
    let category = match text("media_category") {
        None => None,
        Some(name) => {
            Some(Category::parse(&name).ok_or(Fault::ParameterInvalid("media_category"))?)
        }
    };
    let total = match text("total_bytes") {
        None => 0,
        Some(digits) => digits.parse().map_err(|_| Fault::ParameterInvalid("total_bytes"))?,
    };
    let owners = input::owners(members.get("additional_owners"));
    Ok(Announcement {
        total_bytes: total,
        media_type: text("media_type").unwrap_or_default(),
        category,
        additional_owners: additional_owners(owners.as_deref())?,
    })
}

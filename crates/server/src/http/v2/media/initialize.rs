//! `POST /2/media/upload/initialize`, and `command=INIT`: opens a chunked upload.

use super::super::input::{self, UploadBody};
use super::super::{json, render, schemas};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::upload::{UploadRequest, parse_additional_owners};
use birdhouse_domain::{Category, Fault};
use serde_json::{Map, Value};

/// Opens an upload.
pub async fn handle(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::INITIALIZE).await?;
    open(&call, body.as_object().unwrap_or(&Map::new()), StatusCode::OK).await
}

/// The same as `command=INIT`.
pub(super) async fn command(call: &Call, form: &UploadBody) -> Result<Response> {
    // As of early 2025; some clients read any 2xx with JSON only.
    let status = if call.is_strict() { StatusCode::ACCEPTED } else { StatusCode::OK };
    open(call, &form.members, status).await
}

async fn open(call: &Call, members: &Map<String, Value>, status: StatusCode) -> Result<Response> {
    let request = upload_request(members)?;
    let caller = call.caller.user()?;
    let media = actions::upload::begin(&call.app, caller, &request).await?;
    json(status, &render::upload::initialized(&media, call.app.now()))
}

/// Parses the members of a body.
pub(super) fn upload_request(members: &Map<String, Value>) -> Result<UploadRequest> {
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
    Ok(UploadRequest {
        total_bytes: total,
        media_type: text("media_type").unwrap_or_default(),
        category,
        additional_owners: parse_additional_owners(owners.as_deref())?,
    })
}

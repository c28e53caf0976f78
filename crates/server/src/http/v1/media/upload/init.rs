//! `command=INIT`: opens a chunked upload. Recorded: 202.

use super::with_media_id;
use crate::http::read::call::Call;
use crate::http::read::upload_form::UploadForm;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::Bucket;
use birdhouse_domain::upload::{UploadRequest, parse_additional_owners};
use birdhouse_domain::{Category, Fault, Kind};

pub(super) async fn handle(call: &Call, form: &UploadForm) -> Result<Response> {
    let category = category(form, call);
    let media_type = form.get(call, "media_type").unwrap_or_default();
    call.count(bucket(category.as_ref().ok().copied().flatten(), media_type))?;
    let text = form.get(call, "total_bytes").ok_or(Fault::ParameterMissing("total_bytes"))?;
    let total_bytes = text.parse().ok().filter(|bytes| *bytes > 0);
    let request = UploadRequest {
        total_bytes: total_bytes.ok_or(Fault::ParameterInvalid("total_bytes"))?,
        media_type: media_type.to_owned(),
        category: category?,
        additional_owners: parse_additional_owners(form.get(call, "additional_owners"))?,
    };
    if request.media_type.is_empty() {
        return Err(Fault::ParameterMissing("media_type").into());
    }
    let media = actions::upload::begin(&call.app, call.caller.user()?, &request).await?;
    let response =
        v1::json(StatusCode::ACCEPTED, &render::upload::initialized(&media, call.app.now()))?;
    Ok(with_media_id(response, media.id))
}

/// Reads `media_category`; empty is absent.
pub(super) fn category(form: &UploadForm, call: &Call) -> Result<Option<Category>> {
    let Some(text) = form.get(call, "media_category").filter(|t| !t.is_empty()) else {
        return Ok(None);
    };
    let category = Category::parse(text).ok_or(Fault::ParameterInvalid("media_category"))?;
    Ok(Some(category))
}

fn bucket(category: Option<Category>, media_type: &str) -> Bucket {
    let is_video = match category {
        Some(category) => category.kind() == Kind::Video,
        None => media_type.to_ascii_lowercase().starts_with("video/"),
    };
    if is_video { Bucket::InitVideo } else { Bucket::Upload }
}

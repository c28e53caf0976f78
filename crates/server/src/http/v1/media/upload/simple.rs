//! A POST without a command: a whole image. Recorded: 200.

use super::init::category;
use crate::http::read::call::Call;
use crate::http::read::upload_form::UploadForm;
use crate::http::v1::{self, render};
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::Bucket;
use birdhouse_domain::Fault;
use birdhouse_domain::upload::parse_additional_owners;

pub(super) async fn handle(call: &Call, form: UploadForm) -> Result<Response> {
    call.count(Bucket::Upload)?;
    let category = category(&form, call)?;
    let owners = parse_additional_owners(form.get(call, "additional_owners"))?;
    let bytes = form.media.ok_or(Fault::MediaMissing)?;
    let caller = call.caller.user()?;
    let media = actions::upload::upload_image(&call.app, caller, bytes, category, &owners).await?;
    let life = call.app.config.media_life_seconds;
    v1::json(StatusCode::OK, &render::upload::completed(&media, life))
}

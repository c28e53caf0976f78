//! A POST without a command: a picture, whole. Recorded: 200.

use super::init::category;
use crate::actions;
use crate::app::Shared;
use crate::error::Result;
use crate::http::call::Call;
use crate::http::upload_form::UploadForm;
use crate::http::v1::{self, render};
use crate::rate_limit::Bucket;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_domain::Fault;
use birdhouse_domain::upload::additional_owners;

pub(super) async fn handle(app: &Shared, call: &Call, form: UploadForm) -> Result<Response> {
    call.count(app, Bucket::Upload)?;
    let category = category(&form, call)?;
    let owners = additional_owners(form.get(call, "additional_owners"))?;
    let bytes = form.media.ok_or(Fault::MediaMissing)?;
    let caller = call.caller.user()?;
    let media = actions::upload::upload_whole(app, caller, bytes, category, &owners).await?;
    let life = app.config.media_life_seconds;
    v1::json(StatusCode::OK, &render::upload::completed(&media, life))
}

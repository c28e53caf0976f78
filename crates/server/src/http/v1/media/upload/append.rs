//! `command=APPEND`: stores a segment. Recorded: 204, empty, `text/html`.

use super::{media_id, with_media_id};
use crate::http::read::call::Call;
use crate::http::read::upload_form::UploadForm;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_core::actions;
use birdhouse_core::error::Result;
use birdhouse_domain::Bucket;
use birdhouse_domain::Fault;
use birdhouse_domain::upload::parse_segment_index;

pub(super) async fn handle(call: &Call, form: UploadForm) -> Result<Response> {
    call.count(Bucket::Append)?;
    let id = media_id(Some(&form), call)?;
    let index = parse_segment_index(form.get(call, "segment_index"))?;
    let bytes = form.media.ok_or(Fault::MediaMissing)?;
    actions::upload::append(&call.app, call.caller.user()?, id, index, bytes).await?;
    let zero = HeaderValue::from_static("0");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html;charset=utf-8")),
        (HeaderName::from_static("x-segmentcount"), zero.clone()),
        (HeaderName::from_static("x-totalbytes"), zero),
    ];
    Ok(with_media_id((StatusCode::NO_CONTENT, headers).into_response(), id))
}

//! `/1.1/media/upload.json`: dispatches by `command`.

mod append;
mod finalize;
mod init;
mod simple;
mod status;

use crate::http::read::call::Call;
use crate::http::read::upload_form::UploadForm;
use axum::http::{HeaderName, HeaderValue, Method};
use axum::response::Response;
use birdhouse_core::error::Result;
use birdhouse_domain::media_limits::{GIF_MAX_BYTES, SEGMENT_MAX_BYTES};
use birdhouse_domain::{Bucket, Fault, MediaId};

/// Executes a command; a POST without one is a simple upload. `command` is case-sensitive
/// (documented). STATUS requires GET; with POST it is treated as a simple upload (recorded).
pub async fn handle(call: Call) -> Result<Response> {
    if call.method != Method::POST {
        return match call.get("command") {
            Some("STATUS") => status::handle(&call).await,
            Some(_) => Err(Fault::ParameterInvalid("command").into()),
            None => Err(Fault::ParameterMissing("command").into()),
        };
    }
    call.caller.require_write()?;
    let limit = match call.get("command") {
        Some("APPEND") => SEGMENT_MAX_BYTES,
        _ => GIF_MAX_BYTES,
    };
    let form = match UploadForm::read(&call, limit).await {
        Err(birdhouse_core::error::Error::Refused(Fault::FileTooLarge { limit }))
            if limit == SEGMENT_MAX_BYTES =>
        {
            return Err(Fault::SegmentTooLarge { limit }.into());
        }
        other => other?,
    };
    match form.get(&call, "command") {
        Some("INIT") => init::handle(&call, &form).await,
        Some("APPEND") => append::handle(&call, form).await,
        Some("FINALIZE") => finalize::handle(&call, &form).await,
        // A misspelt command: the real service reports the file as missing.
        Some(other) if form.media.is_none() && other != "STATUS" && !call.is_strict() => {
            Err(Fault::ParameterInvalid("command").into())
        }
        _ => simple::handle(&call, form).await,
    }
}

/// The rate window of a command, before its file is read. INIT of a video has another one, which its
/// handler counts.
pub(crate) fn window(command: Option<&str>) -> Bucket {
    match command {
        Some("APPEND") => Bucket::Append,
        Some("FINALIZE") => Bucket::Finalize,
        Some("STATUS") => Bucket::UploadStatus,
        _ => Bucket::Upload,
    }
}

/// Reads `media_id`; the error repeats an invalid one, as the upload host does.
fn media_id(form: Option<&UploadForm>, call: &Call) -> Result<MediaId> {
    let text = match form {
        Some(form) => form.get(call, "media_id"),
        None => call.get("media_id"),
    };
    let text = text.unwrap_or_default();
    let excerpt = || text.chars().take(40).collect();
    MediaId::parse(text).ok_or_else(|| Fault::MediaIdInvalid(excerpt()).into())
}

/// Adds `x-mediaid`, as recorded on INIT, APPEND and FINALIZE.
fn with_media_id(mut response: Response, id: MediaId) -> Response {
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-mediaid"), HeaderValue::from(id.0));
    response
}

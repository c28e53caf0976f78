//! `/1.1/media/subtitles/*`: links uploaded subtitles to a video.
//!
//! Documented: a JSON body with `media_id`, `media_category` and `subtitle_info.subtitles`; 200
//! without a body.

pub mod create;
pub mod delete;

use crate::http::read::call::Call;
use crate::http::read::json_body::{self, media_id};
use crate::http::v1;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::config::Fidelity;
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, MediaId};
use serde_json::Value;

/// The parsed body.
struct SubtitlesRequest {
    video: MediaId,
    subtitles: Vec<Value>,
}

async fn read(call: &Call) -> Result<SubtitlesRequest> {
    let body = json_body::read(call).await?;
    let video = media_id(&body["media_id"])?;
    let subtitles = match &body["subtitle_info"]["subtitles"] {
        Value::Array(list) => list.clone(),
        // The documented examples omit the brackets or the braces.
        object @ Value::Object(_) => vec![object.clone()],
        _ => {
            let why = "subtitle_info.subtitles must be a list".to_owned();
            return Err(Fault::SubtitlesInvalid(why).into());
        }
    };
    Ok(SubtitlesRequest { video, subtitles })
}

fn text(value: &Value, name: &'static str) -> Result<String> {
    let text = value[name].as_str().map(str::to_owned);
    Ok(text.ok_or_else(|| Fault::SubtitlesInvalid(format!("{name} must be a text")))?)
}

/// Documented: 200 without a body, which one known client cannot parse.
fn success(call: &Call) -> Result<Response> {
    match call.app.config.fidelity {
        Fidelity::Strict => Ok(v1::empty(StatusCode::OK)),
        Fidelity::Lenient => v1::json(StatusCode::OK, &serde_json::Map::new()),
    }
}

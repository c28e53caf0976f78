//! `POST` and `DELETE /2/media/subtitles`, and the older `/create` and `/delete`: links uploaded
//! subtitles to a video.

use super::super::{input, json, schemas};
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::subtitles::{self, LinkRequest};
use birdhouse_core::error::Result;
use birdhouse_domain::{Fault, MediaId};
use serde_json::{Value, json};

/// Links one language.
pub async fn create(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::SUBTITLES).await?;
    let links = vec![read(&body["subtitles"], "id")?];
    link(&call, &body["id"], &body["media_category"], links).await
}

/// Links several languages.
pub async fn create_legacy(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::SUBTITLES_LEGACY).await?;
    let list = body["subtitle_info"]["subtitles"].as_array().into_iter().flatten();
    let links = list.map(|entry| read(entry, "media_id")).collect::<Result<Vec<_>>>()?;
    link(&call, &body["media_id"], &body["media_category"], links).await
}

/// Removes one language.
pub async fn delete(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::SUBTITLES_DELETE).await?;
    let language = body["language_code"].as_str().unwrap_or_default().to_owned();
    unlink(&call, &body["id"], &[language]).await
}

/// Removes several languages.
pub async fn delete_legacy(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::SUBTITLES_LEGACY).await?;
    let list = body["subtitle_info"]["subtitles"].as_array().into_iter().flatten();
    let languages: Vec<String> =
        list.filter_map(|entry| entry["language_code"].as_str()).map(str::to_owned).collect();
    unlink(&call, &body["media_id"], &languages).await
}

fn id(value: &Value) -> Result<MediaId> {
    let id = input::text(value).and_then(|text| MediaId::parse(&text));
    Ok(id.ok_or(Fault::MediaNotFound)?)
}

fn read(entry: &Value, id_name: &str) -> Result<LinkRequest> {
    let text = |name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    Ok(LinkRequest {
        media: id(&entry[id_name])?,
        language_code: text("language_code"),
        display_name: text("display_name"),
    })
}

async fn link(
    call: &Call,
    video: &Value,
    category: &Value,
    links: Vec<LinkRequest>,
) -> Result<Response> {
    let video = id(video)?;
    subtitles::link(&call.app, call.caller.user()?, video, &links).await?;
    let render = |link: &LinkRequest| {
        json!({
            "id": link.media.to_string(),
            "language_code": link.language_code,
            "display_name": link.display_name,
        })
    };
    let mut data = json!({"id": video.to_string()});
    if category.is_string() {
        data["media_category"] = category.clone();
    }
    data["associated_subtitles"] = links.iter().map(render).collect();
    json(StatusCode::OK, &json!({"data": data}))
}

async fn unlink(call: &Call, video: &Value, languages: &[String]) -> Result<Response> {
    subtitles::unlink(&call.app, call.caller.user()?, id(video)?, languages).await?;
    json(StatusCode::OK, &json!({"data": {"deleted": true}}))
}

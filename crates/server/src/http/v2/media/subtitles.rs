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
    linked(&call, &body["id"], &body["media_category"], links).await
}

/// Links several languages.
pub async fn create_old(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::SUBTITLES_OLD).await?;
    let list = body["subtitle_info"]["subtitles"].as_array().into_iter().flatten();
    let links = list.map(|one| read(one, "media_id")).collect::<Result<Vec<_>>>()?;
    linked(&call, &body["media_id"], &body["media_category"], links).await
}

/// Takes away one language.
pub async fn delete(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::SUBTITLES_DELETE).await?;
    let language = body["language_code"].as_str().unwrap_or_default().to_owned();
    deleted(&call, &body["id"], &[language]).await
}

/// Takes away several languages.
pub async fn delete_old(call: Call) -> Result<Response> {
    let body = input::body(&call, &schemas::SUBTITLES_OLD).await?;
    let list = body["subtitle_info"]["subtitles"].as_array().into_iter().flatten();
    let languages: Vec<String> =
        list.filter_map(|one| one["language_code"].as_str()).map(str::to_owned).collect();
    deleted(&call, &body["media_id"], &languages).await
}

fn id(value: &Value) -> Result<MediaId> {
    let id = input::text(value).and_then(|text| MediaId::parse(&text));
    Ok(id.ok_or(Fault::MediaNotFound)?)
}

fn read(one: &Value, id_name: &str) -> Result<LinkRequest> {
    let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
    Ok(LinkRequest {
        media: id(&one[id_name])?,
        language_code: text("language_code"),
        display_name: text("display_name"),
    })
}

async fn linked(
    call: &Call,
    video: &Value,
    category: &Value,
    links: Vec<LinkRequest>,
) -> Result<Response> {
    let video = id(video)?;
    subtitles::link(&call.app, call.caller.user()?, video, &links).await?;
    let one = |link: &LinkRequest| {
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
    data["associated_subtitles"] = links.iter().map(one).collect();
    json(StatusCode::OK, &json!({"data": data}))
}

async fn deleted(call: &Call, video: &Value, languages: &[String]) -> Result<Response> {
    subtitles::unlink(&call.app, call.caller.user()?, id(video)?, languages).await?;
    json(StatusCode::OK, &json!({"data": {"deleted": true}}))
}

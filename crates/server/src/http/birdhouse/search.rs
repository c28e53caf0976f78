//! Search in one's own descriptions, and lists of one's own media.

use super::{input, render};
use crate::http::delivery::image_url;
use crate::http::read::call::Call;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::actions::own_media::{self, ListedMedia};
use birdhouse_core::actions::search::{self, FoundDescription, SearchRequest, SearchResult};
use birdhouse_core::error::Result;
use birdhouse_domain::description_filter::DescriptionFilter;
use birdhouse_domain::media::Media;
use birdhouse_domain::{AltTextOrigin, AppId, Language, SearchQuery};
use serde_json::{Value, json};

/// `GET /birdhouse/v1/search`.
pub(super) async fn search(call: Call) -> Result<Response> {
    let query = SearchQuery::parse(call.query.get("q").unwrap_or_default())?;
    let lang = call.query.get("lang").filter(|text| !text.is_empty());
    let lang = lang.map(Language::parse).transpose()?;
    let (filters, page) = (filters(&call)?, input::page(&call)?);
    let request = SearchRequest {
        query: &query,
        lang: lang.as_ref(),
        filters: &filters,
        before: page.before,
        limit: page.limit,
    };
    let found = search::search(&call.app, call.caller.user()?, &request).await?;
    let url = &call.app.config.public_url;
    let results = found.items.iter().map(|one| match one {
        SearchResult::Described(description, media) => result(description, media, url),
        SearchResult::Undescribed(media) => listed(media, url),
    });
    let (results, next) = (results.collect::<Vec<_>>(), found.next.map(|id| id.to_string()));
    render::json(StatusCode::OK, &json!({"results": results, "next_cursor": next}))
}

/// `GET /birdhouse/v1/media`.
pub(super) async fn media(call: Call) -> Result<Response> {
    let (filters, page) = (filters(&call)?, input::page(&call)?);
    let caller = call.caller.user()?;
    let all = own_media::list(&call.app, caller, &filters, (page.before, page.limit)).await?;
    let url = &call.app.config.public_url;
    let media: Vec<Value> = all.items.iter().map(|one| listed(one, url)).collect();
    let next = all.next.map(|id| id.to_string());
    render::json(StatusCode::OK, &json!({"media": media, "next_cursor": next}))
}

/// Every `filter` of the query; each may be a list.
fn filters(call: &Call) -> Result<Vec<DescriptionFilter>> {
    let mut filters = Vec::new();
    for text in call.query.all("filter") {
        filters.extend(DescriptionFilter::parse_list(text)?);
    }
    Ok(filters)
}

fn app((id, name): &(AppId, String)) -> Value {
    json!({"id": id.to_string(), "name": name})
}

fn result(found: &FoundDescription, media: &Media, public_url: &str) -> Value {
    json!({
        "media_id": media.id.to_string(),
        "lang": found.lang,
        "alt_text": Some(&found.alt_text).filter(|text| !text.is_empty()),
        "extended": found.extended,
        "decorative": found.is_decorative,
        "origin": found.origin.name(),
        "app": app(&found.app),
        "updated_at": render::time(found.updated_at),
        "created_at": render::time(media.created_at),
        "url": image_url(media, public_url),
    })
}

fn listed(ListedMedia { media, listed }: &ListedMedia, public_url: &str) -> Value {
    json!({
        "media_id": media.id.to_string(),
        "lang": Language::DEFAULT,
        "alt_text": listed.alt_text,
        "extended": listed.extended,
        "decorative": listed.is_decorative,
        "origin": listed.origin.map(AltTextOrigin::name),
        "app": app(&listed.app),
        "updated_at": null,
        "created_at": render::time(listed.created_at),
        "url": image_url(media, public_url),
    })
}

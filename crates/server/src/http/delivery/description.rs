//! `GET /media/description/<key>`: a page with the description of an image in every language, to which
//! the image's `Link` header refers.

use super::urls::image_url;
use crate::http::pages::render;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use birdhouse_core::actions::descriptions;
use birdhouse_core::app::App;
use birdhouse_core::error::Result;
use birdhouse_domain::media::Media;
use birdhouse_domain::{Kind, Language};

#[derive(Template)]
#[template(path = "description.html")]
struct Page<'a> {
    title: &'a str,
    image: String,
    alt: &'a str,
    none: &'static str,
    texts: Vec<Localized<'a>>,
}

/// The description in one language.
struct Localized<'a> {
    /// The tag; empty for the default language, which nobody told.
    lang: &'a str,
    /// What stands above it if there are several.
    name: &'a str,
    alt_text: &'a str,
    extended: Option<&'a str>,
}

/// The page. It is as public as the image.
pub(super) async fn show(app: &App, media: &Media) -> Result<Response> {
    let current = descriptions::current(app, media.id).await?;
    let mut texts: Vec<Localized<'_>> = current
        .iter()
        .filter(|entry| !entry.is_decorative)
        .map(|entry| {
            let lang = entry.lang.as_str();
            let lang = if lang == Language::DEFAULT { "" } else { lang };
            Localized {
                lang,
                name: lang,
                alt_text: &entry.alt_text,
                extended: entry.extended.as_deref(),
            }
        })
        .collect();
    // The default language has the empty tag.
    texts.sort_by_key(|text| text.lang);
    let alt = texts.first().map_or("", |text| text.alt_text);
    let page = Page {
        title: if alt.is_empty() { "Image" } else { alt },
        image: image_url(media, ""),
        alt,
        none: if media.is_decorative {
            "The image is marked as decorative: it has nothing to tell."
        } else {
            "Nobody has described this image yet."
        },
        texts,
    };
    let mut response = render::html(StatusCode::OK, &page)?;
    let policy = "default-src 'none'; img-src 'self'; style-src 'self'; base-uri 'none'; \
                  frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    let cache = HeaderValue::from_static(super::file::short_cache_control(media));
    headers.insert(header::CACHE_CONTROL, cache);
    Ok(response)
}

/// The `Link` header of an image; `None` for other kinds.
pub(super) fn link(media: &Media, public_url: &str) -> Option<HeaderValue> {
    let (Some(Kind::Image | Kind::AnimatedGif), key) = (media.kind, &media.public_key) else {
        return None;
    };
    let value = format!("<{public_url}/media/description/{key}>; rel=\"describedby\"");
    HeaderValue::from_str(&value).ok()
}

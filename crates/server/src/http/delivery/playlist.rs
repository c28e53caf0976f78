//! The playlist of all forms of a film (RFC 8216).

use super::file::{cache_control, harden};
use crate::actions::films::{MAIN, PLAYLIST};
use crate::app::Shared;
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use birdhouse_domain::Fault;
use birdhouse_domain::media::Media;
use std::fmt::Write;

/// Lists every form that has a playlist of its own, the largest first.
pub(super) async fn master(app: &Shared, media: &Media) -> crate::error::Result<Response> {
    let all = app.store.variants(media.id).await?;
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    let mut forms = 0;
    for form in all.iter().filter(|v| v.mime == PLAYLIST) {
        let film = all.iter().find(|v| v.name == form.name && v.mime == "video/mp4");
        let own_rate = || all.iter().find(|v| v.name == MAIN).map(|v| v.bitrate);
        let rate = film.map(|v| v.bitrate).or_else(own_rate).unwrap_or(1).max(1);
        let (w, h, key) = (form.width, form.height, &media.public_key);
        // Writing to a string cannot fail.
        let _written = write!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={rate},RESOLUTION={w}x{h}\n{w}x{h}/{key}.m3u8\n"
        );
        forms += 1;
    }
    if forms == 0 {
        return Err(Fault::MediaNotFound.into());
    }
    let mut response = Response::new(Body::from(text));
    harden(response.headers_mut(), PLAYLIST);
    let cache = HeaderValue::from_static(cache_control(media));
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    Ok(response)
}

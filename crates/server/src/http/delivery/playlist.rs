//! HLS playlists of a video (RFC 8216).

use super::file::{harden, short_cache_control};
use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use birdhouse_core::actions::delivery;
use birdhouse_core::app::Shared;
use birdhouse_domain::Fault;
use birdhouse_domain::media::Media;
use birdhouse_processing::Format;
use birdhouse_processing::formats::HLS_PLAYLIST;
use std::fmt::Write;

/// The master playlist: every rendition that has a playlist, largest first.
pub(super) async fn master(app: &Shared, media: &Media) -> birdhouse_core::error::Result<Response> {
    let all = delivery::variants(app, media).await?;
    let mut text = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n".to_owned();
    let key = &media.public_key;
    let mut group = "";
    for track in all.iter().filter(|v| v.mime == Format::WebVtt.mime()) {
        let (language, name) = (&track.name, track.label.replace(['"', '\r', '\n'], ""));
        group = ",SUBTITLES=\"subs\"";
        // Writing to a string cannot fail.
        let _written = writeln!(
            text,
            "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subs\",NAME=\"{name}\",\
             LANGUAGE=\"{language}\",AUTOSELECT=YES,URI=\"../sub/{language}/{key}.m3u8\""
        );
    }
    let mut renditions = 0;
    for playlist in all.iter().filter(|v| v.mime == HLS_PLAYLIST) {
        let video = all.iter().find(|v| v.name == playlist.name && v.mime == Format::Mp4.mime());
        let (rate, w, h) = (video.map_or(1, |v| v.bitrate.max(1)), playlist.width, playlist.height);
        let _written = write!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={rate},RESOLUTION={w}x{h}{group}\n{w}x{h}/{key}.m3u8\n"
        );
        renditions += 1;
    }
    if renditions == 0 {
        return Err(Fault::MediaNotFound.into());
    }
    Ok(respond(media, text))
}

/// The playlist of the subtitles in a language: one segment for the whole duration.
pub(super) async fn subtitles(
    app: &Shared,
    media: &Media,
    language: &str,
) -> birdhouse_core::error::Result<Response> {
    let all = delivery::variants(app, media).await?;
    if !all.iter().any(|v| v.mime == Format::WebVtt.mime() && v.name == language) {
        return Err(Fault::MediaNotFound.into());
    }
    let (seconds, key) = (media.duration_ms.div_ceil(1000).max(1), &media.public_key);
    let text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{seconds}\n#EXT-X-PLAYLIST-TYPE:VOD\n\
         #EXTINF:{seconds},\n{key}.vtt\n#EXT-X-ENDLIST\n"
    );
    Ok(respond(media, text))
}

/// Renditions and subtitles may still be added, so a playlist is cached for a short time only.
fn respond(media: &Media, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    harden(response.headers_mut(), HLS_PLAYLIST);
    let cache = HeaderValue::from_static(short_cache_control(media));
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    response
}

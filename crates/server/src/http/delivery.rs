//! `GET /media/…`: pictures in every size, films in every form, with headers that keep a browser
//! from running anything.
//!
//! Paths are those of the real service's picture and film hosts, below `/media`:
//!
//! | Path | What |
//! |---|---|
//! | `<key>.<ext>?format=<ext>&name=<size>` or `<key>.<ext>:<size>` | a picture |
//! | `tweet_video/<key>.mp4`, `tweet_video_thumb/<key>.jpg` | an animated GIF |
//! | `ext_tw_video/<media_id>/pu/vid/<w>x<h>/<key>.mp4` | a film |
//! | `ext_tw_video/<media_id>/pu/pl/<key>.m3u8` | its playlist |
//! | `ext_tw_video/<media_id>/pu/sub/<language>/<key>.vtt` | its subtitles |
//! | `ext_tw_video_thumb/<media_id>/pu/img/<key>.jpg` | its first picture |

mod file;
mod playlist;
mod urls;

pub use urls::{film_url, picture_url, playlist_url};

use super::call::{Call, FormLimit};
use crate::actions::delivery::{self, Asked};
use crate::actions::sizes::mime_of_extension;
use crate::app::Shared;
use crate::auth::Caller;
use crate::error::Error;
use crate::hot::Answer;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use birdhouse_domain::{Fault, PictureSize};
use std::sync::{Arc, OnceLock};

/// Paths of this module.
pub fn routes() -> Router<Shared> {
    Router::new().route("/media/{*path}", get(deliver))
}

async fn deliver(
    State(app): State<Shared>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    match answer(&app, &path, request).await {
        Ok(response) => response,
        Err(Error::Refused(_)) => (StatusCode::NOT_FOUND, "not found\n").into_response(),
        Err(Error::Broken(cause)) => {
            tracing::error!(cause = format!("{cause:#}"), "delivery failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
        }
    }
}

/// What a path asks for.
enum Wanted<'a> {
    File(Asked<'a>),
    /// The playlist of all forms of a film.
    Master,
    /// The playlist of its subtitles in a language.
    SubtitlePlaylist(&'a str),
}

async fn answer(app: &Shared, path: &str, request: Request) -> crate::error::Result<Response> {
    let (headers, method) = (request.headers().clone(), request.method().clone());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let accept = text(&headers, header::ACCEPT).unwrap_or_default();
    let (key, wanted) = parse(path, &query, accept).ok_or(Fault::MediaNotFound)?;
    let is_anybody = !headers.contains_key(header::AUTHORIZATION);
    let url = format!("{path}?{query} {}", accept.contains("image/webp"));
    if is_anybody && let Some(known) = app.hot.answer(&url, app.now()) {
        return send(app, &known, &wanted, (&method, &headers)).await;
    }
    let (now, caller) = (app.now(), caller(app, request).await);
    let media = delivery::find(app, caller.as_ref(), key).await?;
    match wanted {
        Wanted::Master => playlist::master(app, &media).await,
        Wanted::SubtitlePlaylist(language) => playlist::subtitles(app, &media, language).await,
        Wanted::File(asked) => {
            let file = delivery::file(app, &media, asked).await?;
            let found = Arc::new(Answer { media, file, since: now });
            if is_anybody {
                app.hot.keep_answer(url, found.clone());
            }
            send(app, &found, &wanted, (&method, &headers)).await
        }
    }
}

async fn send(
    app: &Shared,
    found: &Answer,
    wanted: &Wanted<'_>,
    asker: (&Method, &HeaderMap),
) -> crate::error::Result<Response> {
    let mut response = file::respond(app, &found.media, &found.file, asker).await?;
    if matches!(wanted, Wanted::File(Asked::Picture { mime: None, .. })) {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    }
    Ok(response)
}

/// The key and what of it is wanted.
fn parse<'a>(path: &'a str, query: &str, accept: &str) -> Option<(&'a str, Wanted<'a>)> {
    let parts: Vec<&str> = path.split('/').collect();
    let file = |asked| Wanted::File(asked);
    match parts[..] {
        [name] | ["tweet_video_thumb", name] => picture(name, query, accept),
        ["ext_tw_video_thumb" | "amplify_video_thumb", _, "pu", "img", name] => {
            picture(name, query, accept)
        }
        ["tweet_video", name] => Some((name.strip_suffix(".mp4")?, file(Asked::Film(None)))),
        ["ext_tw_video" | "amplify_video", _, "pu", "vid", size, name] => {
            Some((name.strip_suffix(".mp4")?, file(Asked::Film(Some(pixels(size)?)))))
        }
        ["ext_tw_video" | "amplify_video", _, "pu", "sub", language, name] => {
            match name.rsplit_once('.')? {
                (key, "m3u8") => Some((key, Wanted::SubtitlePlaylist(language))),
                (key, "vtt") => Some((key, file(Asked::Subtitles(language)))),
                _ => None,
            }
        }
        ["ext_tw_video" | "amplify_video", _, "pu", "pl", name] => {
            Some((name.strip_suffix(".m3u8")?, Wanted::Master))
        }
        ["ext_tw_video" | "amplify_video", _, "pu", "pl", size, name] => {
            let size = pixels(size)?;
            match name.rsplit_once('.')? {
                (key, "m3u8") => Some((key, file(Asked::Playlist(size)))),
                (key, "m4s") => Some((key, file(Asked::Fragments(size)))),
                _ => None,
            }
        }
        _ => None,
    }
}

fn picture<'a>(name: &'a str, query: &str, accept: &str) -> Option<(&'a str, Wanted<'a>)> {
    let parameter = |wanted: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == wanted).map(|(_, value)| value).next_back()
    };
    let (name, legacy) = name.split_once(':').unwrap_or((name, ""));
    let (key, extension) = name.split_once('.').unwrap_or((name, ""));
    let size = parameter("name").unwrap_or(legacy);
    let size = if size.is_empty() { PictureSize::Medium } else { PictureSize::parse(size)? };
    let format = parameter("format").unwrap_or(extension);
    let mime = if format.is_empty() { None } else { Some(mime_of_extension(format)?) };
    let accepts_webp = accept.split(',').any(|one| one.trim().starts_with("image/webp"));
    Some((key, Wanted::File(Asked::Picture { size, mime, accepts_webp })))
}

/// `1280x720`.
fn pixels(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// Who asks, if the request is signed; unattached media are their owner's only.
async fn caller(app: &Shared, request: Request) -> Option<Caller> {
    request.headers().get(header::AUTHORIZATION)?;
    let standing = Arc::new(OnceLock::new());
    let call = Call::read(app, request, FormLimit(0), standing).await.ok()?;
    let may_look = match &call.caller {
        Caller::User(user) => user
            .scopes
            .as_ref()
            .is_none_or(|scopes| scopes.has("tweet.read") || scopes.has("media.write")),
        Caller::App { .. } => true,
    };
    may_look.then_some(call.caller)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked<'a>(path: &'a str, query: &str) -> Option<(String, Option<Asked<'a>>)> {
        parse(path, query, "image/webp,*/*").map(|(key, wanted)| match wanted {
            Wanted::File(asked) => (key.to_owned(), Some(asked)),
            Wanted::Master | Wanted::SubtitlePlaylist(_) => (key.to_owned(), None),
        })
    }

    #[test]
    fn every_form_of_a_url_is_read() {
        let picture = |size, mime| {
            Some(("Ab1".to_owned(), Some(Asked::Picture { size, mime, accepts_webp: true })))
        };
        let jpeg = Some("image/jpeg");
        assert_eq!(asked("Ab1.jpg", ""), picture(PictureSize::Medium, jpeg));
        assert_eq!(asked("Ab1.jpg:large", ""), picture(PictureSize::Large, jpeg));
        assert_eq!(asked("Ab1.jpg", "name=orig"), picture(PictureSize::Original, jpeg));
        let png = Some("image/png");
        assert_eq!(asked("Ab1", "format=png&name=small"), picture(PictureSize::Small, png));
        assert_eq!(asked("Ab1", "name=thumb"), picture(PictureSize::Thumb, None));
        let film = Some(("Ab1".to_owned(), Some(Asked::Film(Some((640, 360))))));
        assert_eq!(asked("ext_tw_video/12/pu/vid/640x360/Ab1.mp4", "tag=12"), film);
        assert_eq!(asked("ext_tw_video/12/pu/pl/Ab1.m3u8", ""), Some(("Ab1".to_owned(), None)));
        for wrong in ["Ab1.exe", "Ab1.jpg:huge", "a/b", "tweet_video/Ab1.mov", "", "../x.jpg"] {
            assert_eq!(asked(wrong, "").filter(|(key, _)| !key.is_empty()), None, "{wrong}");
        }
    }
}

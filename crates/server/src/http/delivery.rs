//! `GET /media/…`: images in every size, videos in every rendition, with headers that keep a
//! browser from executing them.
//!
//! Paths are those of the real service's image and video hosts, below `/media`:
//!
//! | Path | Content |
//! |---|---|
//! | `<key>.<ext>?format=<ext>&name=<size>` or `<key>.<ext>:<size>` | an image |
//! | `tweet_video/<key>.mp4`, `tweet_video_thumb/<key>.jpg` | an animated GIF |
//! | `ext_tw_video/<media_id>/pu/vid/<w>x<h>/<key>.mp4` | a video |
//! | `ext_tw_video/<media_id>/pu/pl/<key>.m3u8` | its playlist |
//! | `ext_tw_video/<media_id>/pu/sub/<language>/<key>.vtt` | its subtitles |
//! | `ext_tw_video_thumb/<media_id>/pu/img/<key>.jpg` | its poster |
//! | `description/<key>` | a page with the descriptions of an image |

mod description;
mod file;
mod playlist;
mod urls;

pub use urls::{image_url, playlist_url, video_url};

use super::read::call::{Call, CallOptions};
use super::read::slot::Slot;
use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use birdhouse_core::actions::delivery::{self, Reader};
use birdhouse_core::actions::sizes::mime_of_extension;
use birdhouse_core::app::Shared;
use birdhouse_core::error::{Error, Result};
use birdhouse_domain::delivery::{FileRequest, Size};
use birdhouse_domain::{Caller, Fault, ImageSize};
use file::RequestHead;

/// The routes of this module.
pub fn routes() -> Router<Shared> {
    Router::new().route("/media/{*path}", get(deliver))
}

async fn deliver(
    State(app): State<Shared>,
    Path(path): Path<String>,
    request: Request,
) -> Response {
    match respond(&app, &path, request).await {
        Ok(response) => response,
        Err(Error::Refused(Fault::Unavailable(why))) => {
            tracing::error!(why, "delivery of {path} needs what does not work here");
            let retry = [(header::RETRY_AFTER, "60")];
            (StatusCode::SERVICE_UNAVAILABLE, retry, "try again later\n").into_response()
        }
        Err(Error::Refused(Fault::Overloaded)) => {
            let retry = [(header::RETRY_AFTER, "5")];
            (StatusCode::SERVICE_UNAVAILABLE, retry, "try again later\n").into_response()
        }
        Err(Error::Refused(_)) => (StatusCode::NOT_FOUND, "not found\n").into_response(),
        Err(Error::Broken(cause)) => {
            tracing::error!(error = format!("{cause:#}"), "delivery of {path} failed");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
        }
    }
}

/// The resource that a path identifies.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    /// A file of the media item.
    File(FileRequest),
    /// The page with its descriptions.
    Description,
    /// The playlist of all renditions of a video.
    Master,
    /// The playlist of its subtitles in one language.
    SubtitlePlaylist(&'a str),
}

async fn respond(app: &Shared, path: &str, request: Request) -> Result<Response> {
    let (headers, method) = (request.headers().clone(), request.method().clone());
    let query = request.uri().query().unwrap_or_default().to_owned();
    let accept = text(&headers, header::ACCEPT).unwrap_or_default();
    let (key, target) = parse(path, &query, accept).ok_or(Fault::MediaNotFound)?;
    let slot = request.extensions().get::<Slot>().cloned();
    let caller = caller(app, request).await;
    let holder = slot.and_then(|slot| slot.holder()).ok_or(Fault::Overloaded)?;
    let reader = Reader { caller: caller.as_ref(), holder };
    let file = match target {
        Target::Description => {
            let media = delivery::find(app, caller.as_ref(), key).await?;
            return description::show(app, &media).await;
        }
        Target::Master => {
            let media = delivery::find(app, caller.as_ref(), key).await?;
            return playlist::master(app, &media).await;
        }
        Target::SubtitlePlaylist(language) => {
            let media = delivery::find(app, caller.as_ref(), key).await?;
            return playlist::subtitles(app, &media, language).await;
        }
        Target::File(file) => file,
    };
    let varies = matches!(file, FileRequest::Image { mime: None, .. });
    let delivery = delivery::deliver(app, reader, key, file).await?;
    let head = RequestHead { method: &method, headers: &headers };
    let mut response = file::respond(app, &delivery, head).await?;
    if let Some(link) = description::link(&delivery.media, &app.config.public_url) {
        response.headers_mut().insert(header::LINK, link);
    }
    if varies {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept"));
    }
    Ok(response)
}

/// The public key of the media item, and the resource requested of it.
fn parse<'a>(path: &'a str, query: &str, accept: &str) -> Option<(&'a str, Target<'a>)> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts[..] {
        [name] | ["tweet_video_thumb", name] => image(name, query, accept),
        ["ext_tw_video_thumb" | "amplify_video_thumb", _, "pu", "img", name] => {
            image(name, query, accept)
        }
        ["description", key] => Some((key, Target::Description)),
        ["tweet_video", name] => {
            Some((name.strip_suffix(".mp4")?, Target::File(FileRequest::Video(None))))
        }
        ["ext_tw_video" | "amplify_video", _, "pu", "vid", size, name] => Some((
            name.strip_suffix(".mp4")?,
            Target::File(FileRequest::Video(Some(pixels(size)?))),
        )),
        ["ext_tw_video" | "amplify_video", _, "pu", "sub", language, name] => {
            match name.rsplit_once('.')? {
                (key, "m3u8") => Some((key, Target::SubtitlePlaylist(language))),
                (key, "vtt") => {
                    Some((key, Target::File(FileRequest::Subtitles(language.to_owned()))))
                }
                _ => None,
            }
        }
        ["ext_tw_video" | "amplify_video", _, "pu", "pl", name] => {
            Some((name.strip_suffix(".m3u8")?, Target::Master))
        }
        ["ext_tw_video" | "amplify_video", _, "pu", "pl", size, name] => {
            let size = pixels(size)?;
            match name.rsplit_once('.')? {
                (key, "m3u8") => Some((key, Target::File(FileRequest::Playlist(size)))),
                (key, "m4s") => Some((key, Target::File(FileRequest::Fragments(size)))),
                _ => None,
            }
        }
        _ => None,
    }
}

fn image<'a>(name: &'a str, query: &str, accept: &str) -> Option<(&'a str, Target<'a>)> {
    let parameter = |key: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(name, _)| *name == key).map(|(_, value)| value).next_back()
    };
    let (name, legacy) = name.split_once(':').unwrap_or((name, ""));
    let (key, extension) = name.split_once('.').unwrap_or((name, ""));
    let size = parameter("name").unwrap_or(legacy);
    let size = if size.is_empty() { ImageSize::Medium } else { ImageSize::parse(size)? };
    let format = parameter("format").unwrap_or(extension);
    let mime = if format.is_empty() { None } else { Some(mime_of_extension(format)?) };
    let accepts_webp = accept.split(',').any(|mime| mime.trim().starts_with("image/webp"));
    Some((key, Target::File(FileRequest::Image { size, mime, accepts_webp })))
}

/// `1280x720`.
fn pixels(text: &str) -> Option<Size> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// The caller, if the request is authenticated: media in no Tweet are visible to their owner only.
async fn caller(app: &Shared, request: Request) -> Option<Caller> {
    request.headers().get(header::AUTHORIZATION)?;
    let call = Call::read(app, request, CallOptions::default()).await.ok()?;
    let may_read = match &call.caller {
        Caller::User(user) => user
            .scopes
            .as_ref()
            .is_none_or(|scopes| scopes.has("tweet.read") || scopes.has("media.write")),
        Caller::App(_) => true,
    };
    may_read.then_some(call.caller)
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str, query: &str) -> Option<(String, Option<FileRequest>)> {
        parse(path, query, "image/webp,*/*").map(|(key, target)| match target {
            Target::File(file) => (key.to_owned(), Some(file)),
            Target::Master | Target::Description | Target::SubtitlePlaylist(_) => {
                (key.to_owned(), None)
            }
        })
    }

    #[test]
    fn every_url_format_is_parsed() {
        let image = |size, mime| {
            Some(("Ab1".to_owned(), Some(FileRequest::Image { size, mime, accepts_webp: true })))
        };
        let jpeg = Some("image/jpeg");
        assert_eq!(parsed("Ab1.jpg", ""), image(ImageSize::Medium, jpeg));
        assert_eq!(parsed("Ab1.jpg:large", ""), image(ImageSize::Large, jpeg));
        assert_eq!(parsed("Ab1.jpg", "name=orig"), image(ImageSize::Original, jpeg));
        let png = Some("image/png");
        assert_eq!(parsed("Ab1", "format=png&name=small"), image(ImageSize::Small, png));
        assert_eq!(parsed("Ab1", "name=thumb"), image(ImageSize::Thumb, None));
        let video = Some(("Ab1".to_owned(), Some(FileRequest::Video(Some((640, 360))))));
        assert_eq!(parsed("ext_tw_video/12/pu/vid/640x360/Ab1.mp4", "tag=12"), video);
        assert_eq!(parsed("ext_tw_video/12/pu/pl/Ab1.m3u8", ""), Some(("Ab1".to_owned(), None)));
        for wrong in ["Ab1.exe", "Ab1.jpg:huge", "a/b", "tweet_video/Ab1.mov", "", "../x.jpg"] {
            assert_eq!(parsed(wrong, "").filter(|(key, _)| !key.is_empty()), None, "{wrong}");
        }
    }
}

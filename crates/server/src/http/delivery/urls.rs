//! URLs of delivered media, as they appear in responses.

use birdhouse_core::actions::delivery::served_mime;
use birdhouse_core::actions::sizes::extension_of_mime;
use birdhouse_domain::media::Media;
use birdhouse_domain::{Category, Kind};

/// URL of an image, or of the poster image of an animated GIF or a video.
pub fn image_url(media: &Media, public_url: &str) -> String {
    let (key, base) = (&media.public_key, format!("{public_url}/media"));
    match media.kind {
        Some(Kind::Video) => {
            format!("{base}/{}_thumb/{}/pu/img/{key}.jpg", video_directory(media), media.id)
        }
        Some(Kind::AnimatedGif) => format!("{base}/tweet_video_thumb/{key}.jpg"),
        _ => format!("{base}/{key}.{}", extension_of_mime(served_mime(media))),
    }
}

/// URL of the rendition of a video with this size in pixels; an animated GIF has only one.
pub fn video_url(media: &Media, (width, height): (u32, u32), public_url: &str) -> String {
    let key = &media.public_key;
    if media.kind == Some(Kind::AnimatedGif) {
        return format!("{public_url}/media/tweet_video/{key}.mp4");
    }
    let (directory, id) = (video_directory(media), media.id);
    format!("{public_url}/media/{directory}/{id}/pu/vid/{width}x{height}/{key}.mp4")
}

/// URL of the master playlist of a video.
pub fn playlist_url(media: &Media, public_url: &str) -> String {
    let (directory, id, key) = (video_directory(media), media.id, &media.public_key);
    format!("{public_url}/media/{directory}/{id}/pu/pl/{key}.m3u8")
}

fn video_directory(media: &Media) -> &'static str {
    match media.category {
        Some(Category::AmplifyVideo) => "amplify_video",
        _ => "ext_tw_video",
    }
}

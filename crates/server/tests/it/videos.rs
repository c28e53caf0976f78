//! Processing and delivery of videos and animated GIFs.

use crate::support::{Response, TestApp, UPDATE, UPLOAD};
use serde_json::{Value, json};
use std::process::Command;

fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let out = Command::new(program).args(arguments).output().unwrap();
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// A file that ffmpeg encodes with these arguments.
fn encode(name: &str, arguments: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let path = path.to_str().unwrap();
    let arguments = ["-v", "error"].into_iter().chain(arguments.split_whitespace()).chain([path]);
    run("ffmpeg", &arguments.collect::<Vec<_>>());
    std::fs::read(path).unwrap()
}

/// The format and streams that ffprobe reports.
fn probe(bytes: &[u8]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("served");
    std::fs::write(&path, bytes).unwrap();
    let show = ["-v", "error", "-show_format", "-show_streams", "-of", "json"];
    let arguments: Vec<&str> = show.into_iter().chain([path.to_str().unwrap()]).collect();
    serde_json::from_slice(&run("ffprobe", &arguments)).unwrap()
}

/// A video of one second.
pub(crate) fn small_video() -> Vec<u8> {
    encode("a.mp4", "-f lavfi -i testsrc2=s=160x120:r=25 -t 1 -pix_fmt yuv420p")
}

/// Uploads and processes a small video; returns its id.
pub(crate) async fn upload_video(test: &TestApp) -> String {
    let media = test.upload_chunked(&small_video(), "video/mp4", Some("tweet_video")).await;
    test.run_jobs().await;
    media
}

/// Posts a Tweet with the media; returns its media item.
async fn post_tweet(test: &TestApp, media: &str) -> Value {
    let posted = test.post_form(UPDATE, &[("status", media), ("media_ids", media)]).await;
    assert_eq!(posted.status, 200, "{}", posted.line());
    posted.json()["extended_entities"]["media"][0].clone()
}

async fn get_unsigned(test: &TestApp, url: &Value) -> Response {
    let url = url.as_str().unwrap();
    let request = axum::http::Request::get(&url[url.find("/media/").unwrap()..]);
    test.send(request.body(axum::body::Body::empty()).unwrap()).await
}

/// Whether the index is before the frames, so that it plays while it loads.
fn has_leading_index(bytes: &[u8]) -> bool {
    let find = |name: &[u8]| bytes.windows(4).position(|window| window == name);
    find(b"moov") < find(b"mdat")
}

#[tokio::test]
async fn an_animated_gif_becomes_a_video_with_a_poster() {
    let test = TestApp::start().await;
    let bytes = encode("a.gif", "-f lavfi -i testsrc2=s=640x480:r=10 -t 2 -vf scale=321:241");
    let media = test.upload_chunked(&bytes, "image/gif", Some("tweet_gif")).await;
    assert_eq!(test.upload_status(&media).await.json()["processing_info"]["state"], "pending");
    test.run_jobs().await;
    let status = test.upload_status(&media).await.json();
    assert_eq!(status["processing_info"]["state"], "succeeded", "{status}");
    let item = post_tweet(&test, &media).await;
    assert_eq!(item["type"], "animated_gif");
    assert_eq!(item["video_info"]["variants"][0]["bitrate"], 0);
    let video = get_unsigned(&test, &item["video_info"]["variants"][0]["url"]).await;
    assert_eq!((video.status, video.header("content-type")), (200, "video/mp4"));
    assert!(has_leading_index(&video.body));
    let probed = probe(&video.body);
    assert_eq!(probed["streams"].as_array().unwrap().len(), 1, "it has no audio");
    assert_eq!(probed["streams"][0]["codec_name"], "h264");
    assert_eq!(probed["streams"][0]["nb_frames"], "20");
    assert_eq!(
        (&probed["streams"][0]["width"], &probed["streams"][0]["height"]),
        (&json!(322), &json!(242))
    );
    let poster = get_unsigned(&test, &item["media_url_https"]).await;
    assert_eq!((poster.status, poster.header("content-type")), (200, "image/jpeg"));
    let probed = probe(&poster.body);
    assert_eq!(
        (&probed["streams"][0]["width"], &probed["streams"][0]["height"]),
        (&json!(321), &json!(241))
    );
}

#[tokio::test]
async fn a_video_is_served_in_its_size_and_smaller_ones_without_private_metadata() {
    let test = TestApp::start().await;
    let bytes = encode(
        "a.mp4",
        "-f lavfi -i testsrc2=s=1280x720:r=25 -f lavfi -i sine=440 -t 3 -pix_fmt yuv420p \
         -c:a aac -metadata location=+48.2+016.3/ -metadata comment=private \
         -metadata:s:v handler_name=MyPhone -metadata:s:a language=deu",
    );
    let media = test.upload_chunked(&bytes, "video/mp4", Some("tweet_video")).await;
    test.run_jobs().await;
    let status = test.upload_status(&media).await.json();
    assert_eq!(status["processing_info"], json!({"state": "succeeded", "progress_percent": 100}));
    let item = post_tweet(&test, &media).await;
    assert_eq!(item["video_info"]["aspect_ratio"], json!([16, 9]));
    let variants = item["video_info"]["variants"].as_array().unwrap().clone();
    let mut sides = Vec::new();
    for variant in variants.iter().filter(|v| v["content_type"] == "video/mp4") {
        let video = get_unsigned(&test, &variant["url"]).await;
        assert_eq!(video.status, 200, "{variant}");
        assert!(has_leading_index(&video.body) && variant["bitrate"].as_u64().unwrap() > 0);
        let probed = probe(&video.body);
        let (video_stream, audio_stream) = (&probed["streams"][0], &probed["streams"][1]);
        assert_eq!(
            (&video_stream["codec_name"], &audio_stream["codec_name"]),
            (&json!("h264"), &json!("aac"))
        );
        let side = format!("{}x{}", video_stream["width"], video_stream["height"]);
        assert!(variant["url"].as_str().unwrap().contains(&format!("/vid/{side}/")), "{variant}");
        let text = String::from_utf8_lossy(&video.body).into_owned() + &probed.to_string();
        for word in ["+48.2", "private", "MyPhone", "\"deu\""] {
            assert!(!text.contains(word), "{side}: {word}");
        }
        sides.push(side);
    }
    assert_eq!(sides, ["1280x720", "640x360", "480x270"]);
    check_playlists(&test, variants.last().unwrap()).await;
    let poster = get_unsigned(&test, &item["media_url_https"]).await;
    assert_eq!(probe(&poster.body)["streams"][0]["width"], 1200, "a URL without a size is medium");
}

/// Follows the master playlist to each rendition's fragments and probes them.
async fn check_playlists(test: &TestApp, variant: &Value) {
    assert_eq!(variant["content_type"], "application/x-mpegURL");
    assert_eq!(variant.get("bitrate"), None);
    let master = get_unsigned(test, &variant["url"]).await;
    let base = variant["url"].as_str().unwrap().rsplit_once('/').unwrap().0;
    let renditions: Vec<String> =
        master.text().lines().filter(|l| !l.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(renditions.len(), 3, "{}", master.text());
    for rendition in renditions {
        let url = format!("{base}/{rendition}");
        let playlist = get_unsigned(test, &json!(url)).await;
        let text = playlist.text();
        assert!(text.contains("#EXT-X-ENDLIST") && text.contains("#EXT-X-MAP"), "{text}");
        let name = text.lines().find(|l| l.contains(".m4s") && !l.starts_with('#')).unwrap();
        let fragments = format!("{}/{name}", url.rsplit_once('/').unwrap().0);
        let probed = probe(&get_unsigned(test, &json!(fragments)).await.body);
        assert!(
            rendition.starts_with(&format!("{}x", probed["streams"][0]["width"])),
            "{rendition}"
        );
    }
}

#[tokio::test]
async fn subtitles_are_linked_delivered_as_webvtt_and_unlinked() {
    let test = TestApp::start().await;
    let video = encode("a.mp4", "-f lavfi -i testsrc2=s=320x240:r=25 -t 1 -pix_fmt yuv420p");
    let video = test.upload_chunked(&video, "video/mp4", Some("TweetVideo")).await;
    test.run_jobs().await;
    let srt = b"1\n00:00:00,100 --> 00:00:00,900\nA bird & a house\n";
    let subtitles = test.upload_chunked(srt, "text/plain", Some("Subtitles")).await;
    let create = "/1.1/media/subtitles/create.json";
    let body = |media: &str, language: &str| {
        json!({
            "media_id": video,
            "media_category": "TweetVideo",
            "subtitle_info": {"subtitles": [
                {"media_id": media, "language_code": language, "display_name": "English"}
            ]},
        })
        .to_string()
    };
    let linked = test.post_json(create, &body(&subtitles, "EN")).await;
    assert_eq!(linked.status, 200, "{}", linked.line());
    let item = post_tweet(&test, &video).await;
    let master = &item["video_info"]["variants"].as_array().unwrap().last().unwrap()["url"];
    let text = get_unsigned(&test, master).await.text();
    assert!(text.contains("LANGUAGE=\"en\"") && text.contains(",SUBTITLES=\"subs\""), "{text}");
    let base = master.as_str().unwrap().rsplit_once("/pl/").unwrap();
    let key = base.1.strip_suffix(".m3u8").unwrap();
    let vtt = json!(format!("{}/sub/en/{key}.vtt", base.0));
    let served = get_unsigned(&test, &vtt).await;
    assert_eq!((served.status, served.header("content-type")), (200, "text/vtt"));
    assert_eq!(served.text(), "WEBVTT\n\n00:00:00.100 --> 00:00:00.900\nA bird &amp; a house\n");
    // The upload expires after a day; linked subtitles are kept.
    test.app.clock.advance(25 * 60 * 60 * 1000);
    birdhouse_core::jobs::sweep_once(&test.app).await.unwrap();
    assert_eq!(get_unsigned(&test, &vtt).await.status, 200);
    assert_eq!(test.post_json(create, &body(&subtitles, "fr")).await.status, 404);

    let bob = test.add_user("bob").await;
    let foreign = crate::support::Call::json(create, &body(&subtitles, "en"));
    assert_eq!(test.send_signed(&bob, foreign).await.status, 404);
    for (wrong, status) in [("{", 400), ("{}", 400), (r#"{"media_id":"1"}"#, 400)] {
        assert_eq!(test.post_json(create, wrong).await.status, status, "{wrong}");
    }
    let delete = "/1.1/media/subtitles/delete.json";
    let body = json!({
        "media_id": video,
        "subtitle_info": {"subtitles": [{"language_code": "en"}]},
    });
    assert_eq!(test.post_json(delete, &body.to_string()).await.status, 200);
    // Delivery caches its lookups for a second.
    test.app.clock.advance(1000);
    assert_eq!(get_unsigned(&test, &vtt).await.status, 404);
    assert_eq!(test.post_json(delete, &body.to_string()).await.status, 400);
}

#[tokio::test]
async fn broken_subtitles_are_refused_at_finalize_with_the_line() {
    let test = TestApp::start().await;
    let bytes = b"1\n00:00:02,000 --> 00:00:01,000\nbackwards\n";
    let media = test.init(bytes.len(), "text/plain", Some("subtitles")).await.media_id();
    test.append(&media, "0", bytes).await;
    let refused = test.finalize(&media).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("line 2: it ends before it starts"), "{}", refused.text());
}

#[tokio::test]
async fn a_video_without_a_category_is_playable_after_finalize() {
    let test = TestApp::start().await;
    let bytes = encode("a.mov", "-f lavfi -i testsrc2=s=320x240:r=25 -t 1 -pix_fmt yuv420p");
    let media = test.upload_chunked(&bytes, "video/quicktime", None).await;
    let item = post_tweet(&test, &media).await;
    let video = get_unsigned(&test, &item["video_info"]["variants"][0]["url"]).await;
    assert_eq!((video.status, video.header("content-type")), (200, "video/mp4"));
    assert_eq!(get_unsigned(&test, &item["media_url"]).await.status, 200);
}

#[tokio::test]
async fn damaged_videos_are_processed_or_refused() {
    let test = TestApp::start().await;
    let whole = encode("a.mp4", "-f lavfi -i testsrc2=s=160x120:r=25 -t 1 -pix_fmt yuv420p");
    let index = whole.windows(4).position(|four| four == b"moov").unwrap();
    let mut videos = Vec::new();
    let mut seed = 7_usize;
    for _ in 0..14 {
        let mut damaged = whole.clone();
        for _ in 0..6 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = index + (seed >> 33) % (damaged.len() - index);
            damaged[at] ^= 1 << (seed >> 20 & 7);
        }
        videos.push(damaged);
    }
    // Its header has an absurd duration.
    let mut endless = whole.clone();
    let header = endless.windows(4).position(|four| four == b"mvhd").unwrap();
    endless[header + 20..header + 24].fill(0xff);
    videos.push(endless);
    videos.push(whole[..whole.len() / 2].to_vec());
    videos.push(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom#EXTM3U\nhttp://127.0.0.1/\n".to_vec());
    let (mut succeeded, mut refused) = (0, 0);
    for bytes in videos {
        let media = test.upload_chunked(&bytes, "video/mp4", Some("tweet_video")).await;
        test.run_jobs().await;
        let info = test.upload_status(&media).await.json()["processing_info"].clone();
        match info["state"].as_str() {
            Some("succeeded") => succeeded += 1,
            Some("failed") => {
                assert!(info["error"]["code"].as_i64().is_some_and(|code| code > 0), "{info}");
                assert!(info["error"]["message"].as_str().is_some_and(|m| m.len() > 10), "{info}");
                refused += 1;
            }
            other => panic!("{other:?} {info}"),
        }
    }
    assert!(refused >= 2, "{succeeded} succeeded, {refused} refused");
}

/// A video of a frame per second whose headers promise ten seconds.
fn with_false_headers(seconds: u32) -> Vec<u8> {
    let arguments = format!("-f lavfi -i testsrc2=s=64x64:r=1 -t {seconds} -pix_fmt yuv420p");
    let mut bytes = encode("a.mp4", &arguments);
    // In units of the whole file, of the track in those of the file, and of the track in its own.
    for (name, at, units) in [(b"mvhd", 20, 16), (b"tkhd", 24, 0), (b"mdhd", 20, 16)] {
        let header = bytes.windows(4).position(|four| four == name).unwrap();
        let field = |at: usize| header + at..header + at + 4;
        let scale = match units {
            0 => 1000,
            units => u32::from_be_bytes(bytes[field(units)].try_into().unwrap()),
        };
        bytes[field(at)].copy_from_slice(&(10 * scale).to_be_bytes());
    }
    assert_eq!(probe(&bytes)["format"]["duration"], "10.000000");
    bytes
}

/// A video of a second, with sound for longer.
fn with_long_sound(seconds: u32) -> Vec<u8> {
    let inputs = "-t 1 -f lavfi -i testsrc2=s=64x64:r=25";
    encode(
        "a.mp4",
        &format!("{inputs} -t {seconds} -f lavfi -i anullsrc -pix_fmt yuv420p -c:a aac"),
    )
}

#[tokio::test]
async fn neither_sound_nor_false_headers_make_a_video_longer_than_is_allowed() {
    let test = TestApp::start().await;
    let too_long = " exceeds max duration of 2.minutes+20.seconds";
    for (bytes, code) in [(with_long_sound(200), 3), (with_false_headers(200), 1)] {
        let media = test.upload_chunked(&bytes, "video/mp4", Some("tweet_video")).await;
        test.run_jobs().await;
        let info = test.upload_status(&media).await.json()["processing_info"].clone();
        assert_eq!((&info["state"], &info["error"]["code"]), (&json!("failed"), &json!(code)));
        let message = info["error"]["message"].as_str().unwrap();
        assert!(message.ends_with(too_long), "{message}");
    }
}

#[tokio::test]
async fn a_video_and_its_playlists_last_as_long_as_it_plays() {
    for category in [Some("tweet_video"), None] {
        for (bytes, expected) in [(with_long_sound(12), 12_u32), (with_false_headers(20), 20)] {
            let test = TestApp::start().await;
            let media = test.upload_chunked(&bytes, "video/mp4", category).await;
            test.run_jobs().await;
            let shown = post_tweet(&test, &media).await;
            let duration = shown["video_info"]["duration_millis"].as_u64().unwrap();
            assert!(
                duration.abs_diff(u64::from(expected) * 1000) < 100,
                "{duration} of {expected} s"
            );
            let variants = shown["video_info"]["variants"].as_array().unwrap();
            check_segments(&test, variants.last().unwrap(), expected.into()).await;
        }
    }
}

/// Checks that the segments of each rendition last for so many seconds.
async fn check_segments(test: &TestApp, master: &Value, expected: f64) {
    let base = master["url"].as_str().unwrap().rsplit_once('/').unwrap().0;
    let text = get_unsigned(test, &master["url"]).await.text();
    for rendition in text.lines().filter(|line| !line.starts_with('#')) {
        let playlist = get_unsigned(test, &json!(format!("{base}/{rendition}"))).await.text();
        let value =
            |line: &str, name: &str| line.strip_prefix(name)?.split(',').next()?.parse().ok();
        let all: Vec<f64> = playlist.lines().filter_map(|line| value(line, "#EXTINF:")).collect();
        assert!((all.iter().sum::<f64>() - expected).abs() < 0.1, "{expected}: {playlist}");
        let target = playlist.lines().find_map(|line| value(line, "#EXT-X-TARGETDURATION:"));
        assert!(all.iter().all(|one| one.round() <= target.unwrap()), "{playlist}");
    }
}

#[tokio::test]
async fn a_gif_that_lasts_for_hours_has_no_more_frames_as_a_video() {
    let test = TestApp::start().await;
    let mut bytes = encode("a.gif", "-f lavfi -i testsrc2=s=16x16:r=10 -t 2");
    let controls: Vec<usize> =
        (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(b"!\xf9\x04")).collect();
    assert_eq!(controls.len(), 20);
    for at in &controls[1..] {
        bytes[at + 4..at + 6].fill(0xff);
    }
    let media = test.upload_chunked(&bytes, "image/gif", Some("tweet_gif")).await;
    test.run_jobs().await;
    let item = post_tweet(&test, &media).await;
    let video = get_unsigned(&test, &item["video_info"]["variants"][0]["url"]).await;
    assert_eq!(probe(&video.body)["streams"][0]["nb_frames"], "20");
}

#[tokio::test]
async fn a_gif_beyond_its_limits_is_refused_with_both_values() {
    let test = TestApp::start().await;
    let bytes = encode("a.gif", "-f lavfi -i testsrc2=s=16x16:r=50 -t 8");
    let media = test.upload_chunked(&bytes, "image/gif", Some("tweet_gif")).await;
    test.run_jobs().await;
    let status = test.upload_status(&media).await.json();
    assert_eq!(
        status["processing_info"]["error"],
        json!({
            "code": 3,
            "name": "UnsupportedMedia",
            "message": "Number of frames 400 exceeds max of 350",
        })
    );
    // Without a category it is an image to its client, but ffmpeg has as much to do.
    let refused = test.post_multipart(UPLOAD, &[("media", &bytes)]).await;
    assert_eq!(refused.status, 400, "{}", refused.line());
    assert!(refused.line().contains("400 exceeds max of 350"), "{}", refused.line());
}

/// An MP4 whose first stream is its cover: the boxes of the index are in another order than ffmpeg
/// writes them.
fn cover_first() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let [video, cover, both] = ["v.mp4", "c.jpg", "b.mp4"].map(|name| dir.path().join(name));
    std::fs::write(&video, small_video()).unwrap();
    std::fs::write(&cover, encode("c.jpg", "-f lavfi -i color=c=red:s=64x64 -frames:v 1")).unwrap();
    let [video, cover, out] = [&video, &cover, &both].map(|path| path.to_str().unwrap());
    let join = "-map 0 -map 1 -c copy -disposition:v:1 attached_pic";
    let inputs = ["-v", "error", "-i", video, "-i", cover];
    run("ffmpeg", &inputs.into_iter().chain(join.split(' ')).chain([out]).collect::<Vec<_>>());
    let mut bytes = std::fs::read(&both).unwrap();
    let index = bytes.windows(4).position(|four| four == b"moov").unwrap() + 4;
    let length = |at: &[u8]| u32::from_be_bytes(at[..4].try_into().unwrap()) as usize;
    let header = length(&bytes[index..]);
    let track = length(&bytes[index + header..]);
    assert_eq!(&bytes[index + header + 4..][..4], b"trak");
    bytes[index + header..].rotate_left(track);
    bytes
}

#[tokio::test]
async fn a_cover_before_the_video_is_not_taken_for_it() {
    let bytes = cover_first();
    assert_eq!(probe(&bytes)["streams"][0]["codec_name"], "mjpeg");
    for category in [Some("tweet_video"), None] {
        let test = TestApp::start().await;
        let media = test.upload_chunked(&bytes, "video/mp4", category).await;
        test.run_jobs().await;
        let shown = post_tweet(&test, &media).await;
        let served = get_unsigned(&test, &shown["video_info"]["variants"][0]["url"]).await;
        assert_eq!(served.status, 200, "{category:?}");
        let streams = probe(&served.body)["streams"].clone();
        assert_eq!(streams.as_array().unwrap().len(), 1, "{streams}");
        assert_eq!(
            (&streams[0]["codec_name"], &streams[0]["width"]),
            (&json!("h264"), &json!(160))
        );
        let poster = probe(&get_unsigned(&test, &shown["media_url"]).await.body);
        assert_eq!(poster["streams"][0]["width"], 160, "{poster}");
    }
}

//! Films and animated GIFs as people see them.

use crate::support::{Answer, TestApp, UPDATE};
use serde_json::{Value, json};
use std::process::Command;

fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let out = Command::new(program).args(arguments).output().unwrap();
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

fn made(name: &str, arguments: &str) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let path = path.to_str().unwrap();
    let words = ["-v", "error"].into_iter().chain(arguments.split_whitespace()).chain([path]);
    run("ffmpeg", &words.collect::<Vec<_>>());
    std::fs::read(path).unwrap()
}

/// What ffprobe says of a served file.
fn probe(bytes: &[u8]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("served");
    std::fs::write(&path, bytes).unwrap();
    let show = ["-v", "error", "-show_format", "-show_streams", "-of", "json"];
    let arguments: Vec<&str> = show.into_iter().chain([path.to_str().unwrap()]).collect();
    serde_json::from_slice(&run("ffprobe", &arguments)).unwrap()
}

/// A film of a second.
pub(crate) fn small_film() -> Vec<u8> {
    made("a.mp4", "-f lavfi -i testsrc2=s=160x120:r=25 -t 1 -pix_fmt yuv420p")
}

/// A small film that was processed: its id.
pub(crate) async fn film(test: &TestApp) -> String {
    let media = test.chunked(&small_film(), "video/mp4", Some("tweet_video")).await;
    test.run_jobs().await;
    media
}

async fn tweeted(test: &TestApp, media: &str) -> Value {
    let posted = test.form(UPDATE, &[("status", media), ("media_ids", media)]).await;
    assert_eq!(posted.status, 200, "{}", posted.line());
    posted.json()["extended_entities"]["media"][0].clone()
}

async fn plain(test: &TestApp, url: &Value) -> Answer {
    let url = url.as_str().unwrap();
    let request = axum::http::Request::get(&url[url.find("/media/").unwrap()..]);
    test.send(request.body(axum::body::Body::empty()).unwrap()).await
}

/// Index before pictures, so that it plays while it loads.
fn starts_fast(bytes: &[u8]) -> bool {
    let find = |name: &[u8]| bytes.windows(4).position(|window| window == name);
    find(b"moov") < find(b"mdat")
}

#[tokio::test]
async fn an_animated_gif_becomes_a_film_with_a_picture_in_front() {
    let test = TestApp::start().await;
    let bytes = made("a.gif", "-f lavfi -i testsrc2=s=640x480:r=10 -t 2 -vf scale=321:241");
    let media = test.chunked(&bytes, "image/gif", Some("tweet_gif")).await;
    assert_eq!(test.status(&media).await.json()["processing_info"]["state"], "pending");
    test.run_jobs().await;
    let status = test.status(&media).await.json();
    assert_eq!(status["processing_info"]["state"], "succeeded", "{status}");
    let shown = tweeted(&test, &media).await;
    assert_eq!(shown["type"], "animated_gif");
    assert_eq!(shown["video_info"]["variants"][0]["bitrate"], 0);
    let film = plain(&test, &shown["video_info"]["variants"][0]["url"]).await;
    assert_eq!((film.status, film.header("content-type")), (200, "video/mp4"));
    assert!(starts_fast(&film.body));
    let found = probe(&film.body);
    assert_eq!(found["streams"].as_array().unwrap().len(), 1, "it has no sound");
    assert_eq!(found["streams"][0]["codec_name"], "h264");
    assert_eq!(found["streams"][0]["nb_frames"], "20");
    assert_eq!(
        (&found["streams"][0]["width"], &found["streams"][0]["height"]),
        (&json!(322), &json!(242))
    );
    let poster = plain(&test, &shown["media_url_https"]).await;
    assert_eq!((poster.status, poster.header("content-type")), (200, "image/jpeg"));
    let found = probe(&poster.body);
    assert_eq!(
        (&found["streams"][0]["width"], &found["streams"][0]["height"]),
        (&json!(321), &json!(241))
    );
}

#[tokio::test]
async fn a_film_is_served_in_its_own_size_and_smaller_and_tells_nothing() {
    let test = TestApp::start().await;
    let bytes = made(
        "a.mp4",
        "-f lavfi -i testsrc2=s=1280x720:r=25 -f lavfi -i sine=440 -t 3 -pix_fmt yuv420p \
         -c:a aac -metadata location=+48.2+016.3/ -metadata comment=private \
         -metadata:s:v handler_name=MyPhone -metadata:s:a language=deu",
    );
    let media = test.chunked(&bytes, "video/mp4", Some("tweet_video")).await;
    test.run_jobs().await;
    let status = test.status(&media).await.json();
    assert_eq!(status["processing_info"], json!({"state": "succeeded", "progress_percent": 100}));
    let shown = tweeted(&test, &media).await;
    assert_eq!(shown["video_info"]["aspect_ratio"], json!([16, 9]));
    let variants = shown["video_info"]["variants"].as_array().unwrap().clone();
    let mut sides = Vec::new();
    for variant in variants.iter().filter(|v| v["content_type"] == "video/mp4") {
        let film = plain(&test, &variant["url"]).await;
        assert_eq!(film.status, 200, "{variant}");
        assert!(starts_fast(&film.body) && variant["bitrate"].as_u64().unwrap() > 0);
        let found = probe(&film.body);
        let (video, audio) = (&found["streams"][0], &found["streams"][1]);
        assert_eq!((&video["codec_name"], &audio["codec_name"]), (&json!("h264"), &json!("aac")));
        let side = format!("{}x{}", video["width"], video["height"]);
        assert!(variant["url"].as_str().unwrap().contains(&format!("/vid/{side}/")), "{variant}");
        let text = String::from_utf8_lossy(&film.body).into_owned() + &found.to_string();
        for word in ["+48.2", "private", "MyPhone", "\"deu\""] {
            assert!(!text.contains(word), "{side}: {word}");
        }
        sides.push(side);
    }
    assert_eq!(sides, ["1280x720", "640x360", "480x270"]);
    playlists(&test, variants.last().unwrap()).await;
    let poster = plain(&test, &shown["media_url_https"]).await;
    assert_eq!(probe(&poster.body)["streams"][0]["width"], 1200, "a URL without a size is medium");
}

/// Follows the playlists to their fragments and plays each.
async fn playlists(test: &TestApp, variant: &Value) {
    assert_eq!(variant["content_type"], "application/x-mpegURL");
    assert_eq!(variant.get("bitrate"), None);
    let master = plain(test, &variant["url"]).await;
    let base = variant["url"].as_str().unwrap().rsplit_once('/').unwrap().0;
    let forms: Vec<String> =
        master.text().lines().filter(|l| !l.starts_with('#')).map(str::to_owned).collect();
    assert_eq!(forms.len(), 3, "{}", master.text());
    for form in forms {
        let url = format!("{base}/{form}");
        let playlist = plain(test, &json!(url)).await;
        let text = playlist.text();
        assert!(text.contains("#EXT-X-ENDLIST") && text.contains("#EXT-X-MAP"), "{text}");
        let name = text.lines().find(|l| l.contains(".m4s") && !l.starts_with('#')).unwrap();
        let fragments = format!("{}/{name}", url.rsplit_once('/').unwrap().0);
        let played = probe(&plain(test, &json!(fragments)).await.body);
        assert!(form.starts_with(&format!("{}x", played["streams"][0]["width"])), "{form}");
    }
}

#[tokio::test]
async fn subtitles_are_linked_delivered_as_webvtt_and_taken_away() {
    let test = TestApp::start().await;
    let film = made("a.mp4", "-f lavfi -i testsrc2=s=320x240:r=25 -t 1 -pix_fmt yuv420p");
    let film = test.chunked(&film, "video/mp4", Some("TweetVideo")).await;
    test.run_jobs().await;
    let srt = b"1\n00:00:00,100 --> 00:00:00,900\nA bird & a house\n";
    let subtitles = test.chunked(srt, "text/plain", Some("Subtitles")).await;
    let create = "/1.1/media/subtitles/create.json";
    let body = |media: &str, language: &str| {
        json!({
            "media_id": film,
            "media_category": "TweetVideo",
            "subtitle_info": {"subtitles": [
                {"media_id": media, "language_code": language, "display_name": "English"}
            ]},
        })
        .to_string()
    };
    let linked = test.json(create, &body(&subtitles, "EN")).await;
    assert_eq!(linked.status, 200, "{}", linked.line());
    let shown = tweeted(&test, &film).await;
    let master = &shown["video_info"]["variants"].as_array().unwrap().last().unwrap()["url"];
    let text = plain(&test, master).await.text();
    assert!(text.contains("LANGUAGE=\"en\"") && text.contains(",SUBTITLES=\"subs\""), "{text}");
    let base = master.as_str().unwrap().rsplit_once("/pl/").unwrap();
    let key = base.1.strip_suffix(".m3u8").unwrap();
    let vtt = json!(format!("{}/sub/en/{key}.vtt", base.0));
    let served = plain(&test, &vtt).await;
    assert_eq!((served.status, served.header("content-type")), (200, "text/vtt"));
    assert_eq!(served.text(), "WEBVTT\n\n00:00:00.100 --> 00:00:00.900\nA bird &amp; a house\n");
    // The upload itself goes after a day; the film keeps what was linked.
    test.app.clock.advance(25 * 60 * 60 * 1000);
    birdhouse_core::jobs::sweep_once(&test.app).await.unwrap();
    assert_eq!(plain(&test, &vtt).await.status, 200);
    assert_eq!(test.json(create, &body(&subtitles, "fr")).await.status, 404);

    let bob = test.user("bob").await;
    let foreign = crate::support::Call::json(create, &body(&subtitles, "en"));
    assert_eq!(test.signed(&bob, foreign).await.status, 404);
    for (wrong, status) in [("{", 400), ("{}", 400), (r#"{"media_id":"1"}"#, 400)] {
        assert_eq!(test.json(create, wrong).await.status, status, "{wrong}");
    }
    let delete = "/1.1/media/subtitles/delete.json";
    let body = json!({
        "media_id": film,
        "subtitle_info": {"subtitles": [{"language_code": "en"}]},
    });
    assert_eq!(test.json(delete, &body.to_string()).await.status, 200);
    // An answer is believed for a second.
    test.app.clock.advance(1000);
    assert_eq!(plain(&test, &vtt).await.status, 404);
    assert_eq!(test.json(delete, &body.to_string()).await.status, 400);
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
async fn a_film_without_a_category_plays_when_finalize_is_answered() {
    let test = TestApp::start().await;
    let bytes = made("a.mov", "-f lavfi -i testsrc2=s=320x240:r=25 -t 1 -pix_fmt yuv420p");
    let media = test.chunked(&bytes, "video/quicktime", None).await;
    let shown = tweeted(&test, &media).await;
    let film = plain(&test, &shown["video_info"]["variants"][0]["url"]).await;
    assert_eq!((film.status, film.header("content-type")), (200, "video/mp4"));
    assert_eq!(plain(&test, &shown["media_url"]).await.status, 200);
}

#[tokio::test]
async fn bent_films_are_played_or_refused_and_break_nothing() {
    let test = TestApp::start().await;
    let whole = made("a.mp4", "-f lavfi -i testsrc2=s=160x120:r=25 -t 1 -pix_fmt yuv420p");
    let index = whole.windows(4).position(|four| four == b"moov").unwrap();
    let mut films = Vec::new();
    let mut seed = 7_usize;
    for _ in 0..14 {
        let mut bent = whole.clone();
        for _ in 0..6 {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let at = index + (seed >> 33) % (bent.len() - index);
            bent[at] ^= 1 << (seed >> 20 & 7);
        }
        films.push(bent);
    }
    // It says that it lasts for ever.
    let mut endless = whole.clone();
    let header = endless.windows(4).position(|four| four == b"mvhd").unwrap();
    endless[header + 20..header + 24].fill(0xff);
    films.push(endless);
    films.push(whole[..whole.len() / 2].to_vec());
    films.push(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom#EXTM3U\nhttp://127.0.0.1/\n".to_vec());
    let (mut played, mut refused) = (0, 0);
    for bytes in films {
        let media = test.chunked(&bytes, "video/mp4", Some("tweet_video")).await;
        test.run_jobs().await;
        let info = test.status(&media).await.json()["processing_info"].clone();
        match info["state"].as_str() {
            Some("succeeded") => played += 1,
            Some("failed") => {
                assert!(info["error"]["code"].as_i64().is_some_and(|code| code > 0), "{info}");
                assert!(info["error"]["message"].as_str().is_some_and(|m| m.len() > 10), "{info}");
                refused += 1;
            }
            other => panic!("{other:?} {info}"),
        }
    }
    assert!(refused >= 2, "{played} played, {refused} refused");
}

#[tokio::test]
async fn a_gif_beyond_its_limits_is_refused_with_both_values() {
    let test = TestApp::start().await;
    let bytes = made("a.gif", "-f lavfi -i testsrc2=s=16x16:r=50 -t 8");
    let media = test.chunked(&bytes, "image/gif", Some("tweet_gif")).await;
    test.run_jobs().await;
    let status = test.status(&media).await.json();
    assert_eq!(
        status["processing_info"]["error"],
        json!({
            "code": 3,
            "name": "UnsupportedMedia",
            "message": "Number of frames 400 exceeds max of 350",
        })
    );
}

/// An MP4 whose first stream is its cover: the boxes of the index are in another order than ffmpeg
/// writes them.
fn cover_first() -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let [video, cover, both] = ["v.mp4", "c.jpg", "b.mp4"].map(|name| dir.path().join(name));
    std::fs::write(&video, small_film()).unwrap();
    std::fs::write(&cover, made("c.jpg", "-f lavfi -i color=c=red:s=64x64 -frames:v 1")).unwrap();
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
        let media = test.chunked(&bytes, "video/mp4", category).await;
        test.run_jobs().await;
        let shown = tweeted(&test, &media).await;
        let served = plain(&test, &shown["video_info"]["variants"][0]["url"]).await;
        assert_eq!(served.status, 200, "{category:?}");
        let streams = probe(&served.body)["streams"].clone();
        assert_eq!(streams.as_array().unwrap().len(), 1, "{streams}");
        assert_eq!(
            (&streams[0]["codec_name"], &streams[0]["width"]),
            (&json!("h264"), &json!(160))
        );
        let poster = probe(&plain(&test, &shown["media_url"]).await.body);
        assert_eq!(poster["streams"][0]["width"], 160, "{poster}");
    }
}

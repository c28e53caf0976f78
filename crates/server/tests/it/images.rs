//! Delivery of images: upright, in every promised size, without private metadata, with their
//! embedded alt text.

use crate::support::{Call, Response, TestApp, UPDATE, UPLOAD, png};
use birdhouse_core::actions::extras;
use birdhouse_domain::MediaId;
use serde_json::{Value, json};
use std::process::Command;

fn run(program: &str, arguments: &[&str]) -> Vec<u8> {
    let out = Command::new(program).args(arguments).output().unwrap();
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// An image of four quarters (red and green above, blue and white below) from ffmpeg, with tags
/// written by exiftool.
pub(crate) fn image(name: &str, size: &str, tags: &[&str]) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    let path = path.to_str().unwrap();
    let source = format!(
        "color=red:s={size},drawbox=iw/2:0:iw/2:ih/2:lime:fill,\
         drawbox=0:ih/2:iw/2:ih/2:blue:fill,drawbox=iw/2:ih/2:iw/2:ih/2:white:fill"
    );
    let arguments =
        ["-v", "error", "-f", "lavfi", "-i", &source, "-frames:v", "1", "-q:v", "2", path];
    run("ffmpeg", &arguments);
    if !tags.is_empty() {
        let arguments: Vec<&str> =
            tags.iter().copied().chain(["-overwrite_original", "-q", path]).collect();
        run("exiftool", &arguments);
    }
    std::fs::read(path).unwrap()
}

/// All tags that exiftool finds, by group and name.
fn read_tags(bytes: &[u8]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("served");
    std::fs::write(&path, bytes).unwrap();
    let output = run("exiftool", &["-json", "-G1", "-a", "-u", "-n", path.to_str().unwrap()]);
    serde_json::from_slice::<Value>(&output).unwrap()[0].clone()
}

fn size(bytes: &[u8]) -> (u64, u64) {
    let tags = read_tags(bytes);
    let side = |name: &str| {
        let found = tags.as_object().unwrap().iter().find(|(tag, _)| tag.ends_with(name));
        found.unwrap().1.as_u64().unwrap()
    };
    (side(":ImageWidth"), side(":ImageHeight"))
}

/// The colors of the four quarters, after Exif orientation.
fn quarters(bytes: &[u8]) -> Vec<&'static str> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("served");
    std::fs::write(&path, bytes).unwrap();
    let small = ["-vf", "scale=4:4:flags=area", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
    let arguments =
        ["-v", "error", "-i", path.to_str().unwrap()].into_iter().chain(small).collect::<Vec<_>>();
    let raw = run("ffmpeg", &arguments);
    let color = |x: usize, y: usize| {
        let at = (y * 4 + x) * 3;
        match [raw[at] > 128, raw[at + 1] > 128, raw[at + 2] > 128] {
            [true, false, false] => "red",
            [false, true, false] => "green",
            [false, false, true] => "blue",
            [true, true, true] => "white",
            _ => "other",
        }
    };
    vec![color(0, 0), color(3, 0), color(0, 3), color(3, 3)]
}

/// Posts a Tweet with the media; returns its media item.
async fn post_tweet(test: &TestApp, media: &str) -> Value {
    let posted = test.post_form(UPDATE, &[("status", media), ("media_ids", media)]).await;
    assert_eq!(posted.status, 200, "{}", posted.line());
    let id = posted.json()["id_str"].as_str().unwrap().to_owned();
    let path = format!("/1.1/statuses/show/{id}.json?include_ext_alt_text=true");
    test.get(&path).await.json()["extended_entities"]["media"][0].clone()
}

async fn get_unsigned(test: &TestApp, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = axum::http::Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    test.send(request.body(axum::body::Body::empty()).unwrap()).await
}

fn delivery_path(url: &Value) -> String {
    let url = url.as_str().unwrap();
    url[url.find("/media/").unwrap()..].to_owned()
}

const PRIVATE: [&str; 9] = [
    "-Orientation#=6",
    "-GPSLatitude=48.2",
    "-GPSLatitudeRef=N",
    "-GPSLongitude=16.3",
    "-Make=Phone",
    "-SerialNumber=4711",
    "-XMP-dc:Creator=Somebody",
    "-IPTC:City=Vienna",
    "-Comment=private words",
];

#[tokio::test]
async fn a_phone_photo_is_served_upright_in_every_size_without_private_metadata() {
    let test = TestApp::start().await;
    let mut photo = image("photo.jpg", "2400x1600", &PRIVATE);
    photo.extend_from_slice(b"PK\x03\x04 a video that the phone appended to the image");
    let uploaded = test.post_multipart(UPLOAD, &[("media", &photo)]).await;
    assert_eq!(uploaded.status, 200, "{}", uploaded.line());
    assert_eq!(uploaded.json()["size"], json!(photo.len()));
    let item = post_tweet(&test, &uploaded.media_id()).await;
    let path = delivery_path(&item["media_url_https"]);
    let mut served = vec![(path.clone(), 800, 1200), (format!("{path}:orig"), 2400, 1600)];
    for (name, size) in item["sizes"].as_object().unwrap() {
        let (w, h) = (size["w"].as_u64().unwrap(), size["h"].as_u64().unwrap());
        served.push((format!("{path}?name={name}"), w, h));
        served.push((format!("{path}:{name}"), w, h));
    }
    served.push((format!("{path}?format=png&name=small"), 453, 680));
    for (path, w, h) in served {
        let response = get_unsigned(&test, &path, &[]).await;
        assert_eq!(response.status, 200, "{path}");
        assert_eq!(size(&response.body), (w, h), "{path}");
        assert_eq!(quarters(&response.body), ["blue", "red", "white", "green"], "{path}");
        let tags = read_tags(&response.body);
        let names = tags.as_object().unwrap().keys();
        let is_harmless = |tag: &str| {
            let groups = ["SourceFile", "ExifTool", "System", "File", "JFIF", "PNG", "Composite"];
            let group = tag.split([':', '-']).next().unwrap_or_default();
            // The original keeps its orientation and the tags that Exif requires.
            groups.contains(&group) || group == "IFD0" && path.ends_with(":orig")
        };
        let private: Vec<&String> = names.filter(|tag| !is_harmless(tag)).collect();
        assert!(private.is_empty(), "{path}: {private:?}");
        let text = String::from_utf8_lossy(&response.body);
        for word in ["4711", "Vienna", "Somebody", "private words", "PK\u{3}\u{4}"] {
            assert!(!text.contains(word), "{path}: {word}");
        }
    }
    let medium = read_tags(&get_unsigned(&test, &path, &[]).await.body);
    assert_eq!(medium.get("IFD0:Orientation"), None);
}

#[tokio::test]
async fn every_format_is_served_in_its_sizes() {
    let test = TestApp::start().await;
    let cases = [
        ("image.png", "image/png", "png"),
        ("image.gif", "image/gif", "png"),
        ("image.webp", "image/webp", "jpg"),
        ("image.jpg", "image/jpeg", "jpg"),
    ];
    for (name, original, extension) in cases {
        let bytes = image(name, "1000x600", &[]);
        let uploaded = test.post_multipart(UPLOAD, &[("media", &bytes)]).await;
        let item = post_tweet(&test, &uploaded.media_id()).await;
        let path = delivery_path(&item["media_url_https"]);
        assert!(path.ends_with(extension), "{path}");
        let full = get_unsigned(&test, &format!("{path}?name=orig"), &[]).await;
        assert_eq!((full.status, full.header("content-type")), (200, original), "{name}");
        for (size_name, w, h) in [("thumb", 150, 150), ("small", 680, 408), ("medium", 1000, 600)] {
            let response = get_unsigned(&test, &format!("{path}?name={size_name}"), &[]).await;
            assert_eq!(response.status, 200, "{name} {size_name}");
            assert_eq!(size(&response.body), (w, h), "{name} {size_name}");
            assert_eq!(quarters(&response.body), ["red", "green", "blue", "white"], "{name}");
        }
    }
}

#[tokio::test]
async fn embedded_alt_text_is_used_until_it_is_replaced() {
    let test = TestApp::start().await;
    let alt = "-XMP-iptcCore:AltTextAccessibility=Sunset over a lake & hills";
    for name in ["described.jpg", "described.png", "described.webp"] {
        let bytes = image(name, "64x48", &[alt]);
        let uploaded = test.post_multipart(UPLOAD, &[("media", &bytes)]).await.media_id();
        let item = post_tweet(&test, &uploaded).await;
        assert_eq!(item["ext_alt_text"], "Sunset over a lake & hills", "{name}");
        let chunked = test.upload_chunked(&bytes, "image/png", Some("tweet_image")).await;
        assert_eq!(test.describe(&chunked, "My own words").await.status, 200);
        assert_eq!(post_tweet(&test, &chunked).await["ext_alt_text"], "My own words");
        let id = MediaId(chunked.parse().unwrap());
        let history = test.catalog.alt_text_history(id).await.unwrap();
        let origins: Vec<&str> = history.iter().map(|change| change.origin.name()).collect();
        assert_eq!(origins, ["embedded", "author"]);
    }
    let other = TestApp::start_with(|layer| layer.read_embedded_alt_text = Some(false)).await;
    let bytes = image("described.jpg", "64x48", &[alt]);
    let uploaded = other.post_multipart(UPLOAD, &[("media", &bytes)]).await.media_id();
    assert_eq!(post_tweet(&other, &uploaded).await["ext_alt_text"], Value::Null);
}

#[tokio::test]
async fn embedded_descriptions_of_several_languages_are_read_and_written() {
    let test = TestApp::start_with(|layer| layer.write_embedded_alt_text = Some(true)).await;
    let tags = [
        "-XMP-iptcCore:AltTextAccessibility-fr=Un lac",
        "-XMP-iptcCore:ExtDescrAccessibility-fr=Le soleil se couche.",
        "-XMP-iptcCore:AltTextAccessibility-de=Ein See",
    ];
    for name in ["l.jpg", "l.png", "l.webp"] {
        let bytes = image(name, "64x48", &tags);
        let media = test.post_multipart(UPLOAD, &[("media", &bytes)]).await.media_id();
        let path = format!("/birdhouse/v1/media/{media}/descriptions");
        let listed = test.get(&path).await.json();
        let listed: Vec<(&str, &str, &str)> = listed["descriptions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                let text = |member: &str| one[member].as_str().unwrap_or_default();
                (text("lang"), text("alt_text"), text("extended"))
            })
            .collect();
        // What has no default language shows its first one there.
        let expected = [
            ("de", "Ein See", ""),
            ("fr", "Un lac", "Le soleil se couche."),
            ("und", "Ein See", ""),
        ];
        assert_eq!(listed, expected, "{name}");
        let item = post_tweet(&test, &media).await;
        assert_eq!(item["ext_alt_text"], "Ein See");
        let served = get_unsigned(&test, &delivery_path(&item["media_url"]), &[]).await;
        let tags = read_tags(&served.body);
        for (tag, text) in [
            ("AltTextAccessibility", "Ein See"),
            ("AltTextAccessibility-de", "Ein See"),
            ("AltTextAccessibility-fr", "Un lac"),
            ("ExtDescrAccessibility-fr", "Le soleil se couche."),
        ] {
            assert_eq!(tags[format!("XMP-iptcCore:{tag}")], text, "{name}: {tags}");
        }
    }
}

#[tokio::test]
async fn alt_text_is_embedded_in_served_files_if_so_configured() {
    let test = TestApp::start_with(|layer| layer.write_embedded_alt_text = Some(true)).await;
    for name in ["a.jpg", "a.png", "a.webp"] {
        let bytes = image(name, "300x200", &["-XMP-dc:Creator=Somebody"]);
        let media = test.post_multipart(UPLOAD, &[("media", &bytes)]).await.media_id();
        assert_eq!(test.describe(&media, "Four <fields> & \u{1F426}").await.status, 200);
        let item = post_tweet(&test, &media).await;
        for size_name in ["orig", "small", "thumb"] {
            let path = format!("{}?name={size_name}", delivery_path(&item["media_url"]));
            let response = get_unsigned(&test, &path, &[]).await;
            let tags = read_tags(&response.body);
            let alt = &tags["XMP-iptcCore:AltTextAccessibility"];
            assert_eq!(alt, "Four <fields> & \u{1F426}", "{name} {size_name}: {tags}");
            assert_eq!(tags.get("XMP-dc:Creator"), None);
            assert_eq!(tags.get("ExifTool:Warning"), None, "{name} {size_name}");
            assert_eq!(quarters(&response.body), ["red", "green", "blue", "white"]);
            let partial = get_unsigned(&test, &path, &[("range", "bytes=10-500")]).await;
            assert_eq!((partial.status, &partial.body[..]), (206, &response.body[10..=500]));
        }
        let before = get_unsigned(&test, &delivery_path(&item["media_url"]), &[]).await;
        test.describe(&media, "other words").await;
        // Delivery caches its lookups for a second.
        test.app.clock.advance(1000);
        let after = get_unsigned(&test, &delivery_path(&item["media_url"]), &[]).await;
        assert_ne!(before.header("etag"), after.header("etag"));
    }
}

#[tokio::test]
async fn caches_keep_media_for_as_long_as_the_operator_says() {
    for (seconds, expected) in [(60, "public, max-age=60"), (0, "public, no-cache")] {
        let test = TestApp::start_with(|layer| layer.media_cache_seconds = Some(seconds)).await;
        let media = test.upload_image().await;
        let path = delivery_path(&post_tweet(&test, &media).await["media_url"]);
        assert_eq!(get_unsigned(&test, &path, &[]).await.header("cache-control"), expected);
    }
}

#[tokio::test]
async fn delivery_supports_etags_ranges_and_accept() {
    let test = TestApp::start().await;
    let bytes = image("photo.jpg", "900x600", &[]);
    let media = test.post_multipart(UPLOAD, &[("media", &bytes)]).await.media_id();
    let path = delivery_path(&post_tweet(&test, &media).await["media_url"]);
    let (key, _) = path.rsplit_once('.').unwrap();
    let small = format!("{path}?name=small");
    let full = get_unsigned(&test, &small, &[]).await;
    assert_eq!(full.header("cache-control"), "public, max-age=604800");
    assert_eq!(full.header("x-content-type-options"), "nosniff");
    assert_eq!(full.header("content-security-policy"), "default-src 'none'; sandbox");
    let tag = full.header("etag").to_owned();
    assert!(tag.starts_with('"'), "{tag}");
    assert_eq!(get_unsigned(&test, &small, &[("if-none-match", &tag)]).await.status, 304);
    let partial = get_unsigned(&test, &small, &[("range", "bytes=-10")]).await;
    assert_eq!((partial.status, &partial.body[..]), (206, &full.body[full.body.len() - 10..]));
    let stale = get_unsigned(&test, &small, &[("range", "bytes=0-9"), ("if-range", "\"x\"")]).await;
    assert_eq!((stale.status, stale.body.len()), (200, full.body.len()));
    assert_eq!(get_unsigned(&test, &small, &[("range", "bytes=999999-")]).await.status, 416);
    let backwards = get_unsigned(&test, &small, &[("range", "bytes=5-2")]).await;
    assert_eq!((backwards.status, backwards.body.len()), (200, full.body.len()));

    let webp = get_unsigned(&test, &format!("{key}?name=small"), &[("accept", "image/webp")]).await;
    // The Rust encoder of WebP makes no file that is smaller.
    let mime = if cfg!(feature = "native") { "image/webp" } else { "image/jpeg" };
    assert_eq!((webp.header("content-type"), webp.header("vary")), (mime, "accept"));
    assert_eq!(size(&webp.body), (680, 453));
    assert_eq!(quarters(&webp.body), ["red", "green", "blue", "white"]);
    let jpeg = get_unsigned(&test, &format!("{key}?name=small"), &[("accept", "*/*")]).await;
    assert_eq!((jpeg.header("content-type"), jpeg.header("vary")), ("image/jpeg", "accept"));
    // Recorded: a JPEG has no original in PNG, yet every other size.
    assert_eq!(get_unsigned(&test, &format!("{path}?format=png&name=orig"), &[]).await.status, 404);
    assert_eq!(
        get_unsigned(&test, &format!("{path}?format=png&name=large"), &[]).await.status,
        200
    );
    for wrong in ["?name=huge", "?format=svg", ":xl", "?format=html&name=small"] {
        assert_eq!(
            get_unsigned(&test, &format!("{path}{wrong}"), &[]).await.status,
            404,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn what_readers_ask_for_beyond_the_usual_sizes_is_kept_within_a_bound() {
    let test = TestApp::start().await;
    let photo = image("photo.jpg", "2400x1600", &[]);
    let media = test.post_multipart(UPLOAD, &[("media", &photo)]).await.media_id();
    let path = delivery_path(&post_tweet(&test, &media).await["media_url_https"]);
    test.run_jobs().await;
    let usual = test.blob_files().len();
    for (format, name) in [("png", "thumb"), ("png", "small"), ("jpg", "thumb")] {
        let url = format!("{path}?format={format}&name={name}");
        assert_eq!(get_unsigned(&test, &url, &[]).await.status, 200, "{url}");
        test.app.clock.advance(1000);
    }
    let id = MediaId::parse(&media).unwrap();
    let extras = async || -> Vec<String> {
        let all = test.catalog.variants(id).await.unwrap();
        all.into_iter().filter(|v| v.extra_since.is_some()).map(|v| v.name).collect()
    };
    assert_eq!(extras().await, ["small", "thumb"]);
    let bytes = test.catalog.extra_bytes().await.unwrap();
    extras::evict(&test.app, bytes).await.unwrap();
    assert_eq!(extras().await.len(), 2);
    extras::evict(&test.app, bytes - 1).await.unwrap();
    assert_eq!(extras().await, ["small"], "the oldest is deleted");
    extras::evict(&test.app, 0).await.unwrap();
    assert!(extras().await.is_empty());
    test.sweep().await;
    assert_eq!(test.blob_files().len(), usual, "the usual sizes stay");
    let again = get_unsigned(&test, &format!("{path}?format=png&name=small"), &[]).await;
    assert_eq!((again.status, extras().await.len()), (200, 1));
}

#[tokio::test]
async fn sizes_of_an_unattached_image_are_served_to_its_owner_only() {
    let test = TestApp::start().await;
    let media = test.post_multipart(UPLOAD, &[("media", &image("a.png", "800x600", &[]))]).await;
    let id = MediaId(media.media_id().parse().unwrap());
    let key = test.catalog.media(id).await.unwrap().unwrap().public_key;
    let path = format!("/media/{key}.png?name=small");
    assert_eq!(get_unsigned(&test, &path, &[]).await.status, 404);
    let bob = test.add_user("bob").await;
    assert_eq!(test.send_signed(&bob, Call::get(&path)).await.status, 404);
    let own = test.send_signed(&test.alice, Call::get(&path)).await;
    assert_eq!((own.status, own.header("cache-control")), (200, "private, no-store"));
}

#[tokio::test]
async fn equal_bytes_are_stored_once_and_deleted_with_their_last_media() {
    let test = TestApp::start().await;
    let bytes = image("same.jpg", "900x600", &PRIVATE);
    let bob = test.add_user("bob").await;
    let mut ids = Vec::new();
    for owner in [&test.alice, &bob, &test.alice] {
        let call = Call::multipart(UPLOAD, &[("media", &bytes)]);
        ids.push(test.send_signed(owner, call).await.media_id());
    }
    test.run_jobs().await;
    test.sweep().await;
    let blobs = test.catalog.blob_rows("", 100).await.unwrap();
    // The cleaned original, and thumb, small, medium: 900x600 turned is no larger than those.
    assert!(blobs.iter().all(|blob| blob.refs == 3), "{blobs:?}");
    assert_eq!(test.blob_files().len(), blobs.len());
    let item = post_tweet(&test, &ids[0]).await;
    test.app.clock.advance(25 * 60 * 60 * 1000);
    test.sweep().await;
    let remaining = test.catalog.blob_rows("", 100).await.unwrap();
    assert!(
        remaining.len() == blobs.len() && remaining.iter().all(|blob| blob.refs == 1),
        "{remaining:?}"
    );
    assert_eq!(get_unsigned(&test, &delivery_path(&item["media_url"]), &[]).await.status, 200);
}

#[tokio::test]
async fn placeholders_are_stored_with_the_sizes() {
    let test = TestApp::start().await;
    let media = test.post_multipart(UPLOAD, &[("media", &png(40, 30))]).await.media_id();
    test.run_jobs().await;
    let id = MediaId::parse(&media).unwrap();
    let placeholders = test.catalog.placeholders(id).await.unwrap().unwrap();
    assert_eq!(placeholders.blurhash.len(), 28);
    assert!(!placeholders.thumbhash.is_empty());
}

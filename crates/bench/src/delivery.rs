//! Delivery, against nginx with sendfile and the same bytes.

use crate::load::{self, prepare};
use crate::peers::{Birdhouse, Nginx};
use crate::table::Table;
use crate::work::{form, image, media_id, multipart, signed};
use anyhow::{Context, Result, ensure};
use birdhouse_oauth::params::Params;
use std::path::Path;
use tokio::process::Command;

const MIB: usize = 1 << 20;
const UPDATE: &str = "/1.1/statuses/update.json";
const CONNECTIONS: usize = 8;

/// Delivers an image of 134 KB, and 20 MiB of a video.
pub(crate) async fn delivery(
    server: &Birdhouse,
    directory: &Path,
    table: &mut Table,
) -> Result<()> {
    let nginx = Nginx::start(directory).await?;
    let photo = image(134_000);
    let media = media_id(server, &multipart(server, &[("media", &photo)])).await?;
    let path = tweeted(server, &media, "/media_url").await?;
    let what = "GETs of a 134 KB image a second";
    compare(server, &nginx, table, Load { what, path: &path, range: None, count: 6000 }).await?;

    let video = video(server, directory).await?;
    let path = tweeted(server, &video, "/video_info/variants/0/url").await?;
    let range = format!("bytes=0-{}", 20 * MIB - 1);
    let what = "GETs of 20 MiB of a video a second";
    let range = Some(range.as_str());
    compare(server, &nginx, table, Load { what, path: &path, range, count: 120 }).await?;
    nginx.stop().await
}

/// The requests to send: GETs of one file.
struct Load<'a> {
    what: &'a str,
    path: &'a str,
    range: Option<&'a str>,
    count: usize,
}

async fn compare(
    server: &Birdhouse,
    nginx: &Nginx,
    table: &mut Table,
    Load { what, path, range, count }: Load<'_>,
) -> Result<()> {
    let bytes = load::once(server.port, &prepare("GET", path, &[], b"")).await?;
    load::once(nginx.port, &prepare("PUT", "/delivered", &[], &bytes)).await?;
    let headers: Vec<(&str, &str)> = range.iter().map(|range| ("Range", *range)).collect();
    // The server's background work must not slow down its rounds only.
    server.idle().await?;
    let peers = [(server.port, path), (nginx.port, "/delivered")];
    let mut best = [0.0_f64; 2];
    for round in 0..8 {
        let (port, path) = peers[round % 2];
        let request = prepare("GET", path, &headers, b"");
        let rate = load::rate(port, CONNECTIONS, vec![request; count]).await?;
        best[round % 2] = best[round % 2].max(rate);
    }
    table.ratio(what, best[0], "nginx, sendfile", best[1]);
    Ok(())
}

/// Attaches a media to a Tweet, so that anyone may read it; returns the path of the URL at `pointer`.
async fn tweeted(server: &Birdhouse, media: &str, pointer: &str) -> Result<String> {
    let pairs = [("status", media), ("media_ids", media)];
    let form: Params = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let kind = "application/x-www-form-urlencoded";
    let request = signed(server, UPDATE, kind, form.print().as_bytes(), Some(&form));
    let tweet: serde_json::Value =
        serde_json::from_slice(&load::once(server.port, &request).await?)?;
    let url = tweet.pointer(&format!("/extended_entities/media/0{pointer}"));
    let url = url.and_then(|url| url.as_str()).context("the Tweet has no media")?;
    let at = url.find("/media/").context("the URL is not ours")?;
    Ok(url[at..].to_owned())
}

/// Uploads a video of more than 20 MiB.
async fn video(server: &Birdhouse, directory: &Path) -> Result<String> {
    let path = directory.join("video.mp4");
    let source = "testsrc2=s=1280x720:r=30,noise=alls=40:allf=t";
    let options = ["-t", "4", "-pix_fmt", "yuv420p", "-preset", "ultrafast", "-qp", "16"];
    let encoded = Command::new("ffmpeg")
        .args(["-v", "error", "-y", "-f", "lavfi", "-i", source])
        .args(options)
        .arg(&path)
        .status();
    ensure!(encoded.await?.success(), "ffmpeg cannot encode the video");
    let bytes = std::fs::read(&path)?;
    let total = bytes.len().to_string();
    let pairs = [("command", "INIT"), ("total_bytes", total.as_str()), ("media_type", "video/mp4")];
    let media = media_id(server, &form(server, &pairs)).await?;
    for (index, segment) in bytes.chunks(4 * MIB).enumerate() {
        let index = index.to_string();
        let parts: [(&str, &[u8]); 4] = [
            ("command", b"APPEND"),
            ("media_id", media.as_bytes()),
            ("segment_index", index.as_bytes()),
            ("media", segment),
        ];
        load::once(server.port, &multipart(server, &parts)).await?;
    }
    load::once(server.port, &form(server, &[("command", "FINALIZE"), ("media_id", &media)]))
        .await?;
    Ok(media)
}

//! The measured workloads.

use crate::load::{self, Prepared, prepare};
use crate::peers::{Birdhouse, Nginx, Rustus, sqlite_commits};
use crate::table::Table;
use anyhow::{Context, Result};
use birdhouse_oauth::client::{self, Credentials, UnsignedRequest};
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature::Method;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

const ROUNDS: usize = 3;
pub(crate) const UPLOAD: &str = "/1.1/media/upload.json";
pub(crate) const METADATA: &str = "/1.1/media/metadata/create.json";
const MIB: usize = 1024 * 1024;

static NONCE: AtomicU64 = AtomicU64::new(0);

pub(crate) fn signed(
    server: &Birdhouse,
    path: &str,
    kind: &str,
    body: &[u8],
    form: Option<&Params>,
) -> Prepared {
    signed_by(&server.keys, path, kind, body, form)
}

/// A request signed with these keys.
pub(crate) fn signed_by(
    keys: &Credentials,
    path: &str,
    kind: &str,
    body: &[u8],
    form: Option<&Params>,
) -> Prepared {
    let header = authorization(keys, "POST", path, form);
    prepare("POST", path, &[("Authorization", &header), ("Content-Type", kind)], body)
}

/// A signed GET request; the path may have a query.
pub(crate) fn signed_get(server: &Birdhouse, path: &str) -> Prepared {
    let header = authorization(&server.keys, "GET", path, None);
    prepare("GET", path, &[("Authorization", &header)], b"")
}

fn authorization(keys: &Credentials, method: &str, path: &str, form: Option<&Params>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let request = UnsignedRequest {
        method,
        url: &format!("http://birdhouse.test{path}"),
        form,
        nonce: &NONCE.fetch_add(1, Ordering::Relaxed).to_string(),
        timestamp: i64::try_from(now).unwrap_or_default(),
        signature_method: Method::HmacSha1,
    };
    client::authorization_header(keys, &request)
}

pub(crate) fn form(server: &Birdhouse, pairs: &[(&str, &str)]) -> Prepared {
    let form: Params = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let kind = "application/x-www-form-urlencoded";
    signed(server, UPLOAD, kind, form.print().as_bytes(), Some(&form))
}

pub(crate) fn multipart(server: &Birdhouse, all: &[(&str, &[u8])]) -> Prepared {
    signed(server, UPLOAD, "multipart/form-data; boundary=b", &parts(all), None)
}

/// A multipart body with the boundary `b`.
pub(crate) fn parts(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, bytes) in parts {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--b--\r\n");
    body
}

pub(crate) async fn media_id(server: &Birdhouse, request: &Prepared) -> Result<String> {
    let answer: serde_json::Value =
        serde_json::from_slice(&load::once(server.port, request).await?)?;
    answer["media_id_string"].as_str().map(str::to_owned).context("no media_id_string")
}

/// A GIF of one frame with about this many bytes, all of them pixels: codes of exactly one byte,
/// reset before they would grow.
pub(crate) fn image(bytes: usize) -> Vec<u8> {
    let width = if bytes < 10_000 { 40 } else { 1000 };
    let height = (bytes * 119 / 120 / width).max(4);
    let side = |pixels: usize| u16::try_from(pixels).unwrap_or(u16::MAX).to_le_bytes();
    let mut out = [b"GIF89a", &side(width)[..], &side(height), b"\xf6\0\0"].concat();
    out.extend((0..128_u8).flat_map(|color| [color * 2, 255 - color, color]));
    out.extend([b",\0\0\0\0", &side(width)[..], &side(height), b"\0\x07"].concat());
    let mut seed = 1_u32;
    let mut codes = Vec::with_capacity(width * height * 121 / 120);
    for pixel in 0..width * height {
        if pixel % 120 == 0 {
            codes.push(128);
        }
        seed = seed.wrapping_mul(1_103_515_245).wrapping_add(12_345);
        codes.push(u8::try_from(seed >> 16 & 127).unwrap_or_default());
    }
    codes.push(129);
    for block in codes.chunks(255) {
        out.push(u8::try_from(block.len()).unwrap_or(u8::MAX));
        out.extend_from_slice(block);
    }
    out.extend(b"\0;");
    out
}

/// The best of several rounds.
pub(crate) async fn best<F, Fut>(mut round: F) -> Result<f64>
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Result<f64>>,
{
    let mut best = 0.0_f64;
    for _ in 0..ROUNDS {
        best = best.max(round().await?);
    }
    Ok(best)
}

/// Signed, durable metadata/create against a no-op route and a bare commit.
pub(crate) async fn metadata(
    server: &Birdhouse,
    directory: &Path,
    table: &mut Table,
) -> Result<()> {
    let media = media_id(server, &multipart(server, &[("media", &image(1000))])).await?;
    let body = format!(r#"{{"media_id":"{media}","alt_text":{{"text":"a red square"}}}}"#);
    let nothing = prepare("GET", "/healthz", &[], b"");
    let bare = sqlite_commits(directory, 3000)?;
    for (connections, count) in [(1, 3000), (64, 30_000)] {
        let ours = best(|| {
            let one = || signed(server, METADATA, "application/json", body.as_bytes(), None);
            let requests = (0..count).map(|_| one()).collect();
            load::rate(server.port, connections, requests)
        })
        .await?;
        let noop =
            best(|| load::rate(server.port, connections, vec![nothing.clone(); count])).await?;
        let what = format!("metadata/create a second, {connections} connections");
        table.ratio(&what, ours, "no-op route", noop);
        table.ratio(&what, ours, "bare SQLite commits in sequence", bare);
    }
    Ok(())
}

/// Uploads, flushed to the disk, against stores that do not flush.
pub(crate) async fn uploads(
    server: &Birdhouse,
    directory: &Path,
    rustus: Option<&Path>,
    table: &mut Table,
) -> Result<()> {
    let init = form(
        server,
        &[("command", "INIT"), ("total_bytes", "500000000"), ("media_type", "video/mp4")],
    );
    let chunked = media_id(server, &init).await?;
    let nginx = Nginx::start(directory).await?;
    for (name, bytes, count) in [("100 KB", 100_000, 800), ("5 MB", 5_000_000, 60)] {
        let image = image(bytes);
        let simple = best(|| {
            let requests = (0..count).map(|_| multipart(server, &[("media", &image)])).collect();
            load::rate(server.port, 8, requests)
        })
        .await?;
        let append = best(|| {
            let one = |n: usize| {
                let index = (n % 1000).to_string();
                multipart(
                    server,
                    &[
                        ("command", b"APPEND"),
                        ("media_id", chunked.as_bytes()),
                        ("segment_index", index.as_bytes()),
                        ("media", &image),
                    ],
                )
            };
            load::rate(server.port, 8, (0..count).map(one).collect())
        })
        .await?;
        let put = best(|| {
            let one =
                |n: usize| prepare("PUT", &format!("/{name}-{n}").replace(' ', ""), &[], &image);
            load::rate(nginx.port, 8, (0..count).map(one).collect())
        })
        .await?;
        table.ratio(
            &format!("simple uploads of {name} a second, fsync"),
            simple,
            "nginx PUT, no fsync",
            put,
        );
        table.ratio(
            &format!("APPENDs of {name} a second, fsync"),
            append,
            "nginx PUT, no fsync",
            put,
        );
        for with_fsync in [false, true] {
            let Some(binary) = rustus else { continue };
            let peer = Rustus::start(binary, directory, with_fsync).await?;
            let put = best(|| tus(peer.port, &image, count)).await?;
            peer.stop().await?;
            let label = if with_fsync { "rustus --force-fsync" } else { "rustus, no fsync" };
            table.ratio(&format!("simple uploads of {name} a second, fsync"), simple, label, put);
        }
    }
    nginx.stop().await
}

/// Uploads by the tus protocol's creation with upload: one request each.
async fn tus(port: u16, bytes: &[u8], count: usize) -> Result<f64> {
    let length = bytes.len().to_string();
    let headers = [
        ("Tus-Resumable", "1.0.0"),
        ("Upload-Length", length.as_str()),
        ("Content-Type", "application/offset+octet-stream"),
    ];
    let request = prepare("POST", "/files", &headers, bytes);
    load::rate(port, 8, vec![request; count]).await
}

/// Memory of a chunked upload of 512 MiB above that of an idle server.
pub(crate) async fn memory(server: &Birdhouse, table: &mut Table) -> Result<()> {
    let (idle, peak_before) = server.memory()?;
    let total = (512 * MIB).to_string();
    let pairs = [
        ("command", "INIT"),
        ("total_bytes", total.as_str()),
        ("media_type", "video/mp4"),
        ("media_category", "tweet_video"),
    ];
    let media = media_id(server, &form(server, &pairs)).await?;
    let mut segment = vec![0; 4 * MIB];
    for index in 0..128 {
        segment[..12].copy_from_slice(if index == 0 { b"\0\0\0\x18ftypmp42" } else { &[0; 12] });
        let text = index.to_string();
        let parts: [(&str, &[u8]); 4] = [
            ("command", b"APPEND"),
            ("media_id", media.as_bytes()),
            ("segment_index", text.as_bytes()),
            ("media", &segment),
        ];
        load::once(server.port, &multipart(server, &parts)).await?;
    }
    load::once(server.port, &form(server, &[("command", "FINALIZE"), ("media_id", &media)]))
        .await?;
    let (_, peak) = server.memory()?;
    table.note("memory after the load above, MiB", idle, "");
    table.note("peak before the 512 MiB upload, MiB", peak_before, "");
    table.note(
        "512 MiB chunked: peak above the former, MiB",
        peak - peak_before.max(idle),
        "target 64",
    );
    Ok(())
}

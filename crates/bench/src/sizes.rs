//! What users wait for: images uploaded, described, and ready in all their sizes, a second, until the
//! last is ready. The peer is nginx, which stores without flushing, and sharp, which derives the same
//! sizes from the stored files with as many processes as there are processors.

use crate::load::{self, Prepared};
use crate::peers::{Birdhouse, Nginx};
use crate::table::Table;
use crate::work::{METADATA, image, media_id, multipart, signed_by};
use anyhow::{Context, Result, ensure};
use birdhouse_oauth::client::Credentials;
use std::path::{Path, PathBuf};
use std::time::Instant;
use tokio::process::Command;
use tokio::task::JoinSet;

/// Images of one run.
const COUNT: usize = 400;
/// Connections that upload.
const CONNECTIONS: usize = 8;
/// The script that derives sizes with sharp.
const SHARP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/sizes.mjs");

/// Uploads, descriptions and sizes, and what a request takes while a backlog is worked off.
pub(crate) async fn sizes(server: &Birdhouse, directory: &Path, table: &mut Table) -> Result<()> {
    let image = image(100_000);
    let quiet = describe(server).await?;
    let started = Instant::now();
    upload_and_describe(server, &image).await?;
    let accepted = rate(started);
    let busy = describe(server).await?;
    server.idle().await?;
    let ready = rate(started);
    table.note("100 KB images uploaded and described a second", accepted, "");
    match peer(directory, &image).await? {
        Some(theirs) => {
            let what = "the same, with all sizes ready, a second";
            table.ratio(what, ready, "nginx PUT, no fsync, and sharp", theirs);
        }
        None => table.note("the same, with all sizes ready, a second", ready, "sharp is missing"),
    }
    table.ratio("descriptions a second beside a backlog", busy, "without one", quiet);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more than 52 bits")]
fn rate(started: Instant) -> f64 {
    COUNT as f64 / started.elapsed().as_secs_f64()
}

fn description(keys: &Credentials, media: &str) -> Prepared {
    let body = format!(r#"{{"media_id":"{media}","alt_text":{{"text":"a red square"}}}}"#);
    signed_by(keys, METADATA, "application/json", body.as_bytes(), None)
}

/// Descriptions of one image a second, over all connections.
async fn describe(server: &Birdhouse) -> Result<f64> {
    let media = media_id(server, &multipart(server, &[("media", &image(1000))])).await?;
    let all = (0..2000).map(|_| description(&server.keys, &media)).collect();
    load::rate(server.port, CONNECTIONS, all).await
}

async fn upload_and_describe(server: &Birdhouse, image: &[u8]) -> Result<()> {
    let mut tasks = JoinSet::new();
    for part in 0..CONNECTIONS {
        let uploads = (part..COUNT).step_by(CONNECTIONS);
        let uploads: Vec<Prepared> =
            uploads.map(|_| multipart(server, &[("media", image)])).collect();
        let (port, keys) = (server.port, server.keys.clone());
        tasks.spawn(async move {
            for upload in uploads {
                let answer = load::once(port, &upload).await?;
                let answer: serde_json::Value = serde_json::from_slice(&answer)?;
                let media = answer["media_id_string"].as_str().context("no media_id_string")?;
                load::once(port, &description(&keys, media)).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(())
}

/// Images stored and derived a second; `None` where sharp is not installed.
async fn peer(directory: &Path, image: &[u8]) -> Result<Option<f64>> {
    let home = std::env::var_os("SHARP_HOME").map(PathBuf::from).filter(|home| home.is_dir());
    let Some(home) = home else { return Ok(None) };
    let nginx = Nginx::start(directory).await?;
    let started = Instant::now();
    let put = |n: usize| load::prepare("PUT", &format!("/sizes-{n}"), &[], image);
    load::rate(nginx.port, CONNECTIONS, (0..COUNT).map(put).collect()).await?;
    let processors = std::thread::available_parallelism()?.get();
    let mut all = JoinSet::new();
    for first in 0..processors {
        let mut command = Command::new("node");
        let numbers = [first, processors, COUNT].map(|number| number.to_string());
        command
            .arg(SHARP)
            .arg(directory.join("nginx/store"))
            .args(numbers)
            .env("SHARP_HOME", &home);
        all.spawn(async move { command.status().await });
    }
    while let Some(ended) = all.join_next().await {
        ensure!(ended??.success(), "sharp failed");
    }
    let theirs = rate(started);
    nginx.stop().await?;
    Ok(Some(theirs))
}

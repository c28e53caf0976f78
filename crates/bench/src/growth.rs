//! What a description costs beside few media, and beside millions.

use crate::load::{self, Prepared};
use crate::peers::Birdhouse;
use crate::table::Table;
use crate::work::{METADATA, best, image, media_id, multipart, signed};
use anyhow::{Context, Result};
use rusqlite::Connection;
use std::path::Path;

const FEW: u64 = 10_000;
const MANY: u64 = 4_000_000;
const CONNECTIONS: usize = 64;
const REQUESTS: u64 = 20_000;
/// Copies a media and its description `?2` times, with ids that are `?3` apart and below its own.
const COPY: [&str; 2] = [
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) \
     INSERT INTO media (id, user_id, app_id, public_key, category, state, is_async, total_bytes, \
     kind, mime, width, height, blob, alt_text, created_at, served_mime) \
     SELECT id - i * ?3, user_id, app_id, printf('copy%016x', i), category, state, is_async, \
     total_bytes, kind, mime, width, height, blob, 'a red square', created_at, served_mime \
     FROM n, media WHERE media.id = ?1",
    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2) \
     INSERT INTO alt_text_history (id, media_id, user_id, app_id, alt_text, created_at) \
     SELECT id - i * ?3, id - i * ?3, user_id, app_id, 'a red square', created_at \
     FROM n, media WHERE media.id = ?1",
];
/// Between the ids of two copies: 4 ms of the id clock.
const STEP: u64 = 4 << 22;

/// A server with `count` described media, the newest of which is returned.
async fn start(binary: &Path, data_dir: &Path, count: u64) -> Result<(Birdhouse, u64)> {
    let server = Birdhouse::start(binary, data_dir).await?;
    let media = media_id(&server, &multipart(&server, &[("media", &image(1000))])).await?;
    let media: u64 = media.parse().context("not an id")?;
    server.idle().await?;
    server.stop().await?;
    let database = Connection::open(data_dir.join("birdhouse.db"))?;
    for copy in COPY {
        database.execute(copy, (media, count, STEP))?;
    }
    database.close().map_err(|(_, error)| error)?;
    Ok((Birdhouse::start(binary, data_dir).await?, media))
}

/// Descriptions of media spread over all, the same ones in each round but the first.
fn requests(server: &Birdhouse, newest: u64, count: u64, seed: u64) -> Vec<Prepared> {
    let one = |n: u64| {
        let random = (n ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        let media = newest - (random % count + 1) * STEP;
        let body = format!(r#"{{"media_id":"{media}","alt_text":{{"text":"a blue square"}}}}"#);
        signed(server, METADATA, "application/json", body.as_bytes(), None)
    };
    (0..REQUESTS).map(one).collect()
}

/// Compares the two: right after the start, and once the pages are in memory.
pub(crate) async fn growth(binary: &Path, directory: &Path, table: &mut Table) -> Result<()> {
    let (mut first, mut later) = (Vec::new(), Vec::new());
    for count in [MANY, FEW] {
        let data_dir = directory.join(format!("growth-{count}"));
        let (server, newest) = start(binary, &data_dir, count).await?;
        let new = requests(&server, newest, count, u64::MAX);
        first.push(load::rate(server.port, CONNECTIONS, new).await?);
        let known = || requests(&server, newest, count, 0);
        load::rate(server.port, CONNECTIONS, known()).await?;
        later.push(best(|| load::rate(server.port, CONNECTIONS, known())).await?);
        server.stop().await?;
        std::fs::remove_dir_all(data_dir)?;
    }
    for (when, rates) in [("after the start", first), ("later", later)] {
        let what = format!("metadata/create a second beside 4 million media, {when}");
        table.ratio(&what, rates[0], "beside ten thousand", rates[1]);
    }
    Ok(())
}

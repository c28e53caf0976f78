//! The load driver behind `make bench`: each capability as a ratio, in one run, against a peer or
//! the physical limit. Absolute figures are noise; read the ratios.
//!
//! Everything that is compared runs on the same disk, one after the other, in rounds; of each the
//! best round counts.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod delivery;
mod load;
mod peers;
mod table;
mod v2;
mod work;

use anyhow::{Context, Result};
use peers::Birdhouse;
use std::path::PathBuf;
use table::Table;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let binary =
        PathBuf::from(arguments.next().context("usage: birdhouse-bench BINARY FOLDER [RUSTUS]")?);
    let folder =
        PathBuf::from(arguments.next().context("usage: birdhouse-bench BINARY FOLDER [RUSTUS]")?);
    let rustus = arguments.next().map(PathBuf::from);
    let mut table = Table::default();

    let server = Birdhouse::start(&binary, &folder.join("data")).await?;
    table.part("start");
    table.note("cold start, ms until the first answer", server.cold_start_ms, "target 100");
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let wants = |name: &str| only.is_empty() || only == name;
    if wants("metadata") {
        table.part("metadata");
        work::metadata(&server, &folder, &mut table).await?;
    }
    if wants("v2") {
        table.part("v2");
        v2::v2(&server, &mut table).await?;
    }
    if wants("uploads") {
        table.part("uploads");
        work::uploads(&server, &folder, rustus.as_deref(), &mut table).await?;
    }
    if wants("delivery") {
        table.part("delivery");
        delivery::delivery(&server, &folder, &mut table).await?;
    }
    if wants("memory") {
        table.part("memory");
        work::memory(&server, &mut table).await?;
    }
    server.stop().await?;
    table.print();
    if let Some(folder) = std::env::var_os("BENCH_RECORD") {
        table.record(&PathBuf::from(folder))?;
    }
    Ok(())
}

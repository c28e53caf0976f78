//! The load driver of `make bench`: compares each capability with a peer or the physical limit in one
//! run. Absolute figures are noise; read the ratios.
//!
//! Everything runs on the same disk, one after the other, in rounds, of which the best counts.

#![expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]

mod delivery;
mod growth;
mod load;
mod peers;
mod search;
mod sizes;
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
    let binary = PathBuf::from(
        arguments.next().context("usage: birdhouse-bench BINARY DIRECTORY [RUSTUS]")?,
    );
    let directory = PathBuf::from(
        arguments.next().context("usage: birdhouse-bench BINARY DIRECTORY [RUSTUS]")?,
    );
    let rustus = arguments.next().map(PathBuf::from);
    let mut table = Table::default();

    let server = Birdhouse::start(&binary, &directory.join("data")).await?;
    table.part("start");
    table.note("cold start, ms until the first response", server.cold_start_ms, "target 100");
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let is_selected = |name: &str| only.is_empty() || only == name;
    if is_selected("metadata") {
        table.part("metadata");
        work::metadata(&server, &directory, &mut table).await?;
    }
    if is_selected("v2") {
        server.idle().await?;
        table.part("v2");
        v2::v2(&server, &mut table).await?;
    }
    if is_selected("uploads") {
        server.idle().await?;
        table.part("uploads");
        work::uploads(&server, &directory, rustus.as_deref(), &mut table).await?;
    }
    if is_selected("sizes") {
        // What was uploaded before must not be derived meanwhile.
        server.idle().await?;
        table.part("sizes");
        sizes::sizes(&server, &directory, &mut table).await?;
    }
    if is_selected("delivery") {
        server.idle().await?;
        table.part("delivery");
        delivery::delivery(&server, &directory, &mut table).await?;
    }
    if is_selected("memory") {
        server.idle().await?;
        table.part("memory");
        work::memory(&server, &mut table).await?;
    }
    server.stop().await?;
    if is_selected("growth") {
        table.part("growth");
        growth::growth(&binary, &directory, &mut table).await?;
    }
    if is_selected("search") {
        table.part("search");
        search::search(&binary, &directory, &mut table).await?;
    }
    table.print();
    if let Some(directory) = std::env::var_os("BENCH_RECORD") {
        table.record(&PathBuf::from(directory))?;
    }
    Ok(())
}

//! Every setting, its meaning and its default.

mod load;

pub use load::{ConfigError, Layer, LimitsLayer, load};

use birdhouse_processing::worker::Worker;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// How faithful answers are where the real service was unkind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// Serves people: accepts what every known client sends, and says what was wrong.
    Lenient,
    /// Serves makers of clients: answers as recorded, unkindness included.
    Strict,
}

/// The settings of a running server.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Config {
    /// Address of the plain listener.
    pub listen: SocketAddr,
    /// Address of the TLS listener, if `--tls-dev` asks for one.
    pub tls_listen: Option<SocketAddr>,
    /// Folder of the catalog, the blobs and the key.
    pub data_dir: PathBuf,
    /// What URLs in answers start with, and a base that signatures may name.
    pub public_url: String,
    /// What the `type` URLs of v2's problems start with.
    pub problem_url: String,
    /// `sqlite:PATH` or `postgres://…`.
    pub database_url: String,
    /// Folder of the blobs.
    pub blob_dir: PathBuf,
    /// How faithful answers are.
    pub fidelity: Fidelity,
    /// Log filter, such as `info` or `birdhouse_server=debug`.
    pub log: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
    /// Proxies whose `Forwarded` and `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether rate windows refuse anything.
    pub rate_limits: bool,
    /// Other figures for single rate windows: endpoint to calls in one window.
    pub rate_figures: BTreeMap<String, u32>,
    /// Seconds in which an upload must be attached to a Tweet.
    pub media_life_seconds: i64,
    /// Whether videos may be described too.
    pub describe_videos: bool,
    /// Whether a description embedded in an uploaded image becomes its alt text until
    /// somebody writes another.
    pub read_embedded_alt_text: bool,
    /// Whether images are served with their alt text embedded (XMP).
    pub write_embedded_alt_text: bool,
    /// Whether media are processed even where the kernel cannot jail what decodes them.
    pub allow_unsandboxed_processing: bool,
    /// Limits on connections, bodies and time.
    pub limits: Limits,
    /// The program that decodes untrusted bytes in a jail; our own.
    pub worker: Worker,
}

/// Limits on connections, bodies and time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections, both listeners together.
    pub connections: usize,
    /// Requests that are carried out at the same time; more are answered 503.
    pub requests: usize,
    /// Bytes of form bodies held in memory at the same time; more are answered 503.
    pub form_bytes: usize,
    /// Milliseconds that a client may stay silent within a request.
    pub idle_ms: u64,
    /// Milliseconds that a request's head may take.
    pub head_ms: u64,
    /// Milliseconds that running requests get when the server stops.
    pub drain_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            requests: 512,
            form_bytes: 256 * 1024 * 1024,
            idle_ms: 20_000,
            head_ms: 10_000,
            drain_ms: 30_000,
        }
    }
}

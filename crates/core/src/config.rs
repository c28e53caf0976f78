//! Settings and their defaults.

mod alt_text_policy;
mod captioner;
mod checks;
mod error;
mod load;

pub use alt_text_policy::{AltTextPolicies, AltTextPolicyLayer};
pub use captioner::{Captioner, CaptionerKind, CaptionerLayer};
pub use error::{ConfigError, nearest};
pub use load::{Layer, LimitsLayer, load};

use birdhouse_domain::Bucket;
use birdhouse_outbound::Network;
use birdhouse_processing::worker::Worker;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// How closely responses follow the real service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fidelity {
    /// For users: accepts what every known client sends, and explains errors.
    Lenient,
    /// For client developers: responds exactly as recorded.
    Strict,
}

/// The settings of a running server.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Config {
    /// Address of the plain listener.
    pub listen: SocketAddr,
    /// Address of the TLS listener, with `--tls-dev`.
    pub tls_listen: Option<SocketAddr>,
    /// Directory of the catalog, the blobs and the key.
    pub data_dir: PathBuf,
    /// Prefix of URLs in responses, and a base URL accepted in signatures.
    pub public_url: String,
    /// Prefix of the `type` URLs in v2's problems.
    pub problem_url: String,
    /// `sqlite:PATH` or `postgres://…`.
    pub database_url: String,
    /// Directory of the blobs.
    pub blob_dir: PathBuf,
    /// How closely responses follow the real service.
    pub fidelity: Fidelity,
    /// Log filter, such as `info` or `birdhouse_server=debug`.
    pub log: String,
    /// Whether log lines are JSON.
    pub log_json: bool,
    /// Proxies whose `Forwarded` and `X-Forwarded-*` headers are trusted.
    pub trusted_proxies: Vec<IpAddr>,
    /// Whether rate limits are enforced.
    pub rate_limits: bool,
    /// Overrides of rate limits: calls in one window.
    pub rate_figures: HashMap<Bucket, u32>,
    /// Seconds until an upload expires that is not attached to a Tweet.
    pub media_life_seconds: i64,
    /// Whether videos may have alt text too.
    pub describe_videos: bool,
    /// What is required of the descriptions of media that are tweeted.
    pub alt_text_policy: AltTextPolicies,
    /// Whether a description embedded in an uploaded image becomes its alt text.
    pub read_embedded_alt_text: bool,
    /// Whether images are served with their alt text embedded (XMP).
    pub write_embedded_alt_text: bool,
    /// Whether media are processed even where the kernel cannot sandbox what decodes them.
    pub allow_unsandboxed_processing: bool,
    /// Seconds for which caches may keep the media of a Tweet without asking again: as long may a
    /// image be seen whose Tweet is deleted.
    pub media_cache_seconds: u32,
    /// Networks that requests to other machines may reach although they are not public.
    pub outbound_allow: Vec<Network>,
    /// The service that suggests descriptions; `None`: none does.
    pub captioner: Option<Captioner>,
    /// Limits on connections, bodies and time.
    pub limits: Limits,
    /// The program that decodes untrusted bytes in a sandbox: this one.
    pub worker: Worker,
}

impl Config {
    /// Replaces the addresses by those that were bound, and the URL that followed from them: port 0
    /// stands for any free one.
    pub fn set_bound(&mut self, listen: SocketAddr, tls: Option<SocketAddr>) {
        if self.is_local_url() {
            self.public_url = checks::url_of(listen);
        }
        self.listen = listen;
        self.tls_listen = tls;
    }

    /// Whether the URLs in responses work on this machine only, although the listener is open to
    /// others.
    pub fn is_reachable_by_local_url_only(&self) -> bool {
        self.listen.ip().is_unspecified() && self.is_local_url()
    }

    /// Whether the public URL follows from the address of the listener.
    fn is_local_url(&self) -> bool {
        self.public_url == checks::url_of(self.listen)
    }
}

/// Limits on connections, bodies and time.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Open connections of both listeners together.
    pub connections: usize,
    /// Concurrent requests; more are refused with 503.
    pub requests: usize,
    /// Bytes of memory for form bodies at the same time, three for each of theirs; more wait some
    /// seconds, and are refused with 503 then.
    pub form_bytes: usize,
    /// Bytes that the uploads of one user may have before FINALIZE, all together.
    pub unfinished_bytes: u64,
    /// Milliseconds that a client may be silent within a request.
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
            form_bytes: 128 * 1024 * 1024,
            unfinished_bytes: 4 << 30,
            idle_ms: 20_000,
            head_ms: 10_000,
            drain_ms: 30_000,
        }
    }
}

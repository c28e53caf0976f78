//! Loads settings: flags, then environment (both in one [`Layer`]), then file, then defaults.

use super::alt_text_policy::{AltTextPolicies, AltTextPolicyLayer};
use super::captioner::{self, CaptionerLayer};
use super::checks::{self, at_least_one, seconds};
use super::error::{ConfigError, nearest};
use super::{Config, Fidelity, Limits};
use birdhouse_domain::media_limits::MEDIA_LIFE_SECONDS;
use birdhouse_processing::SandboxPolicy;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};

/// A week: recorded for the images of the real service.
const CACHE_SECONDS: u32 = 604_800;

/// The settings of one source; an absent one is taken from the next source.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is documented in Config under the same name")]
pub struct Layer {
    pub listen: Option<SocketAddr>,
    pub tls_dev: Option<bool>,
    pub tls_listen: Option<SocketAddr>,
    pub data_dir: Option<PathBuf>,
    pub public_url: Option<String>,
    pub problem_url: Option<String>,
    pub database_url: Option<String>,
    pub blob_url: Option<String>,
    pub fidelity: Option<String>,
    pub log: Option<String>,
    pub log_format: Option<String>,
    pub trusted_proxies: Option<Vec<IpAddr>>,
    pub rate_limits: Option<bool>,
    pub rate_figures: Option<BTreeMap<String, u32>>,
    pub media_life_seconds: Option<i64>,
    pub describe_videos: Option<bool>,
    pub alt_text_policy: Option<AltTextPolicyLayer>,
    pub read_embedded_alt_text: Option<bool>,
    pub write_embedded_alt_text: Option<bool>,
    pub allow_unsandboxed_processing: Option<bool>,
    pub media_cache_seconds: Option<u32>,
    pub outbound_allow: Option<Vec<String>>,
    pub captioner: Option<CaptionerLayer>,
    pub limits: Option<LimitsLayer>,
    #[serde(skip)]
    pub worker: Option<birdhouse_processing::worker::Worker>,
}

/// The `[limits]` table.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(missing_docs, reason = "each field is documented in Limits under the same name")]
pub struct LimitsLayer {
    pub connections: Option<usize>,
    pub requests: Option<usize>,
    pub form_bytes: Option<usize>,
    pub unfinished_bytes: Option<u64>,
    pub idle_ms: Option<u64>,
    pub head_ms: Option<u64>,
    pub drain_ms: Option<u64>,
}

/// Merges flags and environment (`first`) with the file and the defaults. Without `path`, a
/// `birdhouse.toml` in the working directory is read if it exists.
pub fn load(first: Layer, path: Option<&Path>) -> Result<Config, ConfigError> {
    let file = match path {
        Some(path) => read(path)?,
        None if Path::new("birdhouse.toml").exists() => read(Path::new("birdhouse.toml"))?,
        None => Layer::default(),
    };
    resolve(first, file)
}

fn read(path: &Path) -> Result<Layer, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
    toml::from_str(&text).map_err(|error| {
        let message = with_nearest_key(error.message(), &text, error.span());
        ConfigError::Malformed { path: path.to_owned(), message }
    })
}

/// What an error of the reader of TOML names, and what to write.
const EXPECTATIONS: [(&str, &str); 10] = [
    ("socket address", "write an IP address and a port, such as 127.0.0.1:8080"),
    ("IP address", IP_ADDRESSES),
    ("expected a sequence", IP_ADDRESSES),
    ("expected u", "write a whole number from 0 on, without quotes"),
    ("expected i", "write a whole number, without quotes"),
    ("expected a boolean", "write true or false, without quotes"),
    ("expected a string", "write a text in quotes"),
    ("expected struct", TABLES),
    ("expected a map", TABLES),
    ("expected path string", "write a path in quotes"),
];
const TABLES: &str = "write the name in brackets on a line of its own, and its settings below";
const IP_ADDRESSES: &str =
    "write single IP addresses, such as [\"10.0.0.1\"]; networks are not supported";

/// Adds the line, and the nearest known key for an unknown one.
fn with_nearest_key(message: &str, text: &str, span: Option<std::ops::Range<usize>>) -> String {
    let line = span.and_then(|s| text.get(..s.start)).map_or(1, |t| t.matches('\n').count() + 1);
    let mut words = message.split('`').skip(1).step_by(2);
    if let (true, Some(unknown)) = (message.starts_with("unknown field"), words.next()) {
        let hint = match nearest(unknown, words) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "birdhouse.example.toml lists every setting".to_owned(),
        };
        return format!("line {line}: unknown field `{unknown}`; {hint}");
    }
    // The key only: the value may be a secret.
    let key = text.lines().nth(line - 1).and_then(|line| line.split_once('='));
    let key = key.map(|(key, _)| format!("{}: ", key.trim())).unwrap_or_default();
    if key.starts_with("outbound_allow") {
        return format!("line {line}: {key}write a list of networks, such as [\"10.0.0.0/8\"]");
    }
    let hint = EXPECTATIONS.iter().find(|(expected, _)| message.contains(expected));
    let hint = hint.map_or(message, |(_, hint)| hint);
    format!("line {line}: {key}{hint}")
}

macro_rules! pick {
    ($first:ident, $second:ident, $field:ident) => {
        $first.$field.or($second.$field)
    };
}

fn resolve(first: Layer, file: Layer) -> Result<Config, ConfigError> {
    let listen =
        pick!(first, file, listen).unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)));
    let tls_default = SocketAddr::from((Ipv4Addr::LOCALHOST, 8443));
    let tls_listen = pick!(first, file, tls_listen);
    let tls_dev = pick!(first, file, tls_dev).unwrap_or(false);
    let data_dir = pick!(first, file, data_dir).unwrap_or_else(|| "birdhouse-data".into());
    let allow_unsandboxed_processing =
        pick!(first, file, allow_unsandboxed_processing).unwrap_or(false);
    let policy = if allow_unsandboxed_processing {
        SandboxPolicy::BestEffort
    } else {
        SandboxPolicy::Required
    };
    let worker = first.worker.unwrap_or_default();
    Ok(Config {
        allow_unsandboxed_processing,
        worker: worker.with_policy(policy).with_private_directory(data_dir.clone()),
        listen,
        tls_listen: tls_dev.then_some(tls_listen.unwrap_or(tls_default)),
        public_url: match pick!(first, file, public_url) {
            Some(url) => checks::public_url(&url)?,
            None => checks::url_of(listen),
        },
        problem_url: pick!(first, file, problem_url)
            .unwrap_or_else(|| "https://api.x.com".to_owned())
            .trim_end_matches('/')
            .to_owned(),
        database_url: database_url(pick!(first, file, database_url), &data_dir)?,
        blob_dir: blob_dir(pick!(first, file, blob_url), &data_dir)?,
        data_dir,
        fidelity: fidelity(pick!(first, file, fidelity))?,
        log: checks::log_filter(pick!(first, file, log).unwrap_or_else(|| "info".to_owned()))?,
        log_json: log_json(pick!(first, file, log_format))?,
        trusted_proxies: pick!(first, file, trusted_proxies).unwrap_or_else(|| {
            vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)]
        }),
        rate_limits: pick!(first, file, rate_limits).unwrap_or(true),
        rate_figures: checks::rate_figures(pick!(first, file, rate_figures).unwrap_or_default())?,
        media_life_seconds: seconds(
            "media_life_seconds",
            pick!(first, file, media_life_seconds).unwrap_or(MEDIA_LIFE_SECONDS),
        )?,
        describe_videos: pick!(first, file, describe_videos).unwrap_or(false),
        alt_text_policy: AltTextPolicies::resolve(
            &pick!(first, file, alt_text_policy).unwrap_or_default(),
        )?,
        read_embedded_alt_text: pick!(first, file, read_embedded_alt_text).unwrap_or(true),
        write_embedded_alt_text: pick!(first, file, write_embedded_alt_text).unwrap_or(false),
        media_cache_seconds: pick!(first, file, media_cache_seconds).unwrap_or(CACHE_SECONDS),
        outbound_allow: checks::networks(
            "outbound_allow",
            &pick!(first, file, outbound_allow).unwrap_or_default(),
        )?,
        captioner: captioner::resolve(pick!(first, file, captioner).unwrap_or_default())?,
        limits: limits(first.limits.unwrap_or_default(), file.limits.unwrap_or_default())?,
    })
}

fn limits(first: LimitsLayer, file: LimitsLayer) -> Result<Limits, ConfigError> {
    let default = Limits::default();
    let limits = Limits {
        connections: pick!(first, file, connections).unwrap_or(default.connections),
        requests: pick!(first, file, requests).unwrap_or(default.requests),
        form_bytes: pick!(first, file, form_bytes).unwrap_or(default.form_bytes),
        idle_ms: pick!(first, file, idle_ms).unwrap_or(default.idle_ms),
        head_ms: pick!(first, file, head_ms).unwrap_or(default.head_ms),
        drain_ms: pick!(first, file, drain_ms).unwrap_or(default.drain_ms),
        unfinished_bytes: pick!(first, file, unfinished_bytes).unwrap_or(default.unfinished_bytes),
    };
    at_least_one("limits.connections", limits.connections as u64)?;
    at_least_one("limits.requests", limits.requests as u64)?;
    at_least_one("limits.form_bytes", limits.form_bytes as u64)?;
    at_least_one("limits.idle_ms", limits.idle_ms)?;
    at_least_one("limits.head_ms", limits.head_ms)?;
    Ok(limits)
}

fn database_url(value: Option<String>, data_dir: &Path) -> Result<String, ConfigError> {
    if let Some(url) = value {
        return checks::database_url(url);
    }
    if let Some(dir) = data_dir.to_str() {
        return Ok(format!("sqlite:{}", Path::new(dir).join("birdhouse.db").display()));
    }
    let dir = data_dir.display();
    let message = format!(
        "the path `{dir}` is not UTF-8, so no database can be opened there; name a directory whose \
         path is"
    );
    Err(ConfigError::Invalid { key: "data_dir", message })
}

fn blob_dir(value: Option<String>, data_dir: &Path) -> Result<PathBuf, ConfigError> {
    let Some(url) = value else { return Ok(data_dir.join("blobs")) };
    // `file:PATH`, or `file://` and the path from the root on.
    let path = url.strip_prefix("file:").and_then(|path| match path.strip_prefix("//") {
        Some(path) => path.starts_with('/').then_some(path),
        None => Some(path),
    });
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let message = format!(
        "`{url}` must be file:PATH, such as file:/srv/blobs; object stores are not available yet"
    );
    Err(ConfigError::Invalid { key: "blob_url", message })
}

fn fidelity(value: Option<String>) -> Result<Fidelity, ConfigError> {
    match value.as_deref() {
        None | Some("lenient") => Ok(Fidelity::Lenient),
        Some("strict") => Ok(Fidelity::Strict),
        Some(other) => {
            let message = format!("`{other}` is neither lenient nor strict");
            Err(ConfigError::Invalid { key: "fidelity", message })
        }
    }
}

fn log_json(value: Option<String>) -> Result<bool, ConfigError> {
    match value.as_deref() {
        None | Some("text") => Ok(false),
        Some("json") => Ok(true),
        Some(other) => {
            let message = format!("`{other}` is neither text nor json");
            Err(ConfigError::Invalid { key: "log_format", message })
        }
    }
}

#[cfg(test)]
mod tests;

//! Loads settings: flags, then environment (both in one [`Layer`]), then file, then defaults.

use super::alt_text_policy::{AltTextPolicies, AltTextPolicyLayer};
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
    let hint = if message.contains("socket address") {
        "write an IP address and a port, such as 127.0.0.1:8080"
    } else if message.contains("IP address") {
        "write single IP addresses, such as [\"10.0.0.1\"]; networks are not supported"
    } else if message.contains("expected u") {
        "write a whole number, without quotes"
    } else {
        message
    };
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
        rate_figures: pick!(first, file, rate_figures).unwrap_or_default(),
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
    if let Some(path) = url.strip_prefix("file:") {
        return Ok(path.into());
    }
    let message = format!("`{url}` must be file:PATH; object stores are not available yet");
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
mod tests {
    use super::*;
    use birdhouse_domain::rate_table::TABLE;

    const EXAMPLE: &str = include_str!("../../../../birdhouse.example.toml");

    fn refusal(text: &str) -> String {
        let dir = tempfile::TempDir::new().unwrap();
        let path = dir.path().join("birdhouse.toml");
        std::fs::write(&path, text).unwrap();
        let error = load(Layer::default(), Some(&path)).unwrap_err().to_string();
        error.replace(&path.display().to_string(), "FILE")
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table of cases")]
    fn a_refused_setting_is_named_with_its_value_and_what_is_right() {
        let cases = [
            (
                "log = 'inof'",
                "log: `inof` is none of the levels off, error, warn, info, debug, \
                              trace; did you mean `info`?",
            ),
            (
                "log = 'warn,birdhouse=loud'",
                "log: `loud` is none of the levels off, error, warn, \
              info, debug, trace; such as `info`, or `warn,birdhouse=debug` for more of one part",
            ),
            (
                "media_life_seconds = 0",
                "media_life_seconds: 0 is too small; the smallest value is 1",
            ),
            (
                "media_life_seconds = 9223372036854775807",
                "media_life_seconds: 9223372036854775807 is too large; the largest value is 3153600000",
            ),
            (
                "trusted_proxies = ['10.0.0.0/8']",
                "FILE: line 1: trusted_proxies: write single IP addresses, such as [\"10.0.0.1\"]; \
                 networks are not supported",
            ),
            (
                "media_cache_seconds = 'long'",
                "FILE: line 1: media_cache_seconds: write a whole number, without quotes",
            ),
            ("[limits]\nrequests = 0", "limits.requests: 0 is too small; the smallest value is 1"),
            (
                "listen = 'banana'",
                "FILE: line 1: listen: write an IP address and a port, such as \
                                   127.0.0.1:8080",
            ),
            (
                "\nlisten = 8080",
                "FILE: line 2: listen: write an IP address and a port, such as \
                                 127.0.0.1:8080",
            ),
            (
                "database_url = 'sqlite::memory:'",
                "database_url: `sqlite::memory:` keeps nothing; \
              name a file, such as sqlite:birdhouse.db",
            ),
            (
                "database_url = 'mysql://u:secret@h'",
                "database_url: must start with sqlite: or \
              postgres://, such as sqlite:birdhouse.db",
            ),
            (
                "public_url = 'https://a.example/b/'",
                "public_url: `https://a.example/b` has a path, \
              but clients sign paths as they request them: give Birdhouse a host of its own, such \
              as `https://a.example`",
            ),
            (
                "public_url = 'https://'",
                "public_url: `https:` does not start with http:// or https://",
            ),
            (
                "lisetn = '127.0.0.1:1'",
                "FILE: line 1: unknown field `lisetn`; did you mean `listen`?",
            ),
            (
                "valkey_url = 'redis://127.0.0.1'",
                "FILE: line 1: unknown field `valkey_url`; \
              birdhouse.example.toml lists every setting",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(refusal(text), expected, "{text}");
        }
    }

    #[test]
    fn the_example_has_every_setting_with_its_default() {
        let is_setting = |line: &&str| line.starts_with('[') || line.contains(" = ");
        let lines = EXAMPLE.lines().filter_map(|line| line.strip_prefix("# ")).filter(is_setting);
        let text = lines.collect::<Vec<_>>().join("\n");
        let mut example: Layer = toml::from_str(&text).unwrap();
        let absent = format!("{example:?}").matches("None").count();
        assert_eq!(absent, 1, "only the worker is no setting of the file: {example:?}");
        for name in example.rate_figures.take().unwrap().keys() {
            assert!(TABLE.iter().any(|row| row.name == name), "{name}");
        }
        let [default, example] = [Layer::default(), example]
            .map(|file| format!("{:?}", resolve(Layer::default(), file).unwrap()));
        assert_eq!(example, default);
        let words = || EXAMPLE.split(|c: char| !c.is_alphanumeric() && c != '_');
        for row in &TABLE {
            assert!(words().any(|word| word == row.name), "{} is not listed", row.name);
        }
    }

    #[test]
    fn filters_and_urls_that_are_right_are_taken() {
        for log in ["info", "WARN", "warn,birdhouse=debug", "info,birdhouse::access=off", ""] {
            let layer = Layer { log: Some(log.to_owned()), ..Layer::default() };
            assert!(resolve(layer, Layer::default()).is_ok(), "{log}");
        }
        let url = |listen: &str| {
            let listen = Some(listen.parse().unwrap());
            resolve(Layer { listen, ..Layer::default() }, Layer::default()).unwrap().public_url
        };
        assert_eq!(url("0.0.0.0:8080"), "http://127.0.0.1:8080");
        assert_eq!(url("[::]:80"), "http://[::1]:80");
        assert_eq!(url("192.0.2.1:8080"), "http://192.0.2.1:8080");
    }

    #[test]
    fn the_url_has_the_port_that_was_bound_unless_it_is_set() {
        let at = |address: &str| address.parse::<SocketAddr>().unwrap();
        let layer = Layer { listen: Some(at("127.0.0.1:0")), ..Layer::default() };
        let mut config = resolve(layer.clone(), Layer::default()).unwrap();
        config.set_bound(at("127.0.0.1:40001"), None);
        assert_eq!(config.public_url, "http://127.0.0.1:40001");
        let public_url = Some("https://a.example".to_owned());
        let mut config = resolve(Layer { public_url, ..layer }, Layer::default()).unwrap();
        config.set_bound(at("127.0.0.1:40001"), None);
        assert_eq!(config.public_url, "https://a.example");
    }
}

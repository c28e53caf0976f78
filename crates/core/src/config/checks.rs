//! Refuses values that cannot be meant, with the setting, what is wrong, and what is right.

use super::error::{ConfigError, distance, nearest};
use birdhouse_domain::Bucket;
use birdhouse_domain::rate_table::TABLE;
use birdhouse_outbound::Network;
use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The levels of a log filter.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

const CENTURY_SECONDS: i64 = 100 * 365 * 86_400;

pub(super) fn invalid(key: &'static str, message: String) -> ConfigError {
    ConfigError::Invalid { key, message }
}

/// The value, if it is at least 1.
pub(super) fn at_least_one<T: Into<i128> + Copy>(
    key: &'static str,
    value: T,
) -> Result<T, ConfigError> {
    let number: i128 = value.into();
    if number >= 1 {
        return Ok(value);
    }
    Err(invalid(key, format!("{number} is too small; the smallest value is 1")))
}

/// A number of seconds, from 1 to what is in effect for ever: times must not overflow.
pub(super) fn seconds(key: &'static str, value: i64) -> Result<i64, ConfigError> {
    if value > CENTURY_SECONDS {
        let text = format!("{value} is too large; the largest value is {CENTURY_SECONDS}");
        return Err(invalid(key, text));
    }
    at_least_one(key, value)
}

/// A log filter whose parts are levels, or `target=level`: a bare word of any other kind would mute
/// everything.
pub(super) fn log_filter(filter: String) -> Result<String, ConfigError> {
    for part in filter.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
        let is_level = LEVELS.iter().any(|known| level.eq_ignore_ascii_case(known));
        // A filter of spans, which may contain anything.
        if is_level || part.contains(['[', ']', '{', '}']) {
            continue;
        }
        let nearest = LEVELS.iter().min_by_key(|known| distance(level, known)).unwrap_or(&"info");
        let hint = if distance(level, nearest) <= 2 {
            format!("did you mean `{nearest}`?")
        } else {
            "such as `info`, or `warn,birdhouse=debug` for more of one part".to_owned()
        };
        let levels = LEVELS.join(", ");
        return Err(invalid("log", format!("`{level}` is none of the levels {levels}; {hint}")));
    }
    Ok(filter)
}

/// Overrides of rate limits, by the names of windows.
pub(super) fn rate_figures(
    figures: BTreeMap<String, u32>,
) -> Result<HashMap<Bucket, u32>, ConfigError> {
    let bucket = |(name, calls): (String, u32)| {
        if let Some(row) = TABLE.iter().find(|row| row.name == name) {
            return Ok((row.bucket, calls));
        }
        let hint = match nearest(&name, TABLE.iter().map(|row| row.name)) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "birdhouse.example.toml lists every one".to_owned(),
        };
        Err(invalid("rate_figures", format!("`{name}` is no rate window; {hint}")))
    };
    figures.into_iter().map(bucket).collect()
}

/// A database URL that names what can be kept.
pub(super) fn database_url(url: String) -> Result<String, ConfigError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        if path.is_empty() || path.contains(":memory:") || path.contains("mode=memory") {
            let message =
                format!("`{url}` keeps nothing; name a file, such as sqlite:birdhouse.db");
            return Err(invalid("database_url", message));
        }
        return Ok(url);
    }
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(url);
    }
    // The value is not repeated: it may contain a password.
    let message = "must start with sqlite: or postgres://, such as sqlite:birdhouse.db";
    Err(invalid("database_url", message.to_owned()))
}

/// The URL of the listener, if no other is set. A listener on every address is reached from the same
/// machine by this one.
pub(super) fn url_of(listen: SocketAddr) -> String {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, listen.port()))
}

/// Networks, each an address and the number of bits that count.
pub(super) fn networks(key: &'static str, texts: &[String]) -> Result<Vec<Network>, ConfigError> {
    let parse =
        |text: &String| text.parse::<Network>().map_err(|error| invalid(key, error.to_string()));
    texts.iter().map(parse).collect()
}

/// A public URL without a path: clients sign the path that they request, and a proxy that removes a
/// part of it would make every signature wrong.
pub(super) fn public_url(value: &str) -> Result<String, ConfigError> {
    let key = "public_url";
    let url = value.trim_end_matches('/');
    let Some(authority) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"))
    else {
        return Err(invalid(key, format!("`{url}` does not start with http:// or https://")));
    };
    if authority.is_empty() || authority.contains(|c: char| c.is_whitespace() || c == '@') {
        let message = format!("`{url}` names no host; such as https://media.example.org");
        return Err(invalid(key, message));
    }
    if let Some(at) = authority.find(['/', '?', '#']) {
        let root = &url[..url.len() - authority.len() + at];
        let message = format!(
            "`{url}` has a path, but clients sign paths as they request them: give Birdhouse a \
             host of its own, such as `{root}`"
        );
        return Err(invalid(key, message));
    }
    Ok(url.to_owned())
}

//! URLs that requests may be sent to.

use hyper::Uri;
use std::net::IpAddr;

/// The most bytes of a URL.
const MAX_BYTES: usize = 2048;

/// Where a request is sent: scheme, host, port and path of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(crate) is_tls: bool,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// Host and port as the URL has them, for the header `Host`.
    pub(crate) authority: String,
    /// Path and query.
    pub(crate) path: String,
    /// Whether the operator named it, and not a user.
    pub(crate) is_operators: bool,
}

/// A host as a URL names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    Address(IpAddr),
    Name(String),
}

/// Why a URL is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no URL with a host.
    #[error("is not an absolute http:// or https:// URL")]
    Malformed,
    /// It is too long.
    #[error("has more than {MAX_BYTES} bytes")]
    TooLong,
    /// It has a user name or password.
    #[error("has a user name or password; the signature says who sends")]
    HasCredentials,
    /// It has a fragment.
    #[error("has a fragment, which is never sent")]
    HasFragment,
    /// Its host is a number in disguise, or no name.
    #[error("does not name its host by a DNS name or an ordinary address")]
    HostInvalid,
}

impl Target {
    /// Parses an absolute URL of http or https.
    pub fn parse(url: &str) -> Result<Self, TargetError> {
        if url.len() > MAX_BYTES {
            return Err(TargetError::TooLong);
        }
        if url.contains('#') {
            return Err(TargetError::HasFragment);
        }
        let uri: Uri = url.parse().map_err(|_| TargetError::Malformed)?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(TargetError::Malformed),
        };
        let authority = uri.authority().ok_or(TargetError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(TargetError::HasCredentials);
        }
        let port = match authority.port() {
            Some(port) => port.as_u16(),
            // `host:` and `host:99999` have no port that can be read.
            None if authority.as_str() == authority.host() => {
                if is_tls {
                    443
                } else {
                    80
                }
            }
            None => return Err(TargetError::Malformed),
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let host = host(authority.host())?;
        let authority = authority.as_str().to_owned();
        Ok(Self { is_tls, host, port, authority, path, is_operators: false })
    }

    /// A URL of the operator's own settings: if its host is an address, that one may be reached even if it
    /// is not public. A name could have any address, and may have public and allowed ones only.
    #[must_use]
    pub fn of_operator(self) -> Self {
        Self { is_operators: true, ..self }
    }

    /// Host and port as the URL has them, without what may be secret.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

fn host(text: &str) -> Result<Host, TargetError> {
    if let Some(inside) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let ip = inside.parse().map_err(|_| TargetError::HostInvalid)?;
        return Ok(Host::Address(IpAddr::V6(ip)));
    }
    if let Ok(ip) = text.parse() {
        return Ok(Host::Address(IpAddr::V4(ip)));
    }
    let is_name = !text.is_empty()
        && text.len() <= 253
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'));
    // 2130706433, 0x7f.1 and 0177.0.0.1 are addresses to a resolver, but not to readers. No top-level
    // domain begins with a digit.
    let last = text.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    if is_name && last.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Ok(Host::Name(text.to_owned()));
    }
    Err(TargetError::HostInvalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_taken_apart() {
        let target = Target::parse("https://Hooks.example:8443/a/b?c=d").unwrap();
        assert_eq!((target.is_tls, target.port), (true, 8443));
        assert_eq!(target.host, Host::Name("Hooks.example".to_owned()));
        assert_eq!(
            (target.authority.as_str(), target.path.as_str()),
            ("Hooks.example:8443", "/a/b?c=d")
        );
        let target = Target::parse("http://[2606:4700::1111]").unwrap();
        assert_eq!((target.port, target.path.as_str()), (80, "/"));
        assert_eq!(target.host, Host::Address("2606:4700::1111".parse().unwrap()));
    }

    #[test]
    fn other_urls_are_refused() {
        use TargetError::{HasCredentials, HasFragment, HostInvalid, Malformed, TooLong};
        let long = format!("https://a.example/{}", "x".repeat(2048));
        let cases = [
            ("", Malformed),
            ("/path", Malformed),
            ("a.example", Malformed),
            ("ftp://a.example/", Malformed),
            ("file:///etc/passwd", Malformed),
            ("gopher://a.example/", Malformed),
            ("http:///path", Malformed),
            ("http://a.example:99999/", Malformed),
            ("http://a.example:/", Malformed),
            ("http://a.example /", Malformed),
            ("http://user:secret@a.example/", HasCredentials),
            ("http://1.1.1.1@127.0.0.1/", HasCredentials),
            ("http://a.example/#x", HasFragment),
            ("http://a.example#@b.example/", HasFragment),
            ("http://2130706433/", HostInvalid),
            ("http://0x7f000001/", HostInvalid),
            ("http://0x7f.1/", HostInvalid),
            ("http://0177.0.0.1/", HostInvalid),
            ("http://017700000001/", HostInvalid),
            ("http://127.1/", HostInvalid),
            ("http://127.0.0.1./", HostInvalid),
            ("http://a.0x7f/", HostInvalid),
            ("http://[::1%25lo]/", Malformed),
            ("http://[127.0.0.1]/", HostInvalid),
            (long.as_str(), TooLong),
        ];
        for (url, expected) in cases {
            let refused = Target::parse(url).unwrap_err();
            let is_either =
                matches!((refused, expected), (HostInvalid, Malformed) | (Malformed, HostInvalid));
            assert!(refused == expected || is_either, "{url}: {refused:?}");
        }
        for url in ["http://ｅxample.com/", "http://①②⑦.0.0.1/", "http://a。example/"] {
            assert!(Target::parse(url).is_err(), "{url}");
        }
    }
}

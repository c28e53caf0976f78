//! The hosts that a client may have signed a request for.

use super::forwarded::parameter;
use axum::extract::OriginalUri;
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Uri};
use birdhouse_core::app::App;
use birdhouse_domain::hosts::WELL_KNOWN_HOSTS;
use std::net::SocketAddr;

/// The connection of a request; the listener adds it to every request.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Address of the client or proxy.
    pub address: SocketAddr,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

/// Schemes and hosts that the client may have signed: those reported by a trusted proxy, those of
/// the connection, those of the public URL, and the hosts that clients hard-code.
pub fn bases(app: &App, parts: &Parts) -> Vec<(String, String)> {
    let text = |name: &str| parts.headers.get(name).and_then(|v| v.to_str().ok());
    let peer = parts.extensions.get::<Peer>();
    let host = original_uri(&parts.extensions, &parts.uri).authority().map(ToString::to_string);
    let host = host.or_else(|| text("host").map(str::to_owned)).unwrap_or_default();
    let is_tls = peer.is_some_and(|p| p.is_tls);
    let schemes = if is_tls { ["https", "http"] } else { ["http", "https"] };
    let mut all: Vec<(String, String)> = Vec::with_capacity(8);
    let is_trusted =
        peer.is_some_and(|p| app.config.trusted_proxies.contains(&p.address.ip().to_canonical()));
    if is_trusted {
        let (proto, forwarded_host) = forwarded(&parts.headers);
        if proto.is_some() || forwarded_host.is_some() {
            let scheme = proto.unwrap_or_else(|| schemes[0].to_owned());
            all.push((scheme, forwarded_host.unwrap_or_else(|| host.clone())));
        }
    }
    all.extend(schemes.map(|scheme| (scheme.to_owned(), host.clone())));
    if let Some((scheme, rest)) = app.config.public_url.split_once("://") {
        let authority = rest.split('/').next().unwrap_or(rest);
        all.push((scheme.to_owned(), authority.to_owned()));
    }
    all.extend(WELL_KNOWN_HOSTS.map(|host| ("https".to_owned(), host.to_owned())));
    let mut seen = Vec::with_capacity(all.len());
    all.retain(|base| {
        !seen.contains(base) && {
            seen.push(base.clone());
            true
        }
    });
    all
}

/// Scheme and host of `Forwarded` (RFC 7239) or else `X-Forwarded-*`; the first of several proxies.
fn forwarded(headers: &HeaderMap) -> (Option<String>, Option<String>) {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    let first = |value: &str| value.split(',').next().unwrap_or_default().trim().to_owned();
    if let Some(value) = text("forwarded") {
        let element = first(value);
        let part = |name: &str| parameter(&element, name).map(str::to_ascii_lowercase);
        return (part("proto"), part("host"));
    }
    (
        text("x-forwarded-proto").map(first).map(|p| p.to_ascii_lowercase()),
        text("x-forwarded-host").map(first),
    )
}

/// The URI as sent, before its suffix was removed.
pub fn original_uri<'a>(extensions: &'a Extensions, uri: &'a Uri) -> &'a Uri {
    extensions.get::<OriginalUri>().map_or(uri, |original| &original.0)
}

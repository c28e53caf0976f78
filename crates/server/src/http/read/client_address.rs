//! The address of a client, to count its attempts.

use super::hosts::Peer;
use axum::http::request::Parts;
use birdhouse_core::app::App;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The address of the client: that of the connection, or what trusted proxies report in
/// `X-Forwarded-For`, whose last entry that is no such proxy was written by one.
pub fn client_address(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<Peer>();
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.address.ip().to_canonical());
    let is_proxy = |address: &IpAddr| app.config.trusted_proxies.contains(address);
    let lines = parts.headers.get_all("x-forwarded-for").iter();
    let lines: Vec<&str> = lines.filter_map(|value| value.to_str().ok()).collect();
    let reported = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut client = peer;
    for text in reported {
        if !is_proxy(&client) {
            break;
        }
        match parse(text.trim()) {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let address = text.parse::<SocketAddr>().map(|address| address.ip());
    let address = address.or_else(|_| text.trim_matches(['[', ']']).parse());
    address.ok().map(|address: IpAddr| address.to_canonical())
}

//! The address of a client, to count its attempts and requests, and for access lines.

use super::forwarded::parameter;
use super::hosts::Peer;
use axum::http::{Extensions, HeaderMap};
use birdhouse_core::app::App;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The address of the client: that of the connection, or what trusted proxies report, whose last entry
/// that is no such proxy was written by one. `X-Forwarded-For` wins over `Forwarded` (RFC 7239): of
/// proxies that write only one, most write this one, and pass the other on as it came.
pub fn client_address(app: &App, extensions: &Extensions, headers: &HeaderMap) -> IpAddr {
    let peer = extensions.get::<Peer>();
    let peer = peer.map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.address.ip().to_canonical());
    let is_proxy = |address: &IpAddr| app.config.trusted_proxies.contains(address);
    let lines = |name| {
        let lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        lines.collect::<Vec<_>>().join(",")
    };
    let (old, new) = (lines("x-forwarded-for"), lines("forwarded"));
    let reported: Box<dyn Iterator<Item = Option<IpAddr>>> = if old.is_empty() {
        Box::new(new.rsplit(',').map(|element| parse(parameter(element, "for")?)))
    } else {
        Box::new(old.rsplit(',').map(parse))
    };
    let mut client = peer;
    for address in reported {
        if !is_proxy(&client) {
            break;
        }
        match address {
            Some(address) => client = address,
            None => break,
        }
    }
    client
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let address = text.parse::<SocketAddr>().map(|address| address.ip());
    let address = address.or_else(|_| text.trim_matches(['[', ']']).parse());
    address.ok().map(|address: IpAddr| address.to_canonical())
}

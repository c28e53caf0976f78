//! Signatures (RFC 5849, section 3.4): the base string, signing, and verifying in constant time.

use crate::params::Params;
use crate::percent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;
use std::fmt::{self, Write as _};
use subtle::ConstantTimeEq;

/// How a request is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `HMAC-SHA1`.
    HmacSha1,
    /// `HMAC-SHA256`.
    HmacSha256,
}

impl Method {
    /// The value of `oauth_signature_method`.
    pub fn name(self) -> &'static str {
        match self {
            Self::HmacSha1 => "HMAC-SHA1",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// Reads [`Method::name`] in any case.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::HmacSha1, Self::HmacSha256].into_iter().find(|m| m.name().eq_ignore_ascii_case(name))
    }
}

/// All parameters, sorted by their encoded names and values; `oauth_signature` is omitted.
pub fn normalize<'a>(groups: &[&'a Params]) -> Vec<(&'a str, &'a str)> {
    let all = groups.iter().flat_map(|group| &group.0);
    let signed = all.filter(|(name, _)| name != "oauth_signature");
    let mut pairs: Vec<_> = signed.map(|(n, v)| (n.as_str(), v.as_str())).collect();
    pairs.sort_unstable_by(|a, b| {
        percent::compare(a.0, b.0).then_with(|| percent::compare(a.1, b.1))
    });
    pairs
}

/// Scheme, host in lower case without a default port, and path as sent.
pub fn base_url(scheme: &str, host: &str, path: &str) -> String {
    let scheme = scheme.to_ascii_lowercase();
    let mut host = host.to_ascii_lowercase();
    let default = if scheme == "https" { ":443" } else { ":80" };
    if host.ends_with(default) {
        host.truncate(host.len() - default.len());
    }
    format!("{scheme}://{host}{path}")
}

/// The signature base string: method, URL and normalized parameters, each percent-encoded. It is
/// printed piece by piece, because it can be five times as long as what was sent.
#[derive(Clone, Copy, Debug)]
pub struct BaseString<'a> {
    /// `GET`, `POST`, …, in any case.
    pub method: &'a str,
    /// As [`base_url`] returns it.
    pub url: &'a str,
    /// As [`normalize`] returns them.
    pub parameters: &'a [(&'a str, &'a str)],
}

impl fmt::Display for BaseString<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}&", self.method.to_ascii_uppercase())?;
        percent::encode_into(out, self.url)?;
        out.write_str("&")?;
        for (index, (name, value)) in self.parameters.iter().enumerate() {
            // An ampersand and an equals sign, encoded.
            out.write_str(if index == 0 { "" } else { "%26" })?;
            percent::encode_twice_into(out, name)?;
            out.write_str("%3D")?;
            percent::encode_twice_into(out, value)?;
        }
        Ok(())
    }
}

/// Signs; the result is base64.
pub fn sign(
    method: Method,
    base: BaseString<'_>,
    consumer_secret: &str,
    token_secret: &str,
) -> String {
    STANDARD.encode(mac(method, base, consumer_secret, token_secret))
}

/// Whether `presented` is the signature, compared in constant time.
pub fn verify(
    method: Method,
    base: BaseString<'_>,
    consumer_secret: &str,
    token_secret: &str,
    presented: &str,
) -> bool {
    let Ok(presented) = STANDARD.decode(presented) else { return false };
    mac(method, base, consumer_secret, token_secret).ct_eq(&presented).into()
}

fn mac(method: Method, base: BaseString<'_>, consumer_secret: &str, token_secret: &str) -> Vec<u8> {
    let key = format!("{}&{}", percent::encode(consumer_secret), percent::encode(token_secret));
    match method {
        Method::HmacSha1 => keyed::<Hmac<Sha1>>(&key, base),
        Method::HmacSha256 => keyed::<Hmac<Sha256>>(&key, base),
    }
}

fn keyed<M: Mac + hmac::digest::KeyInit>(key: &str, base: BaseString<'_>) -> Vec<u8> {
    let mac = <M as Mac>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    let mut out = MacWriter(mac);
    write!(out, "{base}").expect("a MAC takes everything");
    out.0.finalize().into_bytes().to_vec()
}

/// Feeds text to a MAC.
struct MacWriter<M>(M);

impl<M: Mac> fmt::Write for MacWriter<M> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.update(text.as_bytes());
        Ok(())
    }
}

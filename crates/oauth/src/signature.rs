//! Signatures (RFC 5849, section 3.4): the base string, signing, and verifying in constant time.

use crate::params::Params;
use crate::percent;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::Sha256;
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

/// All parameters, encoded, sorted and joined; `oauth_signature` is omitted.
pub fn normalize(groups: &[&Params]) -> String {
    let all = groups.iter().flat_map(|group| &group.0);
    let signed = all.filter(|(name, _)| name != "oauth_signature");
    let mut pairs: Vec<(String, String)> =
        signed.map(|(n, v)| (percent::encode(n), percent::encode(v))).collect();
    pairs.sort_unstable();
    let length = pairs.iter().map(|(n, v)| n.len() + v.len() + 2).sum();
    let mut out = String::with_capacity(length);
    for (name, value) in &pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    out
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

/// The signature base string: method, URL and parameters, each percent-encoded.
pub fn base_string(http_method: &str, base_url: &str, normalized: &str) -> String {
    let length = http_method.len() + base_url.len() + normalized.len();
    let mut out = String::with_capacity(length + length / 3 + 16);
    out.push_str(&http_method.to_ascii_uppercase());
    out.push('&');
    percent::encode_into(&mut out, base_url);
    out.push('&');
    percent::encode_into(&mut out, normalized);
    out
}

/// Signs; the result is base64.
pub fn sign(method: Method, base: &str, consumer_secret: &str, token_secret: &str) -> String {
    STANDARD.encode(mac(method, base, consumer_secret, token_secret))
}

/// Whether `presented` is the signature, compared in constant time.
pub fn verify(
    method: Method,
    base: &str,
    consumer_secret: &str,
    token_secret: &str,
    presented: &str,
) -> bool {
    let Ok(presented) = STANDARD.decode(presented) else { return false };
    mac(method, base, consumer_secret, token_secret).ct_eq(&presented).into()
}

fn mac(method: Method, base: &str, consumer_secret: &str, token_secret: &str) -> Vec<u8> {
    let mut key = percent::encode(consumer_secret);
    key.push('&');
    percent::encode_into(&mut key, token_secret);
    match method {
        Method::HmacSha1 => keyed::<Hmac<Sha1>>(&key, base),
        Method::HmacSha256 => keyed::<Hmac<Sha256>>(&key, base),
    }
}

fn keyed<M: Mac + hmac::digest::KeyInit>(key: &str, text: &str) -> Vec<u8> {
    let mut mac =
        <M as Mac>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

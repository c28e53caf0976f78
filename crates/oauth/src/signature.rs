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

/// Parameters in the order of the base string, borrowed: however long they are, a signature over them
/// is verified without a copy.
#[derive(Debug)]
pub struct SortedParams<'a>(Vec<(&'a str, &'a str)>);

impl<'a> SortedParams<'a> {
    /// All parameters; `oauth_signature` is omitted.
    pub fn of(groups: &[&'a Params]) -> Self {
        let all = groups.iter().flat_map(|group| &group.0);
        let signed = all.filter(|(name, _)| name != "oauth_signature");
        let mut pairs: Vec<(&str, &str)> = signed.map(|(n, v)| (n.as_str(), v.as_str())).collect();
        pairs.sort_unstable_by(|one, other| {
            let by_value = || percent::compare_encoded(one.1, other.1);
            percent::compare_encoded(one.0, other.0).then_with(by_value)
        });
        Self(pairs)
    }

    /// Whether `presented` is the signature of a request with these parameters, compared in constant
    /// time.
    pub fn verify(&self, key: &SigningKey<'_>, request: (&str, &str), presented: &str) -> bool {
        let Ok(presented) = STANDARD.decode(presented) else { return false };
        let secret = key.bytes();
        let made = match key.method {
            Method::HmacSha1 => self.mac::<Hmac<Sha1>>(&secret, request),
            Method::HmacSha256 => self.mac::<Hmac<Sha256>>(&secret, request),
        };
        made.ct_eq(&presented).into()
    }

    fn mac<M: Mac + hmac::digest::KeyInit>(&self, key: &str, request: (&str, &str)) -> Vec<u8> {
        let mut mac = keyed::<M>(key);
        self.write_base_string(request, &mut |piece| mac.update(piece));
        mac.finalize().into_bytes().to_vec()
    }

    /// Passes the base string of a method and a base URL to `sink` in pieces.
    fn write_base_string(&self, request: (&str, &str), sink: &mut impl FnMut(&[u8])) {
        sink(base_string(request.0, request.1, "").as_bytes());
        for (at, (name, value)) in self.0.iter().enumerate() {
            if at > 0 {
                sink(b"%26");
            }
            percent::encode_twice(name, sink);
            sink(b"%3D");
            percent::encode_twice(value, sink);
        }
    }
}

/// What a request is signed with.
#[derive(Clone, Copy)]
pub struct SigningKey<'a> {
    /// How it is signed.
    pub method: Method,
    /// Secret of the app.
    pub consumer_secret: &'a str,
    /// Secret of the token; empty without one.
    pub token_secret: &'a str,
}

impl SigningKey<'_> {
    fn bytes(&self) -> String {
        let mut key = percent::encode(self.consumer_secret);
        key.push('&');
        percent::encode_into(&mut key, self.token_secret);
        key
    }
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
    let key = SigningKey { method, consumer_secret, token_secret }.bytes();
    match method {
        Method::HmacSha1 => {
            keyed::<Hmac<Sha1>>(&key).chain_update(base).finalize().into_bytes().to_vec()
        }
        Method::HmacSha256 => {
            keyed::<Hmac<Sha256>>(&key).chain_update(base).finalize().into_bytes().to_vec()
        }
    }
}

fn keyed<M: Mac + hmac::digest::KeyInit>(key: &str) -> M {
    <M as Mac>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_base_string_in_pieces_is_the_one_that_is_signed(
            pairs in prop::collection::vec(("[a&=% ~é]{0,3}", "\\PC{0,9}"), 0..8),
        ) {
            let params = Params(pairs);
            let url = "https://api.twitter.com/1.1/media/upload.json";
            let mut streamed = Vec::new();
            let sorted = SortedParams::of(&[&params]);
            sorted.write_base_string(("post", url), &mut |piece| streamed.extend_from_slice(piece));
            let whole = base_string("post", url, &normalize(&[&params]));
            prop_assert_eq!(String::from_utf8(streamed).unwrap(), whole);
        }
    }
}

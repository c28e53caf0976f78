//! Signs requests.

use crate::header;
use crate::params::Params;
use crate::signature::{self, BaseString, Method};

/// The credentials of a client.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// Consumer key.
    pub consumer_key: String,
    /// Consumer secret.
    pub consumer_secret: String,
    /// Access token; empty for a two-legged signature.
    pub token: String,
    /// Its secret.
    pub token_secret: String,
}

/// A request to sign.
#[derive(Clone, Copy, Debug)]
pub struct UnsignedRequest<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Whole URL, with its query.
    pub url: &'a str,
    /// Parameters of an urlencoded body.
    pub form: Option<&'a Params>,
    /// A value that is unique among requests with this timestamp.
    pub nonce: &'a str,
    /// Seconds since 1970.
    pub timestamp: i64,
    /// How to sign.
    pub signature_method: Method,
}

/// Signs a request; returns the value of the `Authorization` header.
pub fn authorization_header(credentials: &Credentials, request: &UnsignedRequest<'_>) -> String {
    let (address, query) = request.url.split_once('?').unwrap_or((request.url, ""));
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let slash = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(slash);
    let base_url = signature::base_url(scheme, host, if path.is_empty() { "/" } else { path });
    let mut oauth = Params::default();
    oauth.push("oauth_consumer_key", &credentials.consumer_key);
    oauth.push("oauth_nonce", request.nonce);
    oauth.push("oauth_signature_method", request.signature_method.name());
    oauth.push("oauth_timestamp", request.timestamp.to_string());
    if !credentials.token.is_empty() {
        oauth.push("oauth_token", &credentials.token);
    }
    oauth.push("oauth_version", "1.0");
    let (query, none) = (Params::parse_own(query.as_bytes()), Params::default());
    let parameters = signature::normalize(&[&oauth, &query, request.form.unwrap_or(&none)]);
    let base = BaseString { method: request.method, url: &base_url, parameters: &parameters };
    let (consumer, token) = (&credentials.consumer_secret, &credentials.token_secret);
    let signed = signature::sign(request.signature_method, base, consumer, token);
    oauth.push("oauth_signature", signed);
    header::print(&oauth)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The published example of "creating a signature".
    #[test]
    fn the_published_example_gives_the_published_signature() {
        let credentials = Credentials {
            consumer_key: "xvz1evFS4wEEPTGEFPHBog".into(),
            consumer_secret: "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw".into(),
            token: "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb".into(),
            token_secret: "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE".into(),
        };
        let mut form = Params::default();
        form.push("status", "Hello Ladies + Gentlemen, a signed OAuth request!");
        let sign = |url: &str| {
            authorization_header(
                &credentials,
                &UnsignedRequest {
                    method: "POST",
                    url,
                    form: Some(&form),
                    nonce: "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
                    timestamp: 1_318_622_958,
                    signature_method: Method::HmacSha1,
                },
            )
        };
        let expected = [
            ("https://api.twitter.com/1/statuses/update.json", "tnnArxj06cWHq44gCs1OSKk%2FjLY%3D"),
            (
                "https://api.twitter.com/1.1/statuses/update.json",
                "hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D",
            ),
        ];
        for (url, signature) in expected {
            let header = sign(&format!("{url}?include_entities=true"));
            assert!(header.contains(signature), "{header}");
        }
    }

    /// RFC 5849, section 1.2: the printer's photos.
    #[test]
    fn the_example_of_the_rfc_gives_its_signature() {
        let url = signature::base_url("http", "photos.example.net:80", "/photos");
        let mut params = Params::parse(b"file=vacation.jpg&size=original").unwrap();
        for (name, value) in [
            ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
            ("oauth_token", "nnch734d00sl2jdk"),
            ("oauth_signature_method", "HMAC-SHA1"),
            ("oauth_timestamp", "137131202"),
            ("oauth_nonce", "chapoH"),
        ] {
            params.push(name, value);
        }
        let parameters = signature::normalize(&[&params]);
        let base = BaseString { method: "GET", url: &url, parameters: &parameters };
        let signed =
            signature::sign(Method::HmacSha1, base, "kd94hf93k423kf44", "pfkkdhi9sl3r4s00");
        assert_eq!(signed, "MdpQcU8iPSUjWoN/UDMsK2sui9I=");
    }

    /// RFC 5849, section 3.4.1.1.
    #[test]
    fn the_example_of_the_rfc_gives_its_base_string() {
        let query = Params::parse(b"b5=%3D%253D&a3=a&c%40=&a2=r%20b").unwrap();
        let form = Params::parse(b"c2&a3=2+q").unwrap();
        let head = r#"OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2",
            oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1",
            oauth_timestamp="137131201", oauth_nonce="7d8f3e4a",
            oauth_signature="bYT5CMsGcbgUdFHObYMEfcx6bsw%3D""#;
        let oauth = header::parse(head).unwrap();
        let url = signature::base_url("http", "EXAMPLE.COM:80", "/request");
        let parameters = signature::normalize(&[&query, &form, &oauth]);
        let base = BaseString { method: "post", url: &url, parameters: &parameters };
        assert_eq!(
            base.to_string(),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D\
             %253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_non\
             ce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26o\
             auth_token%3Dkkk9d7dh3k39sjv7"
        );
    }
}

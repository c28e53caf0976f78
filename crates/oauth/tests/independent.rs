//! Signatures of another library verify, and fail after any single change.

use birdhouse_oauth::header;
use birdhouse_oauth::params::Params;
use birdhouse_oauth::signature::{BaseString, Method, base_url, normalize, verify};
use oauth1_request::signature_method::HmacSha1;
use oauth1_request::{Builder, Credentials, ParameterList};
use proptest::prelude::*;

const URL: &str = "https://api.twitter.com/1.1/statuses/update.json";

/// The header that the other library makes for these parameters.
fn signed_elsewhere(pairs: &[(String, String)], secrets: (&str, &str)) -> Params {
    let parameters: Vec<(&str, &str)> =
        pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let list = ParameterList::new(parameters);
    let mut builder = Builder::new(Credentials::new("key", secrets.0), HmacSha1::new());
    builder.token(Some(Credentials::new("1-token", secrets.1)));
    builder.nonce("nonce").timestamp(std::num::NonZeroU64::new(1_767_225_600));
    header::parse(&builder.post(URL, &list)).expect("the library prints a header")
}

fn verifies(
    oauth: &Params,
    pairs: &Params,
    method: &str,
    url: (&str, &str),
    secrets: (&str, &str),
) -> bool {
    let url = base_url("https", url.0, url.1);
    let parameters = normalize(&[oauth, pairs]);
    let base = BaseString { method, url: &url, parameters: &parameters };
    let presented = oauth.get("oauth_signature").expect("it is signed");
    verify(Method::HmacSha1, base, secrets.0, secrets.1, presented)
}

const HERE: (&str, &str) = ("api.twitter.com", "/1.1/statuses/update.json");

proptest! {
    #[test]
    fn what_another_library_signs_verifies_and_any_change_fails(
        // The other library leaves names as they are, so these need no encoding.
        pairs in prop::collection::btree_map("[A-Za-z0-9_.~-]{1,12}", "\\PC{0,30}", 0..8),
        consumer in "[A-Za-z0-9]{1,50}",
        token in "\\PC{1,40}",
        place in any::<prop::sample::Index>(),
    ) {
        let pairs: Vec<(String, String)> = pairs.into_iter().filter(|(n, _)| !n.starts_with("oauth_")).collect();
        let secrets = (consumer.as_str(), token.as_str());
        let oauth = signed_elsewhere(&pairs, secrets);
        let sent = Params(pairs.clone());
        prop_assert!(verifies(&oauth, &sent, "POST", HERE, secrets));
        // As the server reads them from a form.
        prop_assert!(verifies(&oauth, &Params::parse(sent.print().as_bytes()).unwrap(), "post", ("API.TWITTER.COM:443", HERE.1), secrets));

        let changed = |pairs: Vec<(String, String)>| verifies(&oauth, &Params(pairs), "POST", HERE, secrets);
        let mut more = pairs.clone();
        more.push(("another".into(), String::new()));
        prop_assert!(!changed(more));
        if !pairs.is_empty() {
            let at = place.index(pairs.len());
            for change in 0..4 {
                let mut other = pairs.clone();
                match change {
                    0 => other[at].0.push('x'),
                    1 => other[at].1.push(' '),
                    2 => drop(other.remove(at)),
                    _ => other.push(other[at].clone()),
                }
                prop_assert!(!changed(other));
            }
        }
        prop_assert!(!verifies(&oauth, &sent, "GET", HERE, secrets));
        prop_assert!(!verifies(&oauth, &sent, "POST", ("api.x.com", HERE.1), secrets));
        prop_assert!(!verifies(&oauth, &sent, "POST", (HERE.0, "/1.1/statuses/update"), secrets));
        prop_assert!(!verifies(&oauth, &sent, "POST", HERE, ("other", secrets.1)));
        prop_assert!(!verifies(&oauth, &sent, "POST", HERE, (secrets.0, "other")));
        for at in 0..oauth.len() {
            let mut other = oauth.clone();
            if other.0[at].0 == "oauth_signature" {
                continue;
            }
            other.0[at].1.push('0');
            prop_assert!(!verifies(&other, &sent, "POST", HERE, secrets));
        }
    }

    #[test]
    fn headers_and_forms_round_trip_and_no_text_panics(
        pairs in prop::collection::btree_map("[!-~]{1,12}", "\\PC{0,30}", 1..10),
        any_text in "\\PC{0,200}",
        any_bytes: Vec<u8>,
    ) {
        let sent = Params(pairs.into_iter().filter(|(n, _)| !n.eq_ignore_ascii_case("realm")).collect());
        prop_assert_eq!(&header::parse(&header::print(&sent)).unwrap(), &sent);
        prop_assert_eq!(&Params::parse(sent.print().as_bytes()).unwrap(), &sent);
        drop(header::parse(&any_text));
        drop(header::parse(&format!("OAuth {any_text}")));
        drop(Params::parse(&any_bytes));
    }
}

//! Callback URLs: where a browser is redirected after consent.

/// The callback of an app without a URL: the user types a PIN into it.
pub const OUT_OF_BAND: &str = "oob";
/// Maximum number of callback URLs of one app (documented).
pub const MAX_CALLBACKS: usize = 10;

/// Schemes that run scripts, or that a browser opens by itself.
const REFUSED_SCHEMES: [&str; 8] =
    ["javascript", "data", "vbscript", "file", "about", "blob", "filesystem", "view-source"];

/// Whether a browser may be redirected to this URL: any scheme but those that run scripts or are the
/// browser's own, and on the web a host without the name of a user, which would pass for one.
pub fn is_callback(callback: &str) -> bool {
    let is_clean = callback.len() <= 2048 && callback.bytes().all(|b| b.is_ascii_graphic());
    let Some((scheme, rest)) = callback.split_once("://") else { return false };
    let scheme = scheme.to_ascii_lowercase();
    let is_name = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
    let is_allowed = !scheme.is_empty() && is_name && !REFUSED_SCHEMES.contains(&&*scheme);
    let host = authority(rest);
    let has_host = !is_web(&scheme) || !host.is_empty() && !host.contains('@');
    is_clean && is_allowed && has_host
}

fn is_web(scheme: &str) -> bool {
    ["http", "https"].iter().any(|web| scheme.eq_ignore_ascii_case(web))
}

/// What a browser takes for the host, after `://`.
fn authority(rest: &str) -> &str {
    rest.split(['/', '\\', '?', '#']).next().unwrap_or_default()
}

/// Whether an app may use this callback in OAuth 1.0a: one that it registered, with any query, or
/// any valid one if it registered none.
pub fn is_approved(callback: &str, registered: &[String]) -> bool {
    if callback == OUT_OF_BAND {
        return true;
    }
    is_callback(callback) && (registered.is_empty() || is_registered(callback, registered))
}

/// Whether an app registered this callback, apart from its query.
pub fn is_registered(callback: &str, registered: &[String]) -> bool {
    let stem = callback.split(['?', '#']).next().unwrap_or_default();
    registered.iter().any(|known| known == stem)
}

/// The host that a callback leads to; of an app's own scheme the whole URL, without its query.
pub fn destination(callback: &str) -> &str {
    let stem = callback.split(['?', '#']).next().unwrap_or_default();
    match stem.split_once("://") {
        Some((scheme, rest)) if is_web(scheme) => {
            authority(rest).rsplit('@').next().unwrap_or_default()
        }
        _ => stem,
    }
}

#[cfg(test)]
mod tests {
    use super::{destination, is_approved};

    #[test]
    fn a_callback_must_be_a_registered_url_or_any_harmless_one_if_none_is_registered() {
        let own = ["https://app.example/done".to_owned()];
        assert!(is_approved("oob", &own));
        assert!(is_approved("https://app.example/done?x=1", &own));
        assert!(is_approved("my-app://done", &[]));
        for bad in ["https://evil.example/done", "https://app.example/done/../x", "", "/done"] {
            assert!(!is_approved(bad, &own), "{bad}");
        }
        let hostless = ["https:///evil.example/", "https://?x", "https://\\evil.example/"];
        let own_of_browsers = ["file:///etc/passwd", "about://x", "View-Source://x", "blob://x"];
        let scripts = ["javascript://x", "data:text/html,x", "https://a\r\nb: c", "://x"];
        let as_user = ["HTTPS://good.example@evil.example/"];
        for bad in [&hostless[..], &own_of_browsers, &scripts, &as_user].concat() {
            assert!(!is_approved(bad, &[]), "{bad}");
        }
    }

    #[test]
    fn a_destination_is_where_a_browser_really_goes() {
        for (callback, expected) in [
            ("https://app.example/done?x=1", "app.example"),
            ("http://127.0.0.1:3000/callback", "127.0.0.1:3000"),
            ("HTTPS://app.example@evil.example/", "evil.example"),
            ("https://evil.example\\@app.example/", "evil.example"),
            ("my-app://done", "my-app://done"),
        ] {
            assert_eq!(destination(callback), expected);
        }
    }
}

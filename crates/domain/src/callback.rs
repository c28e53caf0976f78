//! Callback URLs: where a browser is redirected after consent.

/// The callback of an app without a URL: the user types a PIN into it.
pub const OUT_OF_BAND: &str = "oob";
/// Maximum number of callback URLs of one app (documented).
pub const MAX_CALLBACKS: usize = 10;

/// Whether a browser may be redirected to this URL: any scheme but those that run scripts.
pub fn is_callback(callback: &str) -> bool {
    let scheme = callback.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_url = scheme.is_some_and(|scheme| {
        let is_name = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        !scheme.is_empty() && is_name && !["javascript", "data", "vbscript"].contains(&&*scheme)
    });
    let is_clean = callback.len() <= 2048 && callback.bytes().all(|b| b.is_ascii_graphic());
    is_url && is_clean
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
        Some(("http" | "https", rest)) => {
            let authority = rest.split(['/', '\\']).next().unwrap_or_default();
            authority.rsplit('@').next().unwrap_or_default()
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
        for bad in ["javascript://x", "data:text/html,x", "https://a\r\nb: c", "://x"] {
            assert!(!is_approved(bad, &[]), "{bad}");
        }
    }

    #[test]
    fn a_destination_is_where_a_browser_really_goes() {
        for (callback, expected) in [
            ("https://app.example/done?x=1", "app.example"),
            ("http://127.0.0.1:3000/callback", "127.0.0.1:3000"),
            ("https://app.example@evil.example/", "evil.example"),
            ("https://evil.example\\@app.example/", "evil.example"),
            ("my-app://done", "my-app://done"),
        ] {
            assert_eq!(destination(callback), expected);
        }
    }
}

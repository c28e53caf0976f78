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
    let stem = callback.split(['?', '#']).next().unwrap_or_default();
    is_callback(callback) && (registered.is_empty() || registered.iter().any(|known| known == stem))
}

#[cfg(test)]
mod tests {
    use super::is_approved;

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
}

//! Callback URLs: where a browser is sent after a consent.

/// The callback of an app that has no URL: the user carries a PIN over.
pub const OUT_OF_BAND: &str = "oob";
/// Callback URLs of one app, at most (documented).
pub const MAX_CALLBACKS: usize = 10;

/// Whether a browser may be sent there: a URL of any scheme but those that run scripts.
pub fn is_callback(callback: &str) -> bool {
    let scheme = callback.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_url = scheme.is_some_and(|scheme| {
        let is_name = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        !scheme.is_empty() && is_name && !["javascript", "data", "vbscript"].contains(&&*scheme)
    });
    let is_clean = callback.len() <= 2048 && callback.bytes().all(|b| b.is_ascii_graphic());
    is_url && is_clean
}

/// Whether an app may use this callback by OAuth 1.0a: one that it registered, with any query; an
/// app that registered none may name any.
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
    fn a_callback_is_a_url_without_scripts_and_registered_if_any_is() {
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

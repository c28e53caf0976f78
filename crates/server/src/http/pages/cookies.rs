//! Cookies.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use birdhouse_core::app::App;

/// A cookie of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The session of a user.
    Session,
    /// The nonce that forms are bound to.
    Form,
    /// The mark of a browser that a user signed in on before.
    Browser,
}

/// How long a browser keeps its mark.
const BROWSER_SECONDS: u32 = 365 * 24 * 3600;

impl Cookie {
    /// Its name. Over HTTPS it begins with `__Host-`, which browsers take from this host and over HTTPS
    /// only: neither a neighboring domain nor a network can plant one.
    fn name(self, app: &App) -> String {
        let name = match self {
            Self::Session => "birdhouse_session",
            Self::Form => "birdhouse_authenticity",
            Self::Browser => "birdhouse_browser",
        };
        format!("{}{name}", if is_secure(app) { "__Host-" } else { "" })
    }
}

fn is_secure(app: &App) -> bool {
    app.config.public_url.starts_with("https://")
}

/// The value of a cookie of the request.
pub(super) fn cookie<'a>(app: &App, headers: &'a HeaderMap, cookie: Cookie) -> Option<&'a str> {
    let name = cookie.name(app);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|p| p.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Sets a cookie.
pub(super) fn set_cookie(app: &App, response: &mut Response, cookie: Cookie, value: &str) {
    let life = match cookie {
        Cookie::Browser => Some(BROWSER_SECONDS),
        Cookie::Session | Cookie::Form => None,
    };
    append(app, response, cookie, (value, life));
}

/// Deletes a cookie.
pub(super) fn delete_cookie(app: &App, response: &mut Response, cookie: Cookie) {
    append(app, response, cookie, ("", Some(0)));
}

fn append(app: &App, response: &mut Response, cookie: Cookie, (value, life): (&str, Option<u32>)) {
    let secure = if is_secure(app) { "; Secure" } else { "" };
    let life = life.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let name = cookie.name(app);
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{life}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

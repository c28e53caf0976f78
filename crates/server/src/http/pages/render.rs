//! Rendering of HTML pages, and redirects.

use crate::http::trouble::Trouble;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use birdhouse_core::error::{Error, Result};
use birdhouse_oauth::percent;

#[derive(Template)]
#[template(path = "oauth/message.html")]
struct MessagePage<'a> {
    heading: &'a str,
    text: &'a str,
}

/// Completes the response to a page request: failures become a page, and headers forbid scripts,
/// framing and caching.
pub(crate) fn finish(outcome: Result<Response>) -> Response {
    let mut response = outcome.unwrap_or_else(|error| {
        let trouble = Trouble::of(&error);
        let mut response = message(trouble.status, "That did not work", trouble.text);
        trouble.set_headers(&mut response);
        response
    });
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Renders a page.
pub(crate) fn html(status: StatusCode, page: &impl Template) -> Result<Response> {
    let text = page.render().map_err(|e| Error::Broken(e.into()))?;
    Ok((status, Html(text)).into_response())
}

/// A page with a heading and one message.
pub(crate) fn message(status: StatusCode, heading: &str, text: &str) -> Response {
    html(status, &MessagePage { heading, text }).unwrap_or_else(|_| status.into_response())
}

/// The page for a form that was not sent by the page that this browser was shown last.
pub(crate) fn forged_form_page() -> Response {
    let text = "This form is out of date: perhaps you signed in or out in another tab. Go back, \
                reload the page and try again.";
    message(StatusCode::FORBIDDEN, "That did not work", text)
}

/// Makes a redirect one that the browser follows by GET.
pub(super) fn see_other(mut redirect: Response) -> Response {
    *redirect.status_mut() = StatusCode::SEE_OTHER;
    redirect
}

/// Redirects the browser to a URL with these parameters added to its query.
pub(crate) fn redirect(url: &str, parameters: &[(&str, &str)]) -> Response {
    let (stem, fragment) = url.split_once('#').unwrap_or((url, ""));
    let mut url = stem.to_owned();
    for (name, value) in parameters {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(&percent::encode(name));
        url.push('=');
        url.push_str(&percent::encode(value));
    }
    if !fragment.is_empty() {
        url.push('#');
        url.push_str(fragment);
    }
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

//! `/`, and every path where nothing is: a page for browsers, the error of the API for programs.

use super::render;
use crate::http::dialects;
use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;
use birdhouse_core::app::Shared;

#[derive(Template)]
#[template(path = "front.html")]
struct FrontPage<'a> {
    heading: &'a str,
    text: &'a str,
    is_home: bool,
}

/// What this server is.
pub(crate) async fn home(State(app): State<Shared>, request: Request) -> Response {
    let page = FrontPage {
        heading: "Media and their descriptions",
        text: "This server speaks the Twitter API: clients upload images and videos to it, and \
               describe them for people who cannot see them.",
        is_home: true,
    };
    respond(app, request, StatusCode::OK, &page)
}

/// 404.
pub(crate) async fn not_found(State(app): State<Shared>, request: Request) -> Response {
    let page = FrontPage {
        heading: "Nothing is here",
        text: "This address does not exist on this server. It may be mistyped, or what was here was \
               deleted.",
        is_home: false,
    };
    respond(app, request, StatusCode::NOT_FOUND, &page)
}

fn respond(app: Shared, request: Request, status: StatusCode, page: &FrontPage<'_>) -> Response {
    let is_reading = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if is_reading && accepts_html(request.headers()) {
        render::finish(render::html(status, page))
    } else {
        dialects::not_found(&app, &request)
    };
    response.headers_mut().append(header::VARY, HeaderValue::from_static("accept"));
    response
}

/// Whether HTML is named in `Accept`, as browsers do; `*/*`, which libraries send, is not enough.
fn accepts_html(headers: &HeaderMap) -> bool {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|mime| {
        let mut parts = mime.split(';').map(str::trim);
        let is_html = parts.next().is_some_and(|mime| mime.eq_ignore_ascii_case("text/html"));
        is_html && !parts.any(|parameter| matches!(parameter, "q=0" | "q=0.0"))
    })
}

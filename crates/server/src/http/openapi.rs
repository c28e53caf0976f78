//! `/openapi.json`, the contract of everything that is served, and `/docs`, the page that shows it
//! without scripts and without a network.

mod oauth;
mod operation;
mod page;
mod schemas;
mod v1;
mod v2;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use birdhouse_core::app::{App, Shared};
use operation::Operation;
use serde_json::{Map, Value, json};

/// Paths of this module.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(page::show))
        .route("/docs/style.css", get(page::style))
}

const ABOUT: &str = "Birdhouse speaks the media and Tweet endpoints of the Twitter API v1.1 and of \
                     the X API v2 over the same media: what one dialect uploads, another describes \
                     and either Tweets. Requests are signed by OAuth 1.0a, or carry an OAuth 2.0 \
                     bearer token under /2.";

/// What operations are listed under, in order.
pub(crate) const TAGS: [(&str, &str); 7] = [
    ("Media v2", "Upload, describe and look up media."),
    ("Posts v2", "Post, read and delete Tweets."),
    ("Users v2", "Look up users and their Tweets."),
    ("OAuth 2.0", "A user's consent, tokens and their end."),
    ("Media v1.1", "Upload and describe media as clients have done since 2016."),
    ("Tweets v1.1", "Post, read and delete Tweets."),
    ("Account v1.1 and OAuth 1.0a", "Who asks, what is left of the rate windows, and signing in."),
];

/// Every operation.
pub(crate) fn operations() -> Vec<Operation> {
    [v2::media(), v2::posts(), v2::users(), oauth::v2(), v1::media(), v1::tweets(), oauth::v1()]
        .into_iter()
        .flatten()
        .collect()
}

/// The whole document.
pub fn build(public_url: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.method] = operation.document();
    }
    let tags: Vec<Value> =
        TAGS.iter().map(|(name, about)| json!({"name": name, "description": about})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Birdhouse",
            "version": env!("CARGO_PKG_VERSION"),
            "description": ABOUT,
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": public_url}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas::all(),
            "securitySchemes": {
                "OAuth1": {
                    "type": "apiKey", "in": "header", "name": "Authorization",
                    "description": "OAuth 1.0a (RFC 5849), HMAC-SHA1 or HMAC-SHA256. JSON and \
                                    multipart bodies are not signed.",
                },
                "OAuth2": {
                    "type": "oauth2",
                    "flows": {"authorizationCode": {
                        "authorizationUrl": format!("{public_url}/i/oauth2/authorize"),
                        "tokenUrl": format!("{public_url}/2/oauth2/token"),
                        "refreshUrl": format!("{public_url}/2/oauth2/token"),
                        "scopes": birdhouse_domain::scope::KNOWN
                            .iter()
                            .map(|(name, about)| ((*name).to_owned(), json!(about)))
                            .collect::<Map<_, _>>(),
                    }},
                },
                "AppOnly": {"type": "http", "scheme": "bearer",
                            "description": "An app's own token, of /oauth2/token."},
                "Client": {"type": "http", "scheme": "basic",
                           "description": "Id and secret of an app."},
            },
        },
    })
}

async fn document(State(app): State<Shared>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (kind, text(&app)).into_response()
}

fn text(app: &App) -> String {
    build(&app.config.public_url).to_string()
}

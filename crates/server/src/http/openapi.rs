//! `/openapi.json`, the OpenAPI document of the whole API, and `/docs`, the same as an HTML page.

mod birdhouse;
mod oauth;
mod operation;
mod page;
mod schemas;
mod search;
mod v1;
mod v2;
mod webhooks;

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use birdhouse_core::app::Shared;
use operation::Operation;
use serde_json::{Map, Value, json};

/// The routes of this module.
pub fn routes() -> Router<Shared> {
    Router::new()
        .route("/openapi.json", get(document))
        .route("/docs", get(page::show))
        .route("/docs/style.css", get(page::style))
}

const DESCRIPTION: &str = "Birdhouse implements the media and Tweet endpoints of the Twitter API v1.1 and \
                     of the X API v2 over the same media: media uploaded by one version can be \
                     described and tweeted by the other. Requests are signed by OAuth 1.0a, or \
                     have an OAuth 2.0 bearer token under /2.";

/// Names and descriptions of the tags, in order.
pub(crate) const TAGS: [(&str, &str); 8] = [
    ("Media v2", "Upload, describe and look up media."),
    ("Posts v2", "Post, read and delete Tweets."),
    ("Users v2", "Look up users and their Tweets."),
    ("Descriptions", "Descriptions in several languages, their history, suggestions, and search."),
    ("OAuth 2.0", "User consent; issuing and revoking tokens."),
    ("Media v1.1", "Upload and describe media."),
    ("Tweets v1.1", "Post, read and delete Tweets."),
    ("Account v1.1 and OAuth 1.0a", "The caller, users, rate limits, and signing in."),
];

/// All operations.
pub(crate) fn operations() -> Vec<Operation> {
    [
        v2::media(),
        v2::posts(),
        v2::users(),
        birdhouse::descriptions(),
        birdhouse::suggestions(),
        webhooks::operations(),
        search::operations(),
        birdhouse::quality(),
        oauth::v2(),
        v1::media(),
        v1::tweets(),
        v1::users(),
        oauth::v1(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The OpenAPI document.
pub fn build(public_url: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for operation in operations() {
        let path = paths.entry(operation.path.clone()).or_insert_with(|| json!({}));
        path[operation.method] = operation.document();
    }
    let tags: Vec<Value> =
        TAGS.iter().map(|(name, text)| json!({"name": name, "description": text})).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Birdhouse",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
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
                            .map(|(name, text)| ((*name).to_owned(), json!(text)))
                            .collect::<Map<_, _>>(),
                    }},
                },
                "AppOnly": {"type": "http", "scheme": "bearer",
                            "description": "An app-only token, issued by /oauth2/token."},
                "Client": {"type": "http", "scheme": "basic",
                           "description": "Client id and secret of an app."},
            },
        },
    })
}

async fn document(State(app): State<Shared>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, build(&app.config.public_url).to_string()).into_response()
}

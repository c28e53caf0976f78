//! The OpenAPI document and the reference page made from it.

use crate::support::TestApp;
use axum::body::Body;
use axum::http::Request;
use birdhouse_server::http::{birdhouse, v1, v2};
use serde_json::Value;
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every path that the server routes; those of OAuth are read from its sources.
fn routed_paths() -> BTreeSet<String> {
    let dialects =
        [&v1::DIALECT, &v2::DIALECT, &birdhouse::DIALECT].map(|dialect| (dialect.routes)());
    let mut all: BTreeSet<String> =
        dialects.iter().flatten().map(|route| route.path.to_owned()).collect();
    let sources =
        [include_str!("../../src/http/oauth/one.rs"), include_str!("../../src/http/oauth/two.rs")];
    for source in sources {
        for (_, rest) in source.match_indices(".route(").map(|(at, _)| source.split_at(at)) {
            all.insert(rest.split('"').nth(1).unwrap().to_owned());
        }
    }
    all
}

async fn document(test: &TestApp) -> Value {
    let request = Request::get("/openapi.json").body(Body::empty()).unwrap();
    let response = test.send(request).await;
    assert_eq!((response.status, response.header("content-type")), (200, "application/json"));
    response.json()
}

#[tokio::test]
async fn the_document_has_exactly_the_routed_paths() {
    let test = TestApp::start().await;
    let document = document(&test).await;
    let listed: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let stem = |path: &String| path.trim_end_matches(".json").to_owned();
    // An alias of a documented path.
    let aliases = ["/2/oauth2/authorize"];
    let mut missing: Vec<String> = routed_paths()
        .into_iter()
        .filter(|path| !listed.iter().any(|t| stem(t) == stem(path)))
        .collect();
    missing.retain(|path| !aliases.contains(&path.as_str()));
    assert_eq!(missing, Vec::<String>::new());
    let mut count = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|method| operations.get(**method).is_some()) {
            let uri = path
                .replace("{id}", "1")
                .replace("{lang}", "en")
                .replace("{name}", "x.jpg")
                .replace("{media_key}", "3_1")
                .replace("{username}", "alice");
            let request = Request::builder().method(method.to_ascii_uppercase().as_str()).uri(&uri);
            let response = test.send(request.body(Body::empty()).unwrap()).await;
            let is_routed = response.status != 405
                && !response.text().contains("page does not exist")
                && !response.text().contains("\"Not Found\"");
            assert!(is_routed, "{method} {path}: {}", response.line());
            count += 1;
        }
    }
    assert!(count > 40, "{count} operations");
}

#[tokio::test]
async fn the_document_is_complete_and_its_references_resolve() {
    let test = TestApp::start().await;
    let document = document(&test).await;
    let mut ids = BTreeSet::new();
    let schemas = &document["components"]["schemas"];
    let text = document.to_string();
    for (_, rest) in text.match_indices("#/components/schemas/").map(|(at, _)| text.split_at(at)) {
        let name = rest.split(['/', '"']).nth(3).unwrap();
        assert!(schemas.get(name).is_some(), "{name}");
    }
    for (path, operations) in document["paths"].as_object().unwrap() {
        for operation in operations.as_object().unwrap().values() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap().to_owned()), "{path}");
            assert!(operation["summary"].as_str().is_some_and(|s| s.len() > 5), "{path}");
            assert!(operation["responses"]["default"].is_object(), "{path}");
        }
    }
}

#[tokio::test]
async fn the_page_needs_no_script_and_no_other_host() {
    let test = TestApp::start().await;
    let page = test.send(Request::get("/docs").body(Body::empty()).unwrap()).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for expected in [
        "<html lang=\"en\">",
        "Skip to the reference",
        "<h3 id=\"createMetadata\">",
        "/1.1/media/upload.json",
        "scope=\"col\"",
        "A bluebird on a fence post.",
    ] {
        assert!(text.contains(expected), "{expected}");
    }
    assert!(!text.contains("<script"));
    let own = &test.app.config.public_url;
    for (_, rest) in text.match_indices("=\"http").map(|(at, _)| text.split_at(at)) {
        assert!(rest[2..].starts_with(own.as_str()), "{}", &rest[..60]);
    }
    let style = test.send(Request::get("/docs/style.css").body(Body::empty()).unwrap()).await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css"));
    assert!(!style.text().contains("url("));
}

//! The contract and the page that shows it.

use crate::support::TestApp;
use axum::body::Body;
use axum::http::Request;
use birdhouse_server::http::{v1, v2};
use serde_json::Value;
use std::collections::BTreeSet;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Every path that the server routes: those of the dialects, and those of OAuth as the sources
/// have them.
fn routed() -> BTreeSet<String> {
    let dialects = [&v1::DIALECT, &v2::DIALECT].map(|dialect| (dialect.routes)());
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
    let answer = test.send(request).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
    answer.json()
}

#[tokio::test]
async fn every_route_is_in_the_contract_and_nothing_else() {
    let test = TestApp::start().await;
    let document = document(&test).await;
    let listed: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    let stem = |path: &String| path.trim_end_matches(".json").to_owned();
    // Another spelling of a path that is listed.
    let others = ["/2/oauth2/authorize"];
    let mut missing: Vec<String> =
        routed().into_iter().filter(|path| !listed.iter().any(|t| stem(t) == *path)).collect();
    missing.retain(|path| !others.contains(&path.as_str()));
    assert_eq!(missing, Vec::<String>::new());
    let mut count = 0;
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in METHODS.iter().filter(|method| operations.get(**method).is_some()) {
            let uri = path
                .replace("{id}", "1")
                .replace("{name}", "x.jpg")
                .replace("{media_key}", "3_1")
                .replace("{username}", "alice");
            let request = Request::builder().method(method.to_ascii_uppercase().as_str()).uri(&uri);
            let answer = test.send(request.body(Body::empty()).unwrap()).await;
            let is_there = answer.status != 405
                && !answer.text().contains("page does not exist")
                && !answer.text().contains("\"Not Found\"");
            assert!(is_there, "{method} {path}: {}", answer.line());
            count += 1;
        }
    }
    assert!(count > 40, "{count} operations");
}

#[tokio::test]
async fn the_contract_is_sound() {
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
    for needed in [
        "<html lang=\"en\">",
        "Skip to the reference",
        "<h3 id=\"createMetadata\">",
        "/1.1/media/upload.json",
        "scope=\"col\"",
        "A bluebird on a fence post.",
    ] {
        assert!(text.contains(needed), "{needed}");
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

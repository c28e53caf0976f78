//! What a browser gets where there is no endpoint.

use crate::support::{Response, TestApp};
use axum::body::Body;
use axum::http::Request;

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

async fn open(test: &TestApp, method: &str, path: &str, accept: &str) -> Response {
    let request = Request::builder().method(method).uri(path).header("accept", accept);
    test.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_browser_gets_a_page_and_a_program_the_error_of_its_dialect() {
    let test = TestApp::start().await;
    for (path, status) in
        [("/", 200), ("/nothing", 404), ("/1.1/nothing.json", 404), ("/2/nothing", 404)]
    {
        let page = open(&test, "GET", path, BROWSER).await;
        assert_eq!(page.status, status, "{path}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{path}");
        assert_eq!(page.header("content-disposition"), "", "{path}");
        assert_eq!(page.header("vary"), "accept", "{path}");
        let text = page.text();
        for part in ["<html lang=\"en\">", "<title>", "<h1>", "href=\"/docs\""] {
            assert!(text.contains(part), "{path}: {part}: {text}");
        }
        assert!(!text.contains("<script") && !text.contains(path.trim_matches('/')) || path == "/");
        for accept in ["*/*", "application/json", "text/html;q=0, application/json"] {
            let error = open(&test, "GET", path, accept).await;
            assert_eq!(error.status, 404, "{path} {accept}");
            assert!(error.header("content-type").starts_with("application/"), "{path} {accept}");
            error.json();
        }
        let posted = open(&test, "POST", path, BROWSER).await;
        assert_eq!(posted.status, 404, "{path}");
        posted.json();
    }
}

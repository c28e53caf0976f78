//! Forms and files: what of them a signature covers, and what is kept of a file once its window is used
//! up.

use crate::support::{
    Call, FORM, METADATA, MULTIPART, Response, TestApp, UPDATE, UPLOAD, VERIFY, png,
};
use axum::body::{Body, Bytes};
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use birdhouse_core::config::Layer;
use futures_util::{StreamExt, stream};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const PIECE_BYTES: usize = 16 * 1024;
const PIECES: usize = 64;

/// A body of a megabyte that starts with `head`, and how many bytes of it were read.
fn long_body(head: &str) -> (Body, Arc<AtomicUsize>) {
    let read = Arc::new(AtomicUsize::new(0));
    let (counter, head) = (read.clone(), head.to_owned());
    let pieces = stream::iter(0..PIECES).map(move |at| {
        let mut piece = if at == 0 { head.clone().into_bytes() } else { Vec::new() };
        piece.resize(PIECE_BYTES, b'A');
        counter.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, std::io::Error>(Bytes::from(piece))
    });
    (Body::from_stream(pieces), read)
}

#[tokio::test]
async fn what_a_signature_does_not_cover_is_no_parameter() {
    let test = TestApp::start().await;
    let url = format!("http://birdhouse.test{UPDATE}");
    for (path, kind, body) in [
        (format!("{UPDATE}?status=evil"), MULTIPART, "--xYzZY--\r\n"),
        (UPDATE.to_owned(), FORM, "{=&status=evil"),
    ] {
        let header = test.authorization(&test.alice, &url, &Call::post(UPDATE, None, ""));
        let request = Request::post(path)
            .header("host", "birdhouse.test")
            .header("authorization", header)
            .header("content-type", kind);
        let response = test.send(request.body(Body::from(body)).unwrap()).await;
        assert_ne!(response.status, 200, "{}", response.line());
    }
    assert_eq!(test.get(VERIFY).await.json()["statuses_count"], json!(0));
}

#[tokio::test]
async fn json_in_a_form_may_be_signed_or_not() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let body = json!({"media_id": media, "alt_text": {"text": "a=b & c"}}).to_string();
    let url = format!("http://birdhouse.test{METADATA}");
    for body in [body.clone(), format!(" \n{body}")] {
        for signed in [Call::post(METADATA, Some(FORM), body.clone()), Call::json(METADATA, "")] {
            let request = Request::post(METADATA)
                .header("host", "birdhouse.test")
                .header("authorization", test.authorization(&test.alice, &url, &signed))
                .header("content-type", FORM);
            let response = test.send(request.body(Body::from(body.clone())).unwrap()).await;
            assert_eq!(response.status, 200, "{}", response.line());
        }
    }
}

#[tokio::test]
async fn base64_in_a_form_may_have_spaces_for_pluses() {
    let test = TestApp::start().await;
    let text = (1..60).map(|side| STANDARD.encode(png(side, side))).find(|t| t.contains('+'));
    let spaces = text.unwrap().replace('+', " ");
    let response = test.post_form(UPLOAD, &[("media_data", &spaces)]).await;
    assert_eq!(response.status, 200, "{}", response.line());
}

#[tokio::test]
async fn a_part_with_endless_headers_is_refused() {
    let test = TestApp::start().await;
    let token = test.issue_token(&test.alice, "media.write tweet.read users.read").await;
    let long = "a".repeat(1 << 20);
    let name = "Content-Disposition: form-data; name=\"media\"";
    for (preamble, header) in [
        ("", format!("{name}; filename=\"{long}\"")),
        ("", format!("{name}\r\nContent-Type: image/{long}")),
        (long.as_str(), name.to_owned()),
    ] {
        let head = format!("{preamble}\r\n--xYzZY\r\n{header}\r\n\r\n");
        let body = [head.as_bytes(), &png(2, 2), b"\r\n--xYzZY--\r\n"].concat();
        for path in [UPLOAD, "/2/media/upload"] {
            let pieces: Vec<_> =
                body.chunks(8192).map(|piece| Ok::<_, std::io::Error>(piece.to_vec())).collect();
            let authorization = if path == UPLOAD {
                let url = format!("http://birdhouse.test{path}");
                test.authorization(&test.alice, &url, &Call::post(path, None, ""))
            } else {
                format!("Bearer {}", token.access_token)
            };
            let request = Request::post(path)
                .header("host", "birdhouse.test")
                .header("authorization", authorization)
                .header("content-type", MULTIPART)
                .body(Body::from_stream(stream::iter(pieces)));
            let response = test.send(request.unwrap()).await;
            assert_eq!(response.status, 400, "{path}: {}", response.line());
        }
    }
}

#[tokio::test]
async fn a_file_is_not_read_once_its_window_is_used_up() {
    let change = |layer: &mut Layer| {
        let figures = [("upload", 0), ("v2_upload", 0)];
        layer.rate_figures = Some(figures.map(|(name, n)| (name.to_owned(), n)).into());
    };
    let test = TestApp::start_with(change).await;
    let token = test.issue_token(&test.alice, "media.write tweet.read users.read").await;
    let part = "--xYzZY\r\nContent-Disposition: form-data; name=\"media\"\r\n\r\n";
    let v2 = "/2/media/upload";
    for (path, kind, head) in [
        (UPLOAD, MULTIPART, part),
        (v2, MULTIPART, part),
        (v2, FORM, "media="),
        (v2, "application/json", "{\"media\":\""),
    ] {
        let (body, read) = long_body(head);
        let authorization = if path == v2 {
            format!("Bearer {}", token.access_token)
        } else {
            let url = format!("http://birdhouse.test{path}");
            test.authorization(&test.alice, &url, &Call::post(path, None, ""))
        };
        let request = Request::post(path)
            .header("host", "birdhouse.test")
            .header("authorization", authorization)
            .header("content-type", kind);
        let response = test.send(request.body(body).unwrap()).await;
        assert_eq!(response.status, 429, "{path} {kind}: {}", response.line());
        assert_eq!(response.header("x-rate-limit-remaining"), "0");
        let read = read.load(Ordering::Relaxed);
        assert!(kind != "application/json" || read <= 2 * PIECE_BYTES, "{path} {kind}: {read}");
    }
    // Bytes that are discarded were never stored.
    assert_eq!(test.blob_files(), Vec::<std::path::PathBuf>::new());
}

/// As many parameters.
fn parameters(count: usize) -> String {
    (0..count).map(|n| format!("p{n}")).collect::<Vec<_>>().join("&")
}

async fn post_unsigned(test: &TestApp, path: &str, kind: &str, body: String) -> Response {
    let request = Request::post(path).header("host", "birdhouse.test").header("content-type", kind);
    test.send(request.body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn too_many_parameters_of_a_query_are_refused_before_anything_is_read() {
    let test = TestApp::start().await;
    let text = "The request has more than 1000 parameters.";
    let many = parameters(1001);
    for path in [VERIFY, UPLOAD, "/2/media/upload", "/oauth/request_token", "/oauth/access_token"] {
        let few = format!("{path}?{}", parameters(1000));
        let answered = post_unsigned(&test, &few, FORM, String::new()).await;
        assert!(!answered.text().contains(text), "{path}: {}", answered.line());
        // Nobody waits for the body.
        let endless = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        let is_read = path == "/oauth/access_token";
        let body = if is_read { Body::empty() } else { endless };
        let method = if path == VERIFY { "GET" } else { "POST" };
        let request = Request::builder().method(method).uri(format!("{path}?{many}"));
        let request = request.header("content-type", FORM).body(body).unwrap();
        let refused = test.send(request).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.line());
        assert!(refused.text().contains(text), "{path}: {}", refused.line());
    }
    for path in ["/oauth/authorize", "/oauth/authenticate", "/i/oauth2/authorize"] {
        let request = Request::get(format!("{path}?{many}")).body(Body::empty()).unwrap();
        let page = test.send(request).await;
        assert_eq!(page.status, 400, "{path}");
        assert!(page.text().contains("The request has too many parameters."), "{}", page.line());
    }
}

#[tokio::test]
async fn too_many_parameters_of_a_form_are_refused() {
    let test = TestApp::start().await;
    let text = "The request has too many parameters.";
    let many = parameters(1001);
    let numbered: Vec<String> = (0..1001).map(|n| format!("\"p{n}\":0")).collect();
    let object = format!("{{{}}}", numbered.join(","));
    for (path, kind, body) in [
        ("/oauth/authorize", FORM, &many),
        ("/i/oauth2/authorize", FORM, &many),
        ("/oauth/sign_out", FORM, &many),
        ("/2/oauth2/token", FORM, &many),
        ("/2/oauth2/token", "application/json", &object),
    ] {
        let refused = post_unsigned(&test, path, kind, body.clone()).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.line());
        assert!(refused.text().contains(text), "{path}: {}", refused.line());
    }
    let queried = format!("/2/oauth2/token?{many}");
    assert_eq!(
        post_unsigned(&test, &queried, FORM, String::new()).await.json()["error_description"],
        text
    );
    let signed = Call::post(UPDATE, Some(FORM), format!("status=x&{many}"));
    let header = test.authorization(&test.alice, "http://birdhouse.test", &Call::get("/"));
    let request = Request::post(signed.path).header("authorization", header);
    let request = request.header("content-type", FORM).body(Body::from(signed.body)).unwrap();
    let refused = test.send(request).await;
    assert_eq!(refused.status, 400, "{}", refused.line());
    assert!(refused.text().contains("more than 1000 parameters"), "{}", refused.line());
}

#[tokio::test]
async fn an_upload_without_a_file_is_counted_before_its_parameters_are_looked_at() {
    let change = |layer: &mut Layer| {
        layer.rate_figures = Some([("v2_upload".to_owned(), 1)].into());
    };
    let test = TestApp::start_with(change).await;
    let token = test.issue_token(&test.alice, "media.write tweet.read users.read").await;
    let path = format!("/2/media/upload?{}&p1=again&media_category=x", parameters(100));
    for status in [400, 429] {
        let request = Request::post(&path)
            .header("authorization", format!("Bearer {}", token.access_token))
            .header("content-type", MULTIPART);
        let body = Body::from(
            "--xYzZY\r\nContent-Disposition: form-data; name=\"command\"\r\n\r\nX\r\n--xYzZY--\r\n",
        );
        let response = test.send(request.body(body).unwrap()).await;
        assert_eq!(response.status, status, "{}", response.line());
    }
}

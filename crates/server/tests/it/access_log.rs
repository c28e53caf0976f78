//! Access lines and metrics.

use crate::support::{Call, FORM, TestApp, UPDATE, UPLOAD};
use axum::body::Body;
use axum::http::Request;
use birdhouse_core::host::telemetry;
use futures_util::FutureExt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Lines {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

#[tokio::test]
async fn an_access_line_says_who_was_refused_what_and_why() {
    let test = TestApp::start().await;
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter("birdhouse::access=info,birdhouse_server=debug")
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _logs = tracing::subscriber::set_default(subscriber);
    // Tests on other threads, which log nothing, may have had this line switched off for all.
    test.get("/healthz").await;
    tracing::callsite::rebuild_interest_cache();
    lines.take();
    let refused = test.send_signed(&test.alice, Call::form(UPDATE, &[("status", "")])).await;
    assert_eq!(refused.status, 403);
    let text = lines.take();
    assert!(text.contains("DEBUG") && text.contains("begins"), "{text}");
    let line = text.lines().find(|line| line.contains("birdhouse::access")).unwrap();
    for part in [
        "POST /1.1/statuses/update.json 403",
        "why=\"StatusMissing\"",
        &format!("user.id={}", test.alice.user_id),
        "app.id=",
        "client.address=127.0.0.1",
        &format!("bytes={}", refused.body.len()),
        &format!("request.id=\"{}\"", refused.header("x-transaction")),
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    // A client that leaves before it is answered.
    let never = Body::from_stream(futures_util::stream::pending::<io::Result<&[u8]>>());
    let unfinished = Request::post(UPLOAD).header("content-type", FORM).body(never).unwrap();
    assert!(test.send(unfinished).now_or_never().is_none());
    let text = lines.take();
    assert!(text.contains("POST /1.1/media/upload.json 499"), "{text}");
    // Unknown callers have no user; what a trusted proxy reports is the address.
    let request = Request::get("/2/users/me").header("x-forwarded-for", "10.0.0.1, 192.0.2.7");
    let refused = test.send(request.body(Body::empty()).unwrap()).await;
    let text = lines.take();
    assert!(text.contains("client.address=192.0.2.7") && !text.contains("user.id"), "{text}");
    assert!(text.contains("why=\"NotAuthenticated\""), "{text}");
    assert!(text.contains(refused.header("x-transaction-id")), "{text}");
    let put = Request::put("/birdhouse/v1/policy").body(Body::empty()).unwrap();
    test.send(put).await;
    let text = lines.take();
    assert!(text.contains("PUT /birdhouse/v1/policy 401"), "{text}");
}

#[tokio::test]
async fn metrics_explain_themselves_and_count_each_status() {
    telemetry::start_metrics();
    let test = TestApp::start_with(|layer| {
        layer.rate_figures = Some([("upload".to_owned(), 0)].into());
    })
    .await;
    let limited = test.post_multipart(UPLOAD, &[("media", b"x")]).await;
    assert_eq!(limited.status, 429, "{}", limited.line());
    let own = Request::put("/birdhouse/v1/media/1/descriptions/und").body(Body::empty()).unwrap();
    assert_eq!(test.send(own).await.status, 401);
    let metrics = test.send(Request::get("/metrics").body(Body::empty()).unwrap()).await.text();
    assert!(metrics.contains("surface=\"birdhouse\""), "{metrics}");
    let counted = metrics.lines().find(|line| {
        line.starts_with("birdhouse_requests_total") && line.contains("status=\"429\"")
    });
    assert!(counted.is_some_and(|line| line.contains("v1.1/media")), "{metrics}");
    for part in ["birdhouse_build_info{version=", "birdhouse_media_expired_total 0"] {
        assert!(metrics.contains(part), "{part}: {metrics}");
    }
    let families = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    for family in families.filter_map(|rest| rest.split(' ').next()) {
        assert!(metrics.contains(&format!("# HELP {family} ")), "{family}: {metrics}");
    }
}

#[tokio::test]
async fn responses_have_the_recorded_headers() {
    let test = TestApp::start_with(|layer| {
        layer.public_url = Some("https://media.example".to_owned());
    })
    .await;
    let user = test.get("/1.1/account/verify_credentials.json").await;
    assert_eq!(user.header("last-modified"), "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_eq!(user.header("strict-transport-security"), "max-age=31536000");
    assert!(user.header("x-response-time").parse::<u64>().is_ok());
    assert_eq!(user.header("x-transaction").len(), 16);
    let plain = TestApp::start().await.get("/1.1/account/verify_credentials.json").await;
    assert_eq!(plain.header("strict-transport-security"), "");
}

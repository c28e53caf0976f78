//! Nobody takes all requests, or all memory for forms.

use crate::sockets::running::pause;
use crate::support::{Call, FORM, MULTIPART, TestApp, UPDATE, UPLOAD, VERIFY};
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use birdhouse_core::actions::access::issue::IssuedCredentials;
use birdhouse_core::config::{Layer, LimitsLayer};
use birdhouse_server::http;
use birdhouse_server::http::read::hosts::Peer;
use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::task::JoinHandle;
use tower::ServiceExt;

fn limits(limits: LimitsLayer) -> impl FnOnce(&mut Layer) {
    move |layer| layer.limits = Some(limits)
}

/// Sends a signed request whose body never ends; `waiting` counts the bodies that are waited for.
fn send_endless(
    test: &TestApp,
    credentials: &IssuedCredentials,
    (path, kind, length): (&str, &str, usize),
    waiting: &Arc<AtomicUsize>,
) -> JoinHandle<StatusCode> {
    let url = format!("http://birdhouse.test{path}");
    let waiting = waiting.clone();
    let body = stream::once(async move {
        waiting.fetch_add(1, Ordering::Relaxed);
        std::future::pending::<Result<Bytes, std::io::Error>>().await
    });
    let request = Request::post(path)
        .header("host", "birdhouse.test")
        .header("authorization", test.authorization(credentials, &url, &Call::post(path, None, "")))
        .header("content-type", kind)
        .header("content-length", length)
        .extension(Peer { address: "127.0.0.1:50000".parse().unwrap(), is_tls: false })
        .body(Body::from_stream(body));
    let response = http::router(test.app.clone()).oneshot(request.unwrap());
    tokio::spawn(async move { response.await.unwrap().status() })
}

#[tokio::test]
async fn one_user_cannot_take_all_requests() {
    let test =
        TestApp::start_with(limits(LimitsLayer { requests: Some(4), ..LimitsLayer::default() }))
            .await;
    let bob = test.add_user("bob").await;
    let waiting = Arc::default();
    let mut held: FuturesUnordered<_> = (0..4)
        .map(|_| send_endless(&test, &test.alice, (UPLOAD, MULTIPART, 1000), &waiting))
        .collect();
    while waiting.load(Ordering::Relaxed) < held.len() {
        tokio::select! {
            biased;
            Some(refused) = held.next() => assert_eq!(refused.unwrap(), 503),
            () = pause() => {}
        }
    }
    assert_eq!(waiting.load(Ordering::Relaxed), 2);
    let response = test.send_signed(&bob, Call::get(VERIFY)).await;
    assert_eq!(response.status, 200, "{}", response.line());
}

#[tokio::test]
async fn one_address_cannot_take_all_requests_of_unknown_clients() {
    let test =
        TestApp::start_with(limits(LimitsLayer { requests: Some(4), ..LimitsLayer::default() }))
            .await;
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let permits = &test.app.memory.permits;
    let held = [(); 2].map(|()| permits.request(address("192.0.2.1")).unwrap());
    let send = async |headers: &[(&str, &str)]| {
        let request = Request::get("/openapi.json");
        let request =
            headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        test.send(request.body(Body::empty()).unwrap()).await.status
    };
    let (old, new) = ("x-forwarded-for", "forwarded");
    assert_eq!(send(&[(old, "192.0.2.1")]).await, 503);
    assert_eq!(send(&[(old, "192.0.2.2")]).await, 200);
    assert_eq!(send(&[(new, "for=10.0.0.1, for=\"192.0.2.1:4711\";proto=https")]).await, 503);
    assert_eq!(send(&[(new, "For=\"[2001:db8::1]:4711\"")]).await, 200);
    assert_eq!(send(&[(old, "192.0.2.2"), (new, "for=192.0.2.1")]).await, 200);
    // A proxy that names nobody speaks for everybody.
    assert_eq!(send(&[]).await, 200);
    assert_eq!(send(&[(new, "for=unknown")]).await, 200);
    drop(held);
    assert_eq!(send(&[(old, "192.0.2.1")]).await, 200);
}

#[tokio::test]
async fn one_user_cannot_take_all_memory_for_forms() {
    const FORM_BYTES: usize = 200 * 1024;
    // Four forms: each counts three times.
    let form_bytes = Some(4 * 3 * FORM_BYTES);
    let test =
        TestApp::start_with(limits(LimitsLayer { form_bytes, ..LimitsLayer::default() })).await;
    let bob = test.add_user("bob").await;
    let waiting = Arc::default();
    let mut held: FuturesUnordered<_> = (0..4)
        .map(|_| send_endless(&test, &test.alice, (UPLOAD, FORM, FORM_BYTES), &waiting))
        .collect();
    while waiting.load(Ordering::Relaxed) < 2 {
        pause().await;
    }
    for _ in 0..50 {
        pause().await;
    }
    assert_eq!(waiting.load(Ordering::Relaxed), 2);
    let response = test.send_signed(&bob, Call::form(UPDATE, &[("status", "hello")])).await;
    assert_eq!(response.status, 200, "{}", response.line());
    for _ in 0..2 {
        let refused = loop {
            tokio::select! {
                biased;
                Some(refused) = held.next() => break refused,
                () = pause() => test.app.clock.advance(100),
            }
        };
        assert_eq!(refused.unwrap(), 503);
    }
}

//! Nobody takes all requests, or all memory for forms.

use crate::sockets::running::pause;
use crate::support::{Call, FORM, METADATA, MULTIPART, TestApp, UPDATE, UPLOAD, VERIFY};
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use birdhouse_core::actions::access::issue::IssuedCredentials;
use birdhouse_core::config::{Layer, LimitsLayer};
use birdhouse_core::memory::shares::Holder;
use birdhouse_domain::{AppId, RateLimitKey};
use birdhouse_server::http;
use birdhouse_server::http::read::hosts::Peer;
use futures_util::StreamExt;
use futures_util::stream::{self, FuturesUnordered};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;
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
    let header = test.authorization(credentials, &url, &Call::post(path, None, ""));
    send_endless_with(test, Some(&header), (path, kind, length), waiting)
}

/// The same with this `Authorization`.
fn send_endless_with(
    test: &TestApp,
    header: Option<&str>,
    (path, kind, length): (&str, &str, usize),
    waiting: &Arc<AtomicUsize>,
) -> JoinHandle<StatusCode> {
    let waiting = waiting.clone();
    let body = stream::once(async move {
        waiting.fetch_add(1, Ordering::Relaxed);
        std::future::pending::<Result<Bytes, std::io::Error>>().await
    });
    let request = Request::post(path)
        .header("host", "birdhouse.test")
        .header("content-type", kind)
        .header("content-length", length)
        .extension(Peer { address: "127.0.0.1:50000".parse().unwrap(), is_tls: false });
    let request =
        header.into_iter().fold(request, |request, header| request.header("authorization", header));
    let request = request.body(Body::from_stream(body));
    let response = http::router(test.app.clone()).oneshot(request.unwrap());
    tokio::spawn(async move { response.await.unwrap().status() })
}

#[tokio::test]
async fn one_user_cannot_fill_the_disk_with_what_is_being_received() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let file = vec![1; 1 << 20];
    let size = file.len().to_string();
    let media = test.init(file.len(), "video/mp4", None).await.media_id();
    let init = [("command", "INIT"), ("media_type", "video/mp4"), ("total_bytes", &size)];
    let of_bob = test.send_signed(&bob, Call::form(UPLOAD, &init)).await.media_id();
    // Through another app, which makes no other holder of a user.
    let owner = test.catalog.user_by_name("alice").await.unwrap().unwrap().id;
    let permits = &test.app.memory.permits;
    let piece = || permits.incoming(RateLimitKey::User(owner, AppId(1)), 1 << 20);
    let held: Vec<_> = std::iter::from_fn(piece).collect();
    let refused = test.append(&media, "0", &file).await;
    assert_eq!(refused.status, 503, "{}", refused.line());
    let parts: [(&str, &[u8]); 4] = [
        ("command", b"APPEND"),
        ("media_id", of_bob.as_bytes()),
        ("segment_index", b"0"),
        ("media", &file),
    ];
    let response = test.send_signed(&bob, Call::multipart(UPLOAD, &parts)).await;
    assert_eq!(response.status, 204, "{}", response.line());
    drop(held);
    assert_eq!(test.append(&media, "0", &file).await.status, 204);
}

#[tokio::test]
async fn a_file_is_refused_before_it_is_received_and_not_in_its_middle() {
    let test = TestApp::start().await;
    let file = vec![1; 1 << 20];
    let media = test.init(file.len(), "video/mp4", None).await.media_id();
    let parts: [(&str, &[u8]); 4] = [
        ("command", b"APPEND"),
        ("media_id", media.as_bytes()),
        ("segment_index", b"0"),
        ("media", &file),
    ];
    let call = Call::multipart(UPLOAD, &parts);
    let (path, url) = (call.path, format!("http://birdhouse.test{UPLOAD}"));
    let header = test.authorization(&test.alice, &url, &call);
    let length = call.body.len();
    let mut body = Bytes::from(call.body);
    let rest = body.split_off(length / 2);
    let (begun, is_begun) = oneshot::channel();
    let (room_is_taken, may_go_on) = oneshot::channel::<()>();
    let rest = async move {
        begun.send(()).unwrap();
        may_go_on.await.unwrap();
        Ok(rest)
    };
    let body = stream::once(async { Ok::<_, std::io::Error>(body) }).chain(stream::once(rest));
    let request = Request::post(path)
        .header("host", "birdhouse.test")
        .header("content-type", MULTIPART)
        .header("content-length", length)
        .header("authorization", header)
        .body(Body::from_stream(body))
        .unwrap();
    let app = test.app.clone();
    let response = tokio::spawn(async move { TestApp::send_to(&app, request).await });
    is_begun.await.unwrap();
    let others = |user| test.app.memory.permits.incoming(RateLimitKey::App(AppId(user)), 1 << 20);
    let held: Vec<_> = (1..100).flat_map(|user| std::iter::from_fn(move || others(user))).collect();
    let refused = test.append(&media, "1", &file).await;
    assert_eq!(refused.status, 503, "{}", refused.line());
    room_is_taken.send(()).unwrap();
    let response = response.await.unwrap();
    assert_eq!(response.status, 204, "{}", response.line());
    drop(held);
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

/// What anybody can send who knows an app, whose key every copy of it contains.
fn key_alone(test: &TestApp) -> String {
    format!(
        "OAuth oauth_consumer_key=\"{}\", oauth_signature_method=\"HMAC-SHA1\", oauth_nonce=\"n\", \
         oauth_timestamp=\"{}\", oauth_signature=\"AAAA\"",
        test.alice.consumer_key,
        test.app.now().seconds()
    )
}

/// Waits until `count` bodies are waited for.
async fn until_waiting(waiting: &AtomicUsize, count: usize) {
    for _ in 0..1000 {
        if waiting.load(Ordering::Relaxed) == count {
            return;
        }
        pause().await;
    }
    panic!("{} of {count} bodies are waited for", waiting.load(Ordering::Relaxed));
}

#[tokio::test]
async fn no_body_of_an_unproven_client_takes_the_place_of_a_request() {
    let test = TestApp::start().await;
    let (waiting, length) = (Arc::default(), 1000);
    let free = || test.app.memory.permits.free_requests();
    let all = free();
    let mut count = 0;
    let key = key_alone(&test);
    let url = format!("http://birdhouse.test{UPDATE}");
    let token = test.authorization(&test.alice, &url, &Call::post(UPDATE, None, ""));
    let basic = format!(
        "Basic {}",
        STANDARD.encode(format!("{}:{}", test.alice.consumer_key, test.alice.consumer_secret))
    );
    for (path, header) in [
        (UPLOAD, None),
        (UPLOAD, Some(&key)),
        (UPDATE, None),
        (UPDATE, Some(&key)),
        // Not verified before the form is read.
        (UPDATE, Some(&token)),
        ("/2/tweets", Some(&key)),
        ("/oauth/request_token", None),
        ("/oauth/request_token", Some(&key)),
        ("/oauth/access_token", None),
        ("/oauth/authorize", None),
        ("/oauth/authenticate", None),
        ("/oauth/sign_out", None),
        ("/oauth2/token", Some(&basic)),
        ("/oauth2/invalidate_token", Some(&basic)),
        ("/oauth2/invalidate_token", Some(&key)),
        ("/i/oauth2/authorize", None),
        ("/2/oauth2/authorize", None),
        ("/2/oauth2/token", None),
        ("/2/oauth2/revoke", None),
        ("/2/oauth2/introspect", None),
    ] {
        let _held =
            send_endless_with(&test, header.map(String::as_str), (path, FORM, length), &waiting);
        count += 1;
        until_waiting(&waiting, count).await;
        assert_eq!(free(), all, "{path} {header:?}");
    }
}

#[tokio::test]
async fn an_apps_key_alone_takes_no_memory_for_forms() {
    let form_bytes = Some(3 * 64 * 1024);
    let test =
        TestApp::start_with(limits(LimitsLayer { form_bytes, ..LimitsLayer::default() })).await;
    let waiting = Arc::default();
    let key = key_alone(&test);
    let large = send_endless_with(&test, Some(&key), (UPLOAD, FORM, 64 * 1024), &waiting);
    until_waiting(&waiting, 1).await;
    let text = "x".repeat(20 * 1024);
    let form = Call::form(METADATA, &[("x", &text)]);
    // Memory is there for it.
    let response = test.send_signed(&test.alice, form).await;
    assert_eq!(response.status, 400, "{}", response.line());
    test.app.clock.advance(10_000);
    assert_eq!(large.await.unwrap(), 408);
    let request = Request::post(UPLOAD)
        .header("host", "birdhouse.test")
        .header("authorization", &key)
        .header("content-type", FORM)
        .body(Body::from(vec![b'!'; 20 * 1024]));
    assert_eq!(test.send(request.unwrap()).await.status, 413);
}

#[tokio::test]
async fn small_forms_wait_for_no_large_one() {
    const LARGE: usize = 1024 * 1024;
    let form_bytes = Some(3 * LARGE);
    let test =
        TestApp::start_with(limits(LimitsLayer { form_bytes, ..LimitsLayer::default() })).await;
    let waiting = Arc::default();
    let _held = send_endless(&test, &test.alice, (UPLOAD, FORM, LARGE), &waiting);
    until_waiting(&waiting, 1).await;
    let update = test.send_signed(&test.alice, Call::form(UPDATE, &[("status", "hello")]));
    tokio::select! {
        biased;
        response = update => assert_eq!(response.status, 200, "{}", response.line()),
        () = async { for _ in 0..1000 { pause().await } } => panic!("it waits"),
    }
}

#[tokio::test]
async fn a_large_form_that_is_not_verified_must_not_be_slow() {
    let test = TestApp::start().await;
    let url = format!("http://birdhouse.test{UPLOAD}");
    let token = test.issue_token(&test.alice, "media.write tweet.read users.read").await;
    let signed = test.authorization(&test.alice, &url, &Call::post(UPLOAD, None, ""));
    for (path, header, status) in [
        (UPLOAD, signed, 408),
        // The caller is known; the form itself is useless.
        ("/2/media/upload", format!("Bearer {}", token.access_token), 400),
    ] {
        let clock = test.app.clock.clone();
        let body = stream::iter(0..20).map(move |_| {
            clock.advance(10_000);
            Ok::<_, std::io::Error>(Bytes::from(vec![b'!'; 32 * 1024]))
        });
        let request = Request::post(path)
            .header("host", "birdhouse.test")
            .header("authorization", header)
            .header("content-type", FORM)
            .header("content-length", 20 * 32 * 1024)
            .body(Body::from_stream(body));
        let response = test.send(request.unwrap()).await;
        assert_eq!(response.status, status, "{path}: {}", response.line());
    }
}

#[tokio::test]
async fn responses_that_are_not_read_take_a_bounded_share_of_memory() {
    let test = TestApp::start().await;
    let request = || Request::get("/openapi.json").body(Body::empty()).unwrap();
    let unread = http::router(test.app.clone()).oneshot(request()).await.unwrap();
    assert_eq!(unread.status(), StatusCode::OK);
    let permits = &test.app.memory.permits;
    let all = 128 << 20;
    let of_proxy = |bytes| permits.response_memory(Some(Holder::Trusted), [0; 4].into(), bytes);
    assert!(of_proxy(all).is_none(), "some is held by what is not read");
    drop(unread);
    let everything = of_proxy(all).unwrap();
    assert_eq!(test.send(request()).await.status, 503);
    assert_eq!(test.get(VERIFY).await.status, 200, "it is small");
    drop(everything);
    assert_eq!(test.send(request()).await.status, 200);
    assert!(of_proxy(all).is_some(), "what is read is given back");
}

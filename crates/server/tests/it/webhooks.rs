//! `/birdhouse/v1/webhooks`, and what is delivered to them.

use crate::descriptions::call;
use crate::sockets::running::pause;
use crate::support::{Received, Receiver, Response, TestApp, UPDATE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use birdhouse_core::actions::access::issue::IssuedCredentials;
use birdhouse_core::actions::health;
use birdhouse_core::jobs;
use birdhouse_domain::JobKind;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

const DAY_MS: i64 = 86_400_000;
const ALL: [&str; 3] = ["described", "suggested", "undescribed_tweeted"];

async fn start() -> TestApp {
    TestApp::start_with(|layer| layer.outbound_allow = Some(vec!["127.0.0.1/32".into()])).await
}

async fn add(test: &TestApp, by: &IssuedCredentials, url: &str, events: &[&str]) -> Response {
    call(test, by, "POST", "webhooks", &json!({"url": url, "events": events})).await
}

/// Adds a webhook of Alice's for all events; its id and its secret.
async fn added(test: &TestApp, url: &str) -> (String, String) {
    let response = add(test, &test.alice, url, &ALL).await;
    assert_eq!(response.status, 201, "{}", response.line());
    let text = |name: &str| response.json()[name].as_str().unwrap().to_owned();
    (text("id"), text("secret"))
}

async fn get(test: &TestApp, id: &str) -> Value {
    call(test, &test.alice, "GET", &format!("webhooks/{id}"), &Value::Null).await.json()
}

/// Deliveries that wait.
async fn waiting(test: &TestApp) -> usize {
    let rows = test.catalog.job_rows(0, 1000).await.unwrap();
    rows.iter().filter(|row| row.kind == JobKind::Deliver.name()).count()
}

#[tokio::test]
async fn a_webhook_shows_its_secret_once_and_is_its_owners_only() {
    let (test, receiver) = (start().await, Receiver::start().await);
    let bob = test.add_user("bob").await;
    let (id, secret) = added(&test, &receiver.url).await;
    assert!(secret.starts_with("whsec_"), "{secret}");
    let list = call(&test, &test.alice, "GET", "webhooks", &Value::Null).await;
    assert_eq!(list.json()["webhooks"][0]["events"], json!(ALL));
    assert_eq!(get(&test, &id).await["state"], "working");
    assert!(!list.text().contains("whsec") && !list.text().contains(&secret[6..]));
    let stored = test.catalog.webhook(id.parse().unwrap()).await.unwrap().unwrap().secret;
    assert!(!stored.windows(8).any(|eight| secret.as_bytes().windows(8).any(|own| own == eight)));

    let path = format!("webhooks/{id}");
    for (method, path) in [("GET", &path), ("DELETE", &path), ("POST", &format!("{path}/test"))] {
        let refused = call(&test, &bob, method, path, &Value::Null).await;
        assert_eq!(refused.status, 404, "{method} {path}: {}", refused.line());
    }
    assert_eq!(
        call(&test, &bob, "GET", "webhooks", &Value::Null).await.json(),
        json!({"webhooks": []})
    );
    assert_eq!(call(&test, &test.alice, "DELETE", &path, &Value::Null).await.status, 204);
    assert_eq!(call(&test, &test.alice, "GET", &path, &Value::Null).await.status, 404);
    test.describe(&test.upload_image().await, "a wren").await;
    test.run_jobs().await;
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn each_event_of_ones_media_is_delivered_once_and_signed() {
    let (test, receiver) = (start().await, Receiver::start().await);
    let (bob, others) = (test.add_user("bob").await, Receiver::start().await);
    let media = test.upload_image().await;
    let (_, secret) = added(&test, &receiver.url).await;
    assert_eq!(add(&test, &bob, &others.url, &ALL).await.status, 201);

    // Tweeted without alt text, then described by each API, and removed.
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await;
    test.describe(&media, "a wren").await;
    let v2 = json!({"id": media, "metadata": {"alt_text": {"text": "a wren, by v2"}}});
    test.post_json("/2/media/metadata", &v2.to_string()).await;
    let path = format!("media/{media}/descriptions/fr");
    call(&test, &test.alice, "PUT", &path, &json!({"alt_text": "un troglodyte"})).await;
    call(&test, &test.alice, "DELETE", &path, &Value::Null).await;
    let body = json!({"alt_text": "what Alice has not seen"});
    let suggested = call(&test, &bob, "POST", &format!("media/{media}/suggestions"), &body).await;
    let suggestion = suggested.json()["id"].as_str().unwrap().to_owned();
    test.run_jobs().await;
    let mut received = receiver.take();
    received.sort_by_key(|one| one.headers["webhook-id"].clone());
    let told: Vec<Value> = received
        .iter()
        .map(|one| {
            let told = one.json();
            json!([
                told["type"],
                told["data"]["alt_text"],
                told["data"]["lang"],
                told["data"]["removed"]
            ])
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            // The description came between the Tweet and the delivery: there is nothing to tell any more.
            ["described", "a wren", "und", false],
            ["described", "a wren, by v2", "und", false],
            ["described", "un troglodyte", "fr", false],
            ["described", null, "fr", true],
            ["suggested", null, "und", null],
        ])
    );
    let told = received[4].json();
    assert_eq!(told["data"]["suggestion_id"], json!(suggestion));
    assert_eq!(told["data"]["author"]["username"], "bob");
    assert_eq!(told["timestamp"], "2026-01-01T00:00:00.000Z");
    let text = received.iter().map(|one| one.body.as_str()).collect::<String>();
    assert!(!text.contains("has not seen") && !text.contains("whsec"), "{text}");
    assert_eq!(others.received().len(), 0, "they are not his media");

    // As a receiver verifies it.
    for one in &received {
        assert_eq!(
            (one.path.as_str(), one.headers["content-type"].as_str()),
            ("/hook?a=b", "application/json")
        );
        let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
        let (id, at) = (&one.headers["webhook-id"], &one.headers["webhook-timestamp"]);
        mac.update(format!("{id}.{at}.{}", one.body).as_bytes());
        let expected = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(one.headers["webhook-signature"], expected);
        assert_eq!(at, "1767225600");
    }

    // A suggestion that is accepted is a description; a Tweet is told of if nobody was faster.
    call(&test, &test.alice, "POST", &format!("suggestions/{suggestion}/accept"), &Value::Null)
        .await;
    let again = test.upload_image().await;
    let posted = test.post_form(UPDATE, &[("status", "two"), ("media_ids", &again)]).await.json();
    test.run_jobs().await;
    let told: Vec<Value> = receiver.take().iter().map(Received::json).collect();
    assert_eq!(
        (&told[0]["type"], &told[0]["data"]["origin"]),
        (&json!("described"), &json!("suggested"))
    );
    assert_eq!(told[1]["type"], "undescribed_tweeted");
    assert_eq!(told[1]["data"], json!({"tweet_id": posted["id_str"], "media_ids": [again]}));
    assert_eq!((told.len(), waiting(&test).await), (2, 0));
}

#[tokio::test]
async fn only_the_events_that_were_asked_for_are_queued_and_none_of_what_was_refused() {
    let (test, receiver) = (start().await, Receiver::start().await);
    let bob = test.add_user("bob").await;
    let media = test.upload_image().await;
    add(&test, &test.alice, &receiver.url, &["suggested"]).await;
    add(&test, &bob, &receiver.url, &["described"]).await;
    test.describe(&media, "a wren").await;
    assert_eq!(waiting(&test).await, 0);
    // Not his media: neither described nor told.
    let body = json!({"media_id": media, "alt_text": {"text": "his"}}).to_string();
    let call = crate::support::Call::json(crate::support::METADATA, &body);
    assert!(test.send_signed(&bob, call).await.status >= 400);
    // A Tweet with a described image is nothing to tell of.
    add(&test, &test.alice, &receiver.url, &["undescribed_tweeted"]).await;
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await;
    assert_eq!(waiting(&test).await, 0);
    let bare = test.upload_image().await;
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &bare)]).await;
    assert_eq!(waiting(&test).await, 1);
}

#[tokio::test]
async fn a_delivery_is_tried_again_with_rising_pauses_under_the_same_id() {
    let (test, receiver) = (start().await, Receiver::start().await);
    let media = test.upload_image().await;
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await;
    let (id, _) = added(&test, &receiver.url).await;
    receiver.answer(503, "");
    test.describe(&media, "a wren").await;
    let mut tries = 0;
    let mut elapsed = 0;
    while waiting(&test).await > 0 && elapsed < 3 * DAY_MS {
        test.run_jobs().await;
        let now = receiver.received().len();
        assert!(now - tries <= 1, "one at a time");
        tries = now;
        let step = 1000.max(elapsed / 4);
        test.app.clock.advance(step);
        elapsed += step;
    }
    assert!((10..=20).contains(&tries), "{tries} tries");
    assert!((DAY_MS / 2..2 * DAY_MS).contains(&elapsed), "for {elapsed} ms");
    let received = receiver.take();
    assert!(
        received.iter().all(|one| one.headers["webhook-id"] == received[0].headers["webhook-id"])
    );
    assert!(received.iter().all(|one| one.body == received[0].body));
    let shown = get(&test, &id).await;
    assert_eq!(
        (&shown["state"], &shown["last_error"]),
        (&json!("failing"), &json!("answered 503"))
    );
    // It was no failure of this server.
    assert_eq!(test.catalog.failed_job_count().await.unwrap(), 0);
    receiver.answer(200, "whatever it says is not read");
    test.describe(&media, "again").await;
    test.run_jobs().await;
    assert_eq!(get(&test, &id).await["state"], "working");
}

#[tokio::test]
async fn a_webhook_that_fails_for_days_is_disabled_until_a_test_is_accepted() {
    let (test, receiver) = (start().await, Receiver::start().await);
    let media = test.upload_image().await;
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await;
    let (id, _) = added(&test, &receiver.url).await;
    receiver.answer(302, "");
    for _ in 0..5 {
        test.describe(&media, "a wren").await;
        test.run_jobs().await;
        test.app.clock.advance(DAY_MS);
    }
    test.run_jobs().await;
    let shown = get(&test, &id).await;
    assert_eq!(shown["state"], "disabled");
    assert_eq!(shown["last_error"], "answered 302, a redirect, which is not followed");
    receiver.take();
    test.describe(&media, "not told").await;
    assert_eq!(waiting(&test).await, 0);

    let path = format!("webhooks/{id}/test");
    let refused = call(&test, &test.alice, "POST", &path, &Value::Null).await.json();
    assert_eq!(refused["delivered"], false);
    assert_eq!(get(&test, &id).await["state"], "disabled");
    receiver.answer(200, "");
    let accepted = call(&test, &test.alice, "POST", &path, &Value::Null).await.json();
    assert_eq!(accepted, json!({"delivered": true, "status": 200, "error": null}));
    assert_eq!(receiver.take()[1].json()["type"], "test");
    assert_eq!(get(&test, &id).await["state"], "working");
    test.describe(&media, "told").await;
    test.run_jobs().await;
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_is_gone_ends_its_webhook() {
    let (test, receiver) = (start().await, Receiver::start().await);
    let media = test.upload_image().await;
    let (id, _) = added(&test, &receiver.url).await;
    test.describe(&media, "one").await;
    test.describe(&media, "two").await;
    receiver.answer(410, "");
    test.run_jobs().await;
    assert_eq!(get(&test, &id).await["status"], 404);
    assert_eq!((receiver.received().len(), waiting(&test).await), (1, 0));
}

#[tokio::test]
async fn a_url_that_reaches_inside_is_refused_or_never_connected_to() {
    let (test, receiver) = (TestApp::start().await, Receiver::start().await);
    let bodies = [
        json!({"url": receiver.url, "events": ["described"]}),
        json!({"url": "http://[::ffff:127.0.0.1]/", "events": ["described"]}),
        json!({"url": "http://2130706433/", "events": ["described"]}),
        json!({"url": "http://169.254.169.254/latest/meta-data/", "events": ["described"]}),
        json!({"url": "ftp://a.example/", "events": ["described"]}),
        json!({"url": "https://me:secret@a.example/", "events": ["described"]}),
        json!({"url": "https://a.example/", "events": []}),
        json!({"url": "https://a.example/", "events": ["deleted"]}),
        json!({"events": ["described"]}),
    ];
    for body in bodies {
        let response = call(&test, &test.alice, "POST", "webhooks", &body).await;
        assert_eq!(response.status, 400, "{body}: {}", response.line());
    }
    // A name is looked up when it is connected to.
    let port = receiver.url.split(':').nth(2).unwrap();
    let (id, _) = added(&test, &format!("http://localhost:{port}")).await;
    let path = format!("webhooks/{id}/test");
    let tested = call(&test, &test.alice, "POST", &path, &Value::Null).await.json();
    assert_eq!(tested["error"], "the host has no public address, nor one of `outbound_allow`");
    let shown = get(&test, &id).await;
    assert_eq!((&shown["last_error"], &shown["state"]), (&tested["error"], &json!("working")));
    assert_eq!(receiver.received().len(), 0);
}

#[tokio::test]
async fn a_user_has_at_most_ten_webhooks() {
    let test = start().await;
    for n in 0..10 {
        added(&test, &format!("https://a.example/{n}")).await;
    }
    let refused = add(&test, &test.alice, "https://a.example/", &ALL).await;
    assert_eq!(refused.status, 403, "{}", refused.line());
    let bob = test.add_user("bob").await;
    assert_eq!(add(&test, &bob, "https://a.example/", &ALL).await.status, 201);
}

#[tokio::test]
async fn a_receiver_that_never_answers_delays_nobody_else() {
    let (test, silent, prompt) = (start().await, Receiver::start().await, Receiver::start().await);
    silent.answers.forget_permits(usize::MAX);
    let bob = test.add_user("bob").await;
    let media = test.upload_image().await;
    added(&test, &silent.url).await;
    add(&test, &bob, &prompt.url, &["described"]).await;
    for n in 0..30 {
        test.describe(&media, &format!("text {n}")).await;
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let running = tokio::spawn(jobs::run(test.app.clone(), stopped));
    let bytes = crate::support::png(8, 6);
    let upload = crate::support::Call::multipart(crate::support::UPLOAD, &[("media", &bytes)]);
    let his = test.send_signed(&bob, upload).await.media_id();
    let body = json!({"media_id": his, "alt_text": {"text": "his"}}).to_string();
    let describe = crate::support::Call::json(crate::support::METADATA, &body);
    assert_eq!(test.send_signed(&bob, describe).await.status, 200);
    // Less time than the silent receiver may take.
    for _ in 0..14 {
        for _ in 0..200 {
            pause().await;
        }
        test.app.clock.advance(900);
    }
    assert_eq!(prompt.received().len(), 1);
    let waits = silent.received().len();
    assert!((1..=8).contains(&waits), "one user has at most half of the slots: {waits}");
    stop.send_replace(true);
    running.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_has_no_webhook_pays_no_query() {
    let test = start().await;
    let bob = test.add_user("bob").await;
    let media = test.upload_image().await;
    let queries = async |text: &str| {
        let before = health::query_count(&test.app);
        assert_eq!(test.describe(&media, text).await.status, 200);
        health::query_count(&test.app) - before
    };
    queries("first").await;
    let without = queries("second").await;
    assert_eq!(add(&test, &bob, "https://a.example/", &ALL).await.status, 201);
    assert_eq!(queries("third").await, without);
    added(&test, "https://a.example/").await;
    assert_eq!(queries("fourth").await, without + 1);
}

//! Suggestions of a captioning service, for which a deterministic one stands in.

use crate::descriptions::call;
use crate::sockets::running::pause;
use crate::support::{Receiver, TestApp, UPDATE, UPLOAD, png};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use birdhouse_core::config::CaptionerLayer;
use birdhouse_domain::JobKind;
use serde_json::{Value, json};

async fn start(change: impl FnOnce(&mut CaptionerLayer)) -> (TestApp, Receiver) {
    let service = Receiver::start().await;
    service.answer(
        200,
        r#"{"text": "A wren sits on a gate.", "lang": "en", "model": "m-1", "confidence": 0.9}"#,
    );
    let mut captioner =
        CaptionerLayer { url: Some(service.url.clone()), ..CaptionerLayer::default() };
    change(&mut captioner);
    let test = TestApp::start_with(|layer| {
        layer.captioner = Some(captioner);
    });
    (test.await, service)
}

/// Uploads an image, and lets a minute pass.
async fn upload_and_wait(test: &TestApp) -> String {
    let media = test.upload_image().await;
    test.run_jobs().await;
    test.app.clock.advance(61_000);
    test.run_jobs().await;
    media
}

async fn suggestions(test: &TestApp) -> Vec<Value> {
    let response = call(test, &test.alice, "GET", "suggestions", &Value::Null).await;
    response.json()["suggestions"].as_array().unwrap().clone()
}

async fn waiting(test: &TestApp) -> usize {
    let rows = test.catalog.job_rows(0, 1000).await.unwrap();
    rows.iter().filter(|row| row.kind == JobKind::Caption.name()).count()
}

#[tokio::test]
async fn an_image_that_nobody_describes_gets_a_suggestion_that_only_its_owner_sees() {
    let (test, service) = start(|_| {}).await;
    let bytes = png(1000, 500);
    let media = test.post_multipart(UPLOAD, &[("media", &bytes)]).await.media_id();
    let posted = test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await.json();
    test.run_jobs().await;
    assert_eq!(service.received().len(), 0, "its author has a minute");
    test.app.clock.advance(61_000);
    test.run_jobs().await;
    let sent = service.take();
    assert_eq!(sent.len(), 1);
    let body = sent[0].json();
    assert_eq!((&body["media_id"], &body["lang"]), (&json!(media), &json!("und")));
    // The small size, not the original.
    let image = STANDARD.decode(body["image"].as_str().unwrap()).unwrap();
    assert!(!bytes.windows(32).any(|part| part == &image[..32]) || image.len() < bytes.len());
    assert_eq!(sent[0].headers.get("authorization"), None);

    let all = suggestions(&test).await;
    assert_eq!(all.len(), 1);
    let one = &all[0];
    assert_eq!(
        (&one["alt_text"], &one["origin"]),
        (&json!("A wren sits on a gate."), &json!("generated"))
    );
    assert_eq!(
        (&one["model"], &one["lang"], &one["author"]),
        (&json!("m-1"), &json!("und"), &Value::Null)
    );
    let show = format!(
        "/1.1/statuses/show/{}.json?include_ext_alt_text=true",
        posted["id_str"].as_str().unwrap()
    );
    let alt_text = async || {
        test.get(&show).await.json()["extended_entities"]["media"][0]["ext_alt_text"].clone()
    };
    assert_eq!(alt_text().await, Value::Null);
    let path = format!("suggestions/{}/accept", one["id"].as_str().unwrap());
    assert_eq!(call(&test, &test.alice, "POST", &path, &Value::Null).await.status, 200);
    assert_eq!(alt_text().await, "A wren sits on a gate.");
    let path = format!("media/{media}/descriptions");
    let listed = call(&test, &test.alice, "GET", &path, &Value::Null).await.json();
    assert_eq!(listed["descriptions"][0]["origin"], "generated");
    assert_eq!(waiting(&test).await, 0);

    // What the operator named is nothing that users may reach.
    let webhook = json!({"url": service.url, "events": ["described"]});
    let refused = call(&test, &test.alice, "POST", "webhooks", &webhook).await;
    assert_eq!(refused.status, 400, "{}", refused.line());
}

#[tokio::test]
async fn without_a_service_no_image_waits_for_one() {
    let test = TestApp::start().await;
    test.upload_image().await;
    test.run_jobs().await;
    assert_eq!(waiting(&test).await, 0);
}

#[tokio::test]
async fn what_a_person_wrote_is_never_competed_with() {
    let (test, service) = start(|_| {}).await;
    let media = test.upload_image().await;
    test.run_jobs().await;
    test.describe(&media, "hers").await;
    test.app.clock.advance(61_000);
    test.run_jobs().await;
    assert_eq!(service.received().len(), 0);

    // Described while the service thinks.
    let media = test.upload_image().await;
    test.run_jobs().await;
    test.app.clock.advance(61_000);
    service.answers.forget_permits(usize::MAX);
    let ((), ()) = tokio::join!(test.run_jobs(), async {
        while service.received().is_empty() {
            pause().await;
        }
        test.describe(&media, "hers").await;
        service.answers.add_permits(100);
    });
    assert_eq!((suggestions(&test).await, waiting(&test).await), (vec![], 0));
    let path = format!("media/{media}/descriptions");
    let listed = call(&test, &test.alice, "GET", &path, &Value::Null).await.json();
    assert_eq!(listed["descriptions"][0]["alt_text"], "hers");
}

#[tokio::test]
async fn a_service_that_chats_is_shown_the_image_with_the_token() {
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "a-token\n").unwrap();
    let (test, service) = start(|layer| {
        layer.kind = Some("chat".into());
        layer.model = Some("sees-1".into());
        layer.languages = Some(vec!["und".into(), "de".into()]);
        layer.bearer_token_file = Some(token.path().to_owned());
    })
    .await;
    let answer =
        json!({"choices": [{"message": {"role": "assistant", "content": "A wren on a gate."}}]});
    service.answer(200, &answer.to_string());
    upload_and_wait(&test).await;
    let sent = service.take();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].headers["authorization"], "Bearer a-token");
    let body = sent[1].json();
    assert_eq!(body["model"], "sees-1");
    let content = &body["messages"][0]["content"];
    assert!(content[0]["text"].as_str().unwrap().ends_with("tag de."), "{content}");
    assert!(content[1]["image_url"]["url"].as_str().unwrap().starts_with("data:image/png;base64,"));
    let all = suggestions(&test).await;
    let langs: Vec<&str> = all.iter().map(|one| one["lang"].as_str().unwrap()).collect();
    assert_eq!((langs, &all[0]["model"]), (vec!["de", "und"], &json!("sees-1")));
}

#[tokio::test]
async fn a_text_that_describes_nothing_is_dropped() {
    let (test, service) = start(|_| {}).await;
    for (n, text) in ["", "  ", "IMG_1234.jpg", "image", "https://a.example/"].iter().enumerate() {
        service.answer(200, &json!({"text": text}).to_string());
        upload_and_wait(&test).await;
        assert_eq!((service.received().len(), suggestions(&test).await), (n + 1, vec![]), "{text}");
    }
    // An image that the service does not take.
    service.answer(422, "");
    upload_and_wait(&test).await;
    assert_eq!((service.received().len(), waiting(&test).await), (6, 0));
    service.answer(200, &json!({"text": "A wren on a gate. ".repeat(100)}).to_string());
    upload_and_wait(&test).await;
    let all = suggestions(&test).await;
    assert!(all[0]["alt_text"].as_str().unwrap().chars().count() <= 1000);
}

#[tokio::test]
async fn a_service_that_fails_is_left_alone_and_no_image_is_forgotten() {
    let (test, service) = start(|_| {}).await;
    let cases = [
        (500, "{}".to_owned()),
        (200, "no JSON".to_owned()),
        (200, r#"{"text": 7}"#.to_owned()),
        (200, format!(r#"{{"text": "{}"}}"#, "x".repeat(20_000))),
        (307, String::new()),
    ];
    for (status, body) in cases {
        service.answer(status, &body);
        upload_and_wait(&test).await;
    }
    let before = service.take().len();
    assert!(before >= 5, "{before}");
    assert_eq!((waiting(&test).await, suggestions(&test).await), (5, vec![]));
    // While it is left alone nothing is sent; then one image tries it.
    test.run_jobs().await;
    assert_eq!(service.take().len(), 0);
    service.answer(500, "");
    test.app.clock.advance(16 * 60_000);
    test.run_jobs().await;
    assert_eq!(service.take().len(), 1);
    service.answer(200, r#"{"text": "A wren on a gate."}"#);
    for _ in 0..20 {
        test.app.clock.advance(16 * 60_000);
        test.run_jobs().await;
    }
    assert_eq!((waiting(&test).await, suggestions(&test).await.len()), (0, 5));
    assert_eq!(test.catalog.failed_job_count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_service_gets_no_more_images_a_minute_than_allowed() {
    let (test, service) = start(|layer| layer.per_minute = Some(2)).await;
    for _ in 0..5 {
        test.upload_image().await;
    }
    test.run_jobs().await;
    for expected in [2, 4, 5] {
        test.app.clock.advance(61_000);
        test.run_jobs().await;
        assert_eq!(service.received().len(), expected);
    }
}

#[tokio::test]
async fn images_of_a_user_who_does_not_want_that_stay_here() {
    let (test, service) = start(|_| {}).await;
    let settings = call(&test, &test.alice, "GET", "settings", &Value::Null).await.json();
    assert_eq!(settings, json!({"captions": true}));
    let early = test.upload_image().await;
    test.run_jobs().await;
    let set = call(&test, &test.alice, "PUT", "settings", &json!({"captions": false})).await;
    assert_eq!((set.status, set.json()), (200, json!({"captions": false})));
    upload_and_wait(&test).await;
    assert_eq!((service.received().len(), waiting(&test).await), (0, 0), "{early}");
    call(&test, &test.alice, "PUT", "settings", &json!({"captions": true})).await;
    upload_and_wait(&test).await;
    assert_eq!(service.received().len(), 1);
    let wrong = call(&test, &test.alice, "PUT", "settings", &json!({"captions": "no"})).await;
    assert_eq!(wrong.status, 400, "{}", wrong.line());
}

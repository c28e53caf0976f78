//! What is required of the descriptions of media that are tweeted.

use crate::descriptions::call;
use crate::support::{Response, TestApp, UPDATE};
use birdhouse_core::config::AltTextPolicyLayer;
use serde_json::{Value, json};

async fn with_policy(mode: &str, minimum: u32, level: &str) -> TestApp {
    TestApp::start_with(|layer| {
        layer.alt_text_policy = Some(AltTextPolicyLayer {
            mode: Some(mode.to_owned()),
            minimum: Some(minimum),
            level: Some(level.to_owned()),
            ..AltTextPolicyLayer::default()
        });
    })
    .await
}

async fn tweet_v1(test: &TestApp, media: &str) -> Response {
    test.post_form(UPDATE, &[("status", "Spring!"), ("media_ids", media)]).await
}

async fn tweet_v2(test: &TestApp, media: &str) -> Response {
    let body = json!({"text": "Spring 2!", "media": {"media_ids": [media]}});
    test.post_json("/2/tweets", &body.to_string()).await
}

#[tokio::test]
async fn a_tweet_without_description_is_refused_in_each_dialects_own_form_until_it_is_described() {
    let test = with_policy("require", 5, "warning").await;
    let media = test.upload_image().await;
    let v1 = tweet_v1(&test, &media).await;
    assert_eq!((v1.status, &v1.json()["errors"][0]["code"]), (403, &json!(324)));
    let message = v1.json()["errors"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains(&format!("Media {media} has no alt text; describe it first")));
    let v2 = tweet_v2(&test, &media).await;
    assert_eq!((v2.status, &v2.json()["title"]), (400, &json!("Invalid Request")));
    assert!(v2.json()["detail"].as_str().unwrap().contains("has no alt text"), "{}", v2.line());
    assert_eq!(test.get("/1.1/statuses/user_timeline.json").await.json(), json!([]));

    test.describe(&media, "Hi").await;
    assert!(tweet_v1(&test, &media).await.text().contains("fewer than 5 characters"));
    test.describe(&media, "IMG_1234.jpg").await;
    let flagged = tweet_v1(&test, &media).await;
    assert_eq!(flagged.status, 403, "{}", flagged.line());
    test.describe(&media, "A wren on a gate.").await;
    assert_eq!(tweet_v1(&test, &media).await.status, 200);
    assert_eq!(tweet_v2(&test, &media).await.status, 201);
    let decorative = test.upload_image().await;
    let path = format!("media/{decorative}/descriptions/und");
    call(&test, &test.alice, "PUT", &path, &json!({"decorative": true})).await;
    let response = test.post_form(UPDATE, &[("status", "x"), ("media_ids", &decorative)]).await;
    assert_eq!(response.status, 200, "{}", response.line());
}

#[tokio::test]
async fn a_reminder_is_a_header_and_nothing_else_changes() {
    let (plain, test) = (TestApp::start().await, with_policy("remind", 0, "none").await);
    let mut bodies = Vec::new();
    for test in [&plain, &test] {
        let media = test.upload_image().await;
        let (v1, v2) = (tweet_v1(test, &media).await, tweet_v2(test, &media).await);
        let expected = if test.app.config.data_dir == plain.app.config.data_dir {
            String::new()
        } else {
            format!("missing; media_id={media}")
        };
        assert_eq!(v1.header("birdhouse-alt-text"), expected);
        assert_eq!(v2.header("birdhouse-alt-text"), expected);
        let keys = |response: &Response| -> Vec<String> {
            response.json().as_object().unwrap().keys().cloned().collect()
        };
        bodies.push((keys(&v1), keys(&v2)));
        test.describe(&media, "a wren").await;
        let described = test.post_form(UPDATE, &[("status", "x"), ("media_ids", &media)]).await;
        assert_eq!(described.header("birdhouse-alt-text"), "");
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn users_may_require_more_of_themselves_and_not_less() {
    let test = with_policy("remind", 0, "none").await;
    let own = call(&test, &test.alice, "GET", "policy", &Value::Null).await.json();
    assert_eq!((&own["own"]["mode"], &own["effective"]["mode"]), (&json!("off"), &json!("remind")));
    let body = json!({"mode": "require", "minimum": 10, "level": "warning"});
    let put = call(&test, &test.alice, "PUT", "policy", &body).await;
    assert_eq!((put.status, &put.json()["effective"]), (200, &body));
    let media = test.upload_image().await;
    assert_eq!(tweet_v1(&test, &media).await.status, 403);
    let off = json!({"mode": "off"});
    let put = call(&test, &test.alice, "PUT", "policy", &off).await.json();
    assert_eq!(put["effective"]["mode"], "remind");
    assert_eq!(tweet_v1(&test, &media).await.status, 200);
    for wrong in [json!({}), json!({"mode": "x"}), json!({"mode": "off", "minimum": 1001})] {
        let response = call(&test, &test.alice, "PUT", "policy", &wrong).await;
        assert_eq!(response.status, 400, "{wrong}: {}", response.line());
    }
}

#[tokio::test]
async fn the_linter_says_what_is_wrong_why_and_the_way_out() {
    let test = TestApp::start().await;
    let body = json!({"alt_text": "IMG_1234.jpg", "lang": "en"});
    let response = call(&test, &test.alice, "POST", "lint", &body).await;
    let finding = response.json()["findings"][0].clone();
    assert_eq!((&finding["id"], &finding["end"]), (&json!("file-name"), &json!(12)));
    for member in ["level", "reason", "cure", "source"] {
        assert!(!finding[member].as_str().unwrap().is_empty(), "{finding}");
    }
    let good = json!({"alt_text": "A wren sings on a wooden gate.", "tweet_text": "Spring!"});
    let response = call(&test, &test.alice, "POST", "lint", &good).await;
    assert_eq!(response.json(), json!({"findings": []}));
    let same =
        json!({"alt_text": "A wren sings on a gate.", "tweet_text": "A wren sings on a gate."});
    let response = call(&test, &test.alice, "POST", "lint", &same).await;
    assert_eq!(response.json()["findings"][0]["id"], "same-as-tweet");
    let wrong = json!({"alt_text": "x", "lang": "e_"});
    assert_eq!(call(&test, &test.alice, "POST", "lint", &wrong).await.status, 400);
}

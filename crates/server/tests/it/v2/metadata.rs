//! Media metadata by v2.

use crate::support::{Call, METADATA, TestApp, png};
use birdhouse_domain::MediaId;
use serde_json::{Value, json};

async fn alt_text(test: &TestApp, media: &str) -> Value {
    let path = format!("/2/media/3_{media}?media.fields=alt_text");
    test.get(&path).await.json()["data"]["alt_text"].clone()
}

#[tokio::test]
async fn every_body_that_clients_send_is_stored_and_echoed() {
    let test = TestApp::start().await;
    let alt = json!({"text": "a bird — 🐦"});
    let bodies = [
        ("/2/media/metadata", json!({"id": "ID", "metadata": {"alt_text": alt}})),
        ("/2/media/metadata/create", json!({"media_id": "ID", "alt_text": alt})),
        ("/2/media/metadata", json!({"id": "ID", "alt_text": alt})),
        ("/2/media/metadata/create", json!({"id": "ID", "metadata": {"alt_text": alt}})),
        ("/2/media/metadata", json!({"id": "ID", "metadata": {"alt_text": "a bird — 🐦"}})),
    ];
    for (path, body) in bodies {
        let media = test.upload_image().await;
        let body = body.to_string().replace("ID", &media);
        let response = test.post_json(path, &body).await;
        assert_eq!(
            (response.status, response.json()),
            (200, json!({"data": {"id": media, "associated_metadata": {"alt_text": alt}}})),
            "{path} {body}"
        );
        assert_eq!(alt_text(&test, &media).await, alt["text"], "{path} {body}");
    }
}

#[tokio::test]
async fn a_strict_server_refuses_misplaced_alt_text() {
    let test = TestApp::start_strict().await;
    let media = test.upload_image().await;
    let misplaced = json!({"id": media, "alt_text": {"text": "lost"}}).to_string();
    let response = test.post_json("/2/media/metadata", &misplaced).await;
    assert_eq!(response.status, 400);
    assert_eq!(
        response.json()["errors"][0]["message"],
        "$.alt_text: belongs in $.metadata.alt_text"
    );
    assert_eq!(alt_text(&test, &media).await, Value::Null);
    let bodies = [
        ("/2/media/metadata", json!({"id": media, "metadata": {"alt_text": {"text": "one"}}})),
        ("/2/media/metadata/create", json!({"media_id": media, "alt_text": {"text": "two"}})),
    ];
    for (path, body) in bodies {
        assert_eq!(test.post_json(path, &body.to_string()).await.status, 200, "{path}");
    }
    assert_eq!(alt_text(&test, &media).await, "two");
}

#[tokio::test]
async fn old_and_new_members_may_be_mixed_on_a_lenient_server() {
    let mixed = |media: &str| {
        json!({"id": media, "metadata": {"shared_info": {"shared": true}},
               "alt_text": {"text": "beside"}})
        .to_string()
    };
    let lenient = TestApp::start().await;
    let media = lenient.upload_image().await;
    assert_eq!(lenient.post_json("/2/media/metadata", &mixed(&media)).await.status, 200);
    assert_eq!(alt_text(&lenient, &media).await, "beside");
    let strict = TestApp::start_strict().await;
    let media = strict.upload_image().await;
    assert_eq!(strict.post_json("/2/media/metadata", &mixed(&media)).await.status, 400);
    // Metadata may precede the bytes.
    let initialized = lenient.post_json("/2/media/upload/initialize", "{}").await.json();
    let early =
        json!({"id": initialized["data"]["id"], "metadata": {"alt_text": {"text": "early"}}});
    assert_eq!(lenient.post_json("/2/media/metadata", &early.to_string()).await.status, 200);
}

#[tokio::test]
async fn all_members_are_stored_and_the_last_value_of_each_wins() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let first = json!({
        "alt_text": {"text": "one"},
        "sensitive_media_warning": {"adult_content": false, "other": true},
        "found_media_origin": {"provider": "giphy", "id": "12345"},
        "allow_download_status": {"allow_download": true},
        "sticker_info": {"stickers": [{"id": "1", "aspect_ratio": 1.5}]},
        "upload_source": {"upload_source": "camera"},
        "content_expiration": {"timestamp_sec": 1_767_225_600},
        "domain_restrictions": {"whitelist": ["example.com"]},
        "geo_restrictions": {"whitelisted_country_codes": ["us"], "blacklisted_country_codes": []},
        "management_info": {"managed": false},
        "shared_info": {"shared": true},
        "audience_policy": {"x_subscriptions": ["Any"]},
        "preview_image": {"media_key": {"media": media, "media_category": "TweetImage"}},
    });
    let body = json!({"id": media, "metadata": first});
    let response = test.post_json("/2/media/metadata", &body.to_string()).await;
    assert_eq!(response.json()["data"]["associated_metadata"], first);
    let second = json!({"id": media, "metadata": {"shared_info": {"shared": false}}});
    assert_eq!(test.post_json("/2/media/metadata", &second.to_string()).await.status, 200);

    let stored = test.catalog.metadata(&[MediaId::parse(&media).unwrap()]).await.unwrap();
    let stored: Vec<(String, Value)> = stored
        .into_iter()
        .map(|(_, name, value)| (name, serde_json::from_str(&value).unwrap()))
        .collect();
    let first = first.as_object().unwrap();
    assert_eq!(stored.len(), first.len() - 1, "alt text is stored elsewhere");
    for (name, value) in &stored {
        let expected =
            if name == "shared_info" { &json!({"shared": false}) } else { &first[name.as_str()] };
        assert_eq!(value, expected, "{name}");
    }
    assert_eq!(alt_text(&test, &media).await, "one");
}

#[tokio::test]
async fn errors_name_the_member_and_another_users_media_is_not_found() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let theirs = test
        .send_signed(
            &bob,
            Call::multipart(
                "/2/media/upload",
                &[("media", &png(8, 6)), ("media_category", b"tweet_image")],
            ),
        )
        .await;
    let theirs = theirs.json()["data"]["id"].as_str().unwrap().to_owned();
    let own = test.upload_image().await;
    let metadata = |text: &str| json!({"id": own, "metadata": {"alt_text": {"text": text}}});
    let cases = [
        (metadata(""), "$.metadata.alt_text.text: must not be blank"),
        (metadata(&"x".repeat(1001)), "$.metadata.alt_text.text: may only be 1000 characters long"),
        (json!({"metadata": {"alt_text": {"text": "x"}}}), "$.id: is missing but it is required"),
        (
            json!({"id": "3_1", "metadata": {}}),
            "$.id: does not match the regex pattern ^[0-9]{1,19}$",
        ),
        (
            json!({"id": own, "metadata": {"alt_text": {}}}),
            "$.metadata.alt_text.text: is missing but it is required",
        ),
        (
            json!({"id": own, "metadata": {"alt_text": {"text": 7}}}),
            "$.metadata.alt_text.text: integer found, string expected",
        ),
        (json!({"id": own, "metadata": []}), "$.metadata: array found, object expected"),
        (
            json!({"id": own, "metadata": {"altText": {"text": "x"}}}),
            "$.metadata: has no known member; alt text belongs in $.metadata.alt_text.text",
        ),
        (json!({"id": "7", "metadata": {"alt_text": {"text": "x"}}}), "BadRequest: Not found"),
        (json!({"id": theirs, "metadata": {"alt_text": {"text": "x"}}}), "BadRequest: Not found"),
        (
            json!({"id": theirs, "metadata": {"shared_info": {"shared": true}}}),
            "BadRequest: Not found",
        ),
        (
            json!({"id": own, "metadata": {"found_media_origin": {"provider": "toolongname", "id": "1"}}}),
            "$.metadata.found_media_origin.provider: may only be 8 characters long",
        ),
    ];
    for (body, message) in cases {
        let response = test.post_json("/2/media/metadata", &body.to_string()).await;
        assert_eq!(
            (response.status, response.json()["errors"][0]["message"].as_str()),
            (400, Some(message)),
            "{body}"
        );
    }
    let long = metadata(&"🐦".repeat(1000));
    assert_eq!(test.post_json("/2/media/metadata", &long.to_string()).await.status, 200);
    // The last write wins, whatever the dialect.
    let body = json!({"media_id": own, "alt_text": {"text": "from v1.1"}}).to_string();
    assert_eq!(test.post_json(METADATA, &body).await.status, 200);
    assert_eq!(alt_text(&test, &own).await, "from v1.1");
}

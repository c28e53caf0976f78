//! Requirements of v2 clients (R29 to R33).

use crate::support::{Call, FORM, TestApp, png};
use axum::body::Body;
use axum::http::Request;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use birdhouse_core::actions::access::oauth2;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const UPLOAD: &str = "/2/media/upload";

#[tokio::test]
async fn r29_every_encoding_of_an_upload_is_accepted() {
    let test = TestApp::start().await;
    let bytes = png(8, 6);
    let text = STANDARD.encode(&bytes);
    let json_body = json!({"media": text, "media_category": "tweet_image"}).to_string();
    for call in [
        Call::multipart(UPLOAD, &[("media", &bytes), ("media_category", b"tweet_image")]),
        Call::json(UPLOAD, &json_body),
        Call::form(UPLOAD, &[("media", &text), ("media_category", "tweet_image")]),
    ] {
        assert!(test.send_signed(&test.alice, call).await.json()["data"]["id"].is_string());
    }
    for owners in [json!(["7", "8"]), json!("7,8"), json!(null)] {
        let body = json!({"media_type": "image/png", "total_bytes": bytes.len(), "media_category": null, "additional_owners": owners});
        let initialized = test.post_json("/2/media/upload/initialize", &body.to_string()).await;
        let id = initialized.json()["data"]["id"]
            .as_str()
            .unwrap_or_else(|| panic!("{}", initialized.line()))
            .to_owned();
        let append = format!("{UPLOAD}/{id}/append");
        for call in [
            Call::multipart(&append, &[("segment_index", b"0"), ("media", &bytes)]),
            Call::multipart(&append, &[("media", &bytes), ("segment_index", b"0")]),
            Call::json(&append, &json!({"media": text, "segment_index": 0}).to_string()),
            // python-twitter-v2 omits segment_index.
            Call::multipart(&append, &[("media", &bytes)]),
        ] {
            assert_eq!(test.send_signed(&test.alice, call).await.status, 200);
        }
        let finalize = format!("{UPLOAD}/{id}/finalize");
        for call in [
            Call::post(&finalize, None, ""),
            Call::json(&finalize, "{}"),
            Call::post(&finalize, Some("application/json"), ""),
        ] {
            assert_eq!(test.send_signed(&test.alice, call).await.json()["data"]["id"], json!(id));
        }
        let status = test.get(&format!("{UPLOAD}?command=STATUS&media_id={id}")).await;
        assert_eq!(status.json()["data"]["id"], json!(id));
    }
}

#[tokio::test]
async fn r30_alt_text_is_accepted_at_both_paths() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let new = json!({"id": media, "metadata": {"alt_text": {"text": "new"}}});
    let old = json!({"media_id": media, "alt_text": {"text": "old"}});
    for (path, body, text) in
        [("/2/media/metadata", new, "new"), ("/2/media/metadata/create", old, "old")]
    {
        assert_eq!(test.post_json(path, &body.to_string()).await.status, 200, "{path}");
        let found = test.get(&format!("/2/media/3_{media}?media.fields=alt_text")).await;
        assert_eq!(found.json()["data"]["alt_text"], json!(text));
    }
}

#[tokio::test]
async fn r31_every_response_has_data_with_ids_as_strings() {
    let test = TestApp::start().await;
    let bytes = png(8, 6);
    let initialized = test
        .post_json("/2/media/upload/initialize", "{\"media_category\":\"tweet_video\"}")
        .await
        .json();
    assert!(initialized["data"]["media_key"].as_str().unwrap().starts_with("7_"), "{initialized}");
    let id = test.post_json("/2/media/upload/initialize", "{}").await.json()["data"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let appended =
        test.post_multipart(&format!("{UPLOAD}/{id}/append"), &[("media", &bytes)]).await.json();
    assert!(appended["data"]["expires_at"].is_i64(), "{appended}");
    let path = format!("{UPLOAD}/{id}/finalize");
    let done = test.send_signed(&test.alice, Call::post(&path, None, "")).await.json();
    assert_eq!(
        (&done["data"]["id"], &done["data"]["media_key"]),
        (&json!(id), &json!(format!("3_{id}")))
    );
    let (media, tweet) = test.post_image_tweet("hello").await;
    let path = format!("/2/tweets/{tweet}?expansions=attachments.media_keys&media.fields=alt_text");
    let found = test.get(&path).await.json();
    assert_eq!(
        found["includes"]["media"],
        json!([{"alt_text": "an image", "type": "photo", "media_key": format!("3_{media}")}])
    );
}

#[tokio::test]
async fn r32_every_call_accepts_a_signature_and_a_bearer_token() {
    let test = TestApp::start().await;
    let (media, tweet) = test.post_image_tweet("hello").await;
    let scopes = "tweet.read tweet.write users.read media.write";
    let token = test.issue_token(&test.alice, scopes).await.access_token;
    let metadata = json!({"id": media, "metadata": {"alt_text": {"text": "x"}}}).to_string();
    let upload =
        json!({"media": STANDARD.encode(png(8, 6)), "media_category": "tweet_image"}).to_string();
    let me = test.alice.user_id.clone();
    let paths = [
        format!("/2/tweets/{tweet}"),
        format!("/2/tweets?ids={tweet}"),
        "/2/users/me".to_owned(),
        format!("/2/users/{me}"),
        format!("/2/users?ids={me}"),
        format!("/2/users/{me}/tweets"),
        "/2/users/by/username/alice".to_owned(),
        format!("/2/media/3_{media}"),
        format!("/2/media?media_keys=3_{media}"),
        format!("{UPLOAD}?media_id={media}"),
    ];
    let calls = || {
        let posts = [("/2/media/metadata", &metadata), (UPLOAD, &upload)];
        let posts = posts.map(|(path, body)| Call::json(path, body));
        paths.iter().map(|path| Call::get(path)).chain(posts)
    };
    for (signed, with_token) in calls().zip(calls()) {
        let path = signed.path;
        let response = test.send_signed(&test.alice, signed).await;
        assert!(
            response.json()["data"].is_object() || response.json()["data"].is_array(),
            "{path}: {}",
            response.line()
        );
        let again = test.send_with_token(&token, with_token).await;
        assert_eq!(again.status, 200, "{path}: {}", again.line());
        assert!(!again.json()["data"].is_null(), "{path}: {}", again.line());
    }
}

/// An authorization code for the test app with this code challenge.
async fn issue_code(test: &TestApp, challenge: &str, method: &str) -> String {
    let client = test.catalog.app_by_client_id(&test.alice.client_id).await.unwrap().unwrap();
    let request = oauth2::AuthorizationRequest {
        response_type: "code",
        redirect_uri: "https://app.example/done",
        scope: "tweet.read users.read offline.access",
        state: "",
        challenge,
        challenge_method: method,
    };
    let valid = oauth2::validate(&request).unwrap();
    let user = birdhouse_domain::UserId::parse(&test.alice.user_id).unwrap();
    oauth2::allow(&test.app, client.id, user, &request, &valid).await.unwrap()
}

#[tokio::test]
async fn r33_the_token_endpoint_accepts_four_encodings() {
    let test = TestApp::start().await;
    let (id, secret) = (test.alice.client_id.clone(), test.alice.client_secret.clone().unwrap());
    let basic = format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")));
    let verifier = "v".repeat(50);
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    for (method, challenge) in
        [("S256", &challenge), ("s256", &challenge), ("plain", &verifier), ("", &verifier)]
    {
        for encoding in ["form", "json", "query", "form without Basic"] {
            let code = issue_code(&test, challenge, method).await;
            let mut pairs = vec![
                ("grant_type", "authorization_code"),
                ("code", &*code),
                ("code_verifier", &verifier),
                ("redirect_uri", "https://app.example/done"),
                ("client_id", &id),
            ];
            if encoding == "json" || encoding == "form without Basic" {
                pairs.push(("client_secret", &secret));
            }
            let encoded = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned()));
            let encoded = encoded.collect::<birdhouse_oauth::params::Params>().print();
            let (path, kind, body) = match encoding {
                "json" => {
                    let object: serde_json::Map<String, Value> =
                        pairs.iter().map(|(n, v)| ((*n).to_owned(), json!(v))).collect();
                    (
                        "/2/oauth2/token".to_owned(),
                        "application/json",
                        Value::Object(object).to_string(),
                    )
                }
                "query" => (format!("/2/oauth2/token?{encoded}"), FORM, String::new()),
                _ => ("/2/oauth2/token".to_owned(), FORM, encoded),
            };
            let mut request = Request::post(path).header("content-type", kind);
            if encoding != "form without Basic" {
                request = request.header("authorization", &basic);
            }
            let response = test.send(request.body(Body::from(body)).unwrap()).await;
            assert_eq!(response.status, 200, "{encoding} {method}: {}", response.line());
            assert_eq!(response.json()["token_type"], "bearer");
            assert_eq!(response.json()["scope"], "tweet.read users.read offline.access");
        }
    }
    let request = Request::post("/oauth2/token").header("content-type", FORM).header(
        "authorization",
        format!(
            "Basic {}",
            STANDARD.encode(format!("{}:{}", test.alice.consumer_key, test.alice.consumer_secret))
        ),
    );
    let response =
        test.send(request.body(Body::from("grant_type=client_credentials")).unwrap()).await;
    assert_eq!(response.json()["token_type"], "bearer");
}

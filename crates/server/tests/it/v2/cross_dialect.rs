//! Upload, alt text, Tweet and reading, each by either dialect.

use crate::support::{Call, TestApp, UPDATE, UPLOAD, png};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use birdhouse_core::actions::access::issue::IssuedCredentials;
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    V1,
    V2,
}

use Dialect::{V1, V2};

/// A client that signs requests of v1.1 and sends v2 a bearer token.
struct Client<'a> {
    test: &'a TestApp,
    credentials: IssuedCredentials,
    token: String,
}

impl Client<'_> {
    async fn post_json(&self, path: &str, body: serde_json::Value) -> serde_json::Value {
        let response =
            self.test.send_with_token(&self.token, Call::json(path, &body.to_string())).await;
        assert!(response.status < 300, "{path}: {}", response.line());
        response.json()
    }

    async fn upload(&self, by: Dialect, seed: u32) -> String {
        let bytes = png(8 + seed, 6);
        match by {
            V1 => self
                .test
                .send_signed(&self.credentials, Call::multipart(UPLOAD, &[("media", &bytes)]))
                .await
                .media_id(),
            V2 => {
                let body =
                    json!({"media": STANDARD.encode(bytes), "media_category": "tweet_image"});
                let response = self.post_json("/2/media/upload", body).await;
                response["data"]["id"].as_str().unwrap().to_owned()
            }
        }
    }

    async fn describe(&self, by: Dialect, media: &str, text: &str) {
        let alt_text = json!({"text": text});
        match by {
            V1 => {
                let body = json!({"media_id": media, "alt_text": alt_text}).to_string();
                let path = "/1.1/media/metadata/create.json";
                assert_eq!(
                    self.test.send_signed(&self.credentials, Call::json(path, &body)).await.status,
                    200
                );
            }
            V2 => {
                let body = json!({"id": media, "metadata": {"alt_text": alt_text}});
                self.post_json("/2/media/metadata", body).await;
            }
        }
    }

    async fn tweet(&self, by: Dialect, media: &str, text: &str) -> String {
        match by {
            V1 => {
                let pairs = [("status", text), ("media_ids", media)];
                let response =
                    self.test.send_signed(&self.credentials, Call::form(UPDATE, &pairs)).await;
                response.json()["id_str"].as_str().unwrap().to_owned()
            }
            V2 => {
                let body = json!({"text": text, "media": {"media_ids": [media]}});
                self.post_json("/2/tweets", body).await["data"]["id"].as_str().unwrap().to_owned()
            }
        }
    }

    async fn read(&self, by: Dialect, tweet: &str) -> Option<String> {
        let (path, pointer) = match by {
            V1 => (
                format!("/1.1/statuses/show.json?id={tweet}&include_ext_alt_text=true"),
                "/extended_entities/media/0/ext_alt_text",
            ),
            V2 => (
                format!(
                    "/2/tweets/{tweet}?expansions=attachments.media_keys&media.fields=alt_text"
                ),
                "/includes/media/0/alt_text",
            ),
        };
        let response = match by {
            V1 => self.test.send_signed(&self.credentials, Call::get(&path)).await,
            V2 => self.test.send_with_token(&self.token, Call::get(&path)).await,
        };
        response.json().pointer(pointer)?.as_str().map(str::to_owned)
    }
}

#[tokio::test]
async fn every_step_may_use_either_dialect() {
    let test = TestApp::start().await;
    let scopes = "tweet.read tweet.write users.read media.write";
    let token = test.issue_token(&test.alice, scopes).await.access_token;
    let client = Client { test: &test, credentials: test.alice.clone(), token };
    let mut count = 0;
    for upload in [V1, V2] {
        for describe in [V1, V2] {
            for tweet in [V1, V2] {
                for read in [V1, V2] {
                    let text = format!("{upload:?} {describe:?} {tweet:?} {read:?} — ünï");
                    let media = client.upload(upload, count).await;
                    client.describe(describe, &media, &text).await;
                    let id = client.tweet(tweet, &media, &text).await;
                    assert_eq!(client.read(read, &id).await.as_deref(), Some(&*text));
                    count += 1;
                }
            }
        }
    }
    println!("cross-dialect: {count} of 16");
    assert_eq!(count, 16);
}

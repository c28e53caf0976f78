//! Media uploaded by one dialect, described by another, Tweeted by either and read by both.

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

/// A user who speaks v1.1 signed, and v2 with a bearer token.
struct Speaker<'a> {
    test: &'a TestApp,
    who: IssuedCredentials,
    token: String,
}

impl Speaker<'_> {
    async fn json(&self, path: &str, body: serde_json::Value) -> serde_json::Value {
        let answer = self.test.bearing(&self.token, Call::json(path, &body.to_string())).await;
        assert!(answer.status < 300, "{path}: {}", answer.line());
        answer.json()
    }

    async fn upload(&self, by: Dialect, seed: u32) -> String {
        let bytes = png(8 + seed, 6);
        match by {
            V1 => self
                .test
                .signed(&self.who, Call::multipart(UPLOAD, &[("media", &bytes)]))
                .await
                .media_id(),
            V2 => {
                let body =
                    json!({"media": STANDARD.encode(bytes), "media_category": "tweet_image"});
                let answer = self.json("/2/media/upload", body).await;
                answer["data"]["id"].as_str().unwrap().to_owned()
            }
        }
    }

    async fn describe(&self, by: Dialect, media: &str, text: &str) {
        let alt_text = json!({"text": text});
        match by {
            V1 => {
                let body = json!({"media_id": media, "alt_text": alt_text}).to_string();
                let path = "/1.1/media/metadata/create.json";
                assert_eq!(self.test.signed(&self.who, Call::json(path, &body)).await.status, 200);
            }
            V2 => {
                let body = json!({"id": media, "metadata": {"alt_text": alt_text}});
                self.json("/2/media/metadata", body).await;
            }
        }
    }

    async fn tweet(&self, by: Dialect, media: &str, text: &str) -> String {
        match by {
            V1 => {
                let pairs = [("status", text), ("media_ids", media)];
                let answer = self.test.signed(&self.who, Call::form(UPDATE, &pairs)).await;
                answer.json()["id_str"].as_str().unwrap().to_owned()
            }
            V2 => {
                let body = json!({"text": text, "media": {"media_ids": [media]}});
                self.json("/2/tweets", body).await["data"]["id"].as_str().unwrap().to_owned()
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
        let answer = match by {
            V1 => self.test.signed(&self.who, Call::get(&path)).await,
            V2 => self.test.bearing(&self.token, Call::get(&path)).await,
        };
        answer.json().pointer(pointer)?.as_str().map(str::to_owned)
    }
}

#[tokio::test]
async fn every_pair_of_dialects_works_together() {
    let test = TestApp::start().await;
    let rights = "tweet.read tweet.write users.read media.write";
    let token = test.token(&test.alice, rights).await.access_token;
    let speaker = Speaker { test: &test, who: test.alice.clone(), token };
    let mut done = 0;
    for upload in [V1, V2] {
        for describe in [V1, V2] {
            for tweet in [V1, V2] {
                for read in [V1, V2] {
                    let text = format!("{upload:?} {describe:?} {tweet:?} {read:?} — ünï");
                    let media = speaker.upload(upload, done).await;
                    speaker.describe(describe, &media, &text).await;
                    let id = speaker.tweet(tweet, &media, &text).await;
                    assert_eq!(speaker.read(read, &id).await.as_deref(), Some(&*text));
                    done += 1;
                }
            }
        }
    }
    println!("cross-dialect: {done} of 16");
    assert_eq!(done, 16);
}

//! Suggestions through every state: another user, a delegate and a captioning service.

use crate::descriptions::call;
use crate::support::{Response, TestApp, UPDATE};
use birdhouse_core::actions::access::issue::IssuedCredentials;
use birdhouse_core::actions::suggestions;
use birdhouse_domain::{AltText, Language, MediaId};
use serde_json::{Value, json};

/// Alice's image in a Tweet.
async fn tweeted(test: &TestApp) -> (String, String) {
    let media = test.upload_image().await;
    let posted = test.post_form(UPDATE, &[("status", &media), ("media_ids", &media)]).await;
    (media, posted.json()["id_str"].as_str().unwrap().to_owned())
}

async fn suggest(test: &TestApp, by: &IssuedCredentials, media: &str, text: &str) -> Response {
    let body = json!({"alt_text": text});
    call(test, by, "POST", &format!("media/{media}/suggestions"), &body).await
}

fn id(suggested: &Response) -> String {
    assert_eq!(suggested.status, 201, "{}", suggested.line());
    suggested.json()["id"].as_str().unwrap().to_owned()
}

/// The texts of suggestions in a box and a state, newest first.
async fn texts(test: &TestApp, by: &IssuedCredentials, query: &str) -> Vec<String> {
    let response = call(test, by, "GET", &format!("suggestions?{query}"), &Value::Null).await;
    assert_eq!(response.status, 200, "{}", response.line());
    let all = response.json()["suggestions"].as_array().unwrap().clone();
    all.iter().map(|one| one["alt_text"].as_str().unwrap().to_owned()).collect()
}

async fn decide(
    test: &TestApp,
    by: &IssuedCredentials,
    id: &str,
    what: &str,
    body: &Value,
) -> Response {
    call(test, by, "POST", &format!("suggestions/{id}/{what}"), body).await
}

async fn shown(test: &TestApp, tweet: &str) -> Value {
    let show = format!("/1.1/statuses/show/{tweet}.json?include_ext_alt_text=true");
    let tweet = test.get(&show).await.json();
    tweet["extended_entities"]["media"][0]["ext_alt_text"].clone()
}

async fn descriptions(test: &TestApp, by: &IssuedCredentials, media: &str) -> Value {
    call(test, by, "GET", &format!("media/{media}/descriptions"), &Value::Null).await.json()
}

#[tokio::test]
async fn a_suggestion_is_seen_by_its_author_and_the_owner_until_it_is_accepted() {
    let test = TestApp::start().await;
    let (bob, carol) = (test.add_user("bob").await, test.add_user("carol").await);
    let (media, tweet) = tweeted(&test).await;
    test.describe(&media, "a bird").await;
    let suggestion = id(&suggest(&test, &bob, &media, "a wren on a gate").await);
    assert_eq!(shown(&test, &tweet).await, "a bird");
    assert_eq!(texts(&test, &test.alice, "").await, ["a wren on a gate"]);
    assert_eq!(texts(&test, &bob, "box=sent").await, ["a wren on a gate"]);
    assert_eq!(texts(&test, &bob, "").await, [""; 0]);
    assert_eq!(texts(&test, &carol, "").await, [""; 0]);
    let seen = descriptions(&test, &carol, &media).await;
    assert!(!seen.to_string().contains("wren"), "{seen}");
    for stranger in [&bob, &carol] {
        let refused = decide(&test, stranger, &suggestion, "accept", &Value::Null).await;
        assert_eq!(refused.status, 404, "{}", refused.line());
        let refused = decide(&test, stranger, &suggestion, "decline", &Value::Null).await;
        assert_eq!(refused.status, 404, "{}", refused.line());
    }
    let accepted = decide(&test, &test.alice, &suggestion, "accept", &Value::Null).await;
    assert_eq!((accepted.status, &accepted.json()["state"]), (200, &json!("accepted")));
    assert_eq!(shown(&test, &tweet).await, "a wren on a gate");
    let listed = descriptions(&test, &test.alice, &media).await;
    let current = &listed["descriptions"][0];
    assert_eq!(
        (&current["origin"], &current["author"]["username"]),
        (&json!("suggested"), &json!("bob"))
    );
    let history: Vec<&Value> =
        listed["history"].as_array().unwrap().iter().map(|entry| &entry["alt_text"]).collect();
    assert_eq!(json!(history), json!(["a wren on a gate", "a bird"]));
    assert_eq!(decide(&test, &test.alice, &suggestion, "accept", &json!({})).await.status, 409);
    assert_eq!(decide(&test, &test.alice, &suggestion, "decline", &json!({})).await.status, 409);
    assert_eq!(texts(&test, &bob, "box=sent&state=accepted").await, ["a wren on a gate"]);
}

#[tokio::test]
async fn the_owner_may_edit_decline_and_block() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let (media, tweet) = tweeted(&test).await;
    let first = id(&suggest(&test, &bob, &media, "a wrne").await);
    let second = id(&suggest(&test, &bob, &media, "a bird").await);
    let third = id(&suggest(&test, &bob, &media, "spam").await);
    id(&suggest(&test, &bob, &media, "more spam").await);
    let edited = json!({"alt_text": "a wren"});
    assert_eq!(decide(&test, &test.alice, &first, "accept", &edited).await.status, 200);
    assert_eq!(shown(&test, &tweet).await, "a wren");
    let current = descriptions(&test, &test.alice, &media).await["descriptions"][0].clone();
    assert_eq!(
        (&current["origin"], &current["author"]["username"], &current["suggestion_id"]),
        (&json!("suggested"), &json!("alice"), &json!(first))
    );
    let declined = decide(&test, &test.alice, &second, "decline", &Value::Null).await;
    assert_eq!(declined.json()["state"], "declined");
    assert_eq!(shown(&test, &tweet).await, "a wren");
    decide(&test, &test.alice, &third, "decline", &json!({"block": true})).await;
    assert_eq!(texts(&test, &test.alice, "").await, [""; 0]);
    let refused = suggest(&test, &bob, &media, "again").await;
    assert_eq!(refused.status, 403, "{}", refused.line());
    let blocked = call(&test, &test.alice, "GET", "blocked", &Value::Null).await.json();
    assert_eq!(blocked["users"][0]["username"], "bob");
    let unblock = call(&test, &test.alice, "DELETE", "blocked/bob", &Value::Null).await;
    assert_eq!(unblock.status, 204);
    assert_eq!(suggest(&test, &bob, &media, "again").await.status, 201);
}

#[tokio::test]
async fn a_delegate_decides_until_the_owner_ends_that() {
    let test = TestApp::start().await;
    let (bob, carol) = (test.add_user("bob").await, test.add_user("carol").await);
    let (media, tweet) = tweeted(&test).await;
    let first = id(&suggest(&test, &bob, &media, "one").await);
    let second = id(&suggest(&test, &bob, &media, "two").await);
    let added = call(&test, &test.alice, "PUT", "delegates/carol", &Value::Null).await;
    assert_eq!(added.status, 204, "{}", added.line());
    assert_eq!(texts(&test, &carol, "").await, ["two", "one"]);
    assert_eq!(suggest(&test, &carol, &media, "needless").await.status, 400);
    assert_eq!(decide(&test, &carol, &first, "accept", &Value::Null).await.status, 200);
    assert_eq!(shown(&test, &tweet).await, "one");
    let listed = call(&test, &test.alice, "GET", "delegates", &Value::Null).await.json();
    assert_eq!(listed["users"][0]["username"], "carol");
    call(&test, &test.alice, "DELETE", "delegates/carol", &Value::Null).await;
    assert_eq!(decide(&test, &carol, &second, "accept", &Value::Null).await.status, 404);
    assert_eq!(texts(&test, &carol, "").await, [""; 0]);
    for (name, status) in [("nobody", 404), ("alice", 400)] {
        let path = format!("delegates/{name}");
        let response = call(&test, &test.alice, "PUT", &path, &Value::Null).await;
        assert_eq!(response.status, status, "{}", response.line());
    }
}

#[tokio::test]
async fn what_was_generated_is_marked_and_never_competes_with_a_person() {
    let test = TestApp::start().await;
    let (media, tweet) = tweeted(&test).await;
    let (described, _) = tweeted(&test).await;
    test.describe(&described, "by a person").await;
    let und = Language::default_language();
    let text = AltText::parse("a small brown bird").unwrap();
    let mut added = Vec::new();
    for media in [&media, &described] {
        let media = MediaId::parse(media).unwrap();
        added.push(suggestions::add_generated(&test.app, media, &und, &text, "m1").await.unwrap());
    }
    assert_eq!(added, [true, false]);
    assert_eq!(shown(&test, &tweet).await, Value::Null);
    let open = call(&test, &test.alice, "GET", "suggestions", &Value::Null).await.json();
    let one = &open["suggestions"][0];
    assert_eq!(
        (&one["origin"], &one["model"], &one["author"]),
        (&json!("generated"), &json!("m1"), &Value::Null)
    );
    let id = one["id"].as_str().unwrap();
    assert_eq!(decide(&test, &test.alice, id, "accept", &Value::Null).await.status, 200);
    assert_eq!(shown(&test, &tweet).await, "a small brown bird");
    let current = descriptions(&test, &test.alice, &media).await["descriptions"][0].clone();
    assert_eq!(current["origin"], "generated");
}

#[tokio::test]
async fn suggestions_are_bounded_and_only_for_what_others_tweeted() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let (media, _) = tweeted(&test).await;
    let hidden = test.upload_image().await;
    assert_eq!(suggest(&test, &bob, &hidden, "x").await.status, 404);
    assert_eq!(suggest(&test, &test.alice, &media, "x").await.status, 400);
    assert_eq!(suggest(&test, &bob, &media, " ").await.status, 400);
    let wrong = json!({"alt_text": "x", "lang": "en_US"});
    let path = format!("media/{media}/suggestions");
    assert_eq!(call(&test, &bob, "POST", &path, &wrong).await.status, 400);
    for n in 0..20 {
        id(&suggest(&test, &bob, &media, &format!("text {n}")).await);
    }
    let refused = suggest(&test, &bob, &media, "one more").await;
    assert_eq!(refused.status, 403, "{}", refused.line());
    assert!(refused.text().contains("20 suggestions of this media"), "{}", refused.line());
    let page = call(&test, &test.alice, "GET", "suggestions?limit=15", &Value::Null).await.json();
    let next = page["next_cursor"].as_str().unwrap();
    assert_eq!(texts(&test, &test.alice, &format!("limit=15&cursor={next}")).await.len(), 5);
    for wrong in ["state=x", "box=x", "limit=0"] {
        let path = format!("suggestions?{wrong}");
        assert_eq!(call(&test, &bob, "GET", &path, &Value::Null).await.status, 400);
    }
    // The window of an hour.
    let mut refused = 0;
    for _ in 0..100 {
        refused += i32::from(suggest(&test, &bob, &media, "x").await.status == 429);
    }
    assert!(refused > 0);
}

//! Endpoints that older client libraries call: users, mentions, Tweets with their image in one
//! request, revoking the app-only token by OAuth 1.0a.

use crate::support::{Call, FORM, TestApp, UPDATE, UPLOAD, png};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

fn names(response: &Value) -> Vec<&str> {
    response.as_array().unwrap().iter().map(|one| one["screen_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn users_are_shown_and_looked_up_by_id_and_by_name() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    for query in [format!("user_id={}", bob.user_id), "screen_name=BOB".to_owned()] {
        let user = test.get(&format!("/1.1/users/show.json?{query}")).await.json();
        assert_eq!((&user["screen_name"], &user["id_str"]), (&json!("bob"), &json!(bob.user_id)));
    }
    let unknown = test.get("/1.1/users/show.json?screen_name=nobody").await;
    assert_eq!(unknown.line(), r#"404 {"errors":[{"code":50,"message":"User not found."}]}"#);
    assert_eq!(test.get("/1.1/users/show.json").await.status, 400);

    let path = format!("/1.1/users/lookup.json?screen_name=alice,nobody&user_id={}", bob.user_id);
    assert_eq!(names(&test.get(&path).await.json()), ["bob", "alice"]);
    let posted = test.post_form("/1.1/users/lookup.json", &[("screen_name", "alice,ALICE")]).await;
    assert_eq!(names(&posted.json()), ["alice"]);
    let none = test.get("/1.1/users/lookup.json?screen_name=nobody").await;
    let expected =
        r#"404 {"errors":[{"code":17,"message":"No user matches for specified terms."}]}"#;
    assert_eq!(none.line(), expected);
    let many = vec!["a"; 101].join(",");
    assert_eq!(test.get(&format!("/1.1/users/lookup.json?screen_name={many}")).await.status, 400);
}

#[tokio::test]
async fn v2_looks_up_users_by_several_names() {
    let test = TestApp::start().await;
    test.add_user("bob").await;
    let found = test.get("/2/users/by?usernames=bob,Alice,nobody").await.json();
    let names: Vec<&str> =
        found["data"].as_array().unwrap().iter().map(|u| u["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["bob", "alice"]);
    assert_eq!(found["errors"][0]["parameter"], "usernames");
    assert_eq!(found["errors"][0]["value"], "nobody");
    for bad in ["", "?usernames=", "?usernames=a-b"] {
        assert_eq!(test.get(&format!("/2/users/by{bad}")).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn mentions_and_replies_of_others_are_in_the_mentions_timeline() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let own = test.post_form(UPDATE, &[("status", "I am @alice")]).await.json();
    let own = own["id_str"].as_str().unwrap().to_owned();
    for (status, parent) in
        [("hello @ALICE and @nobody", None), ("no mention", None), ("a reply", Some(own.as_str()))]
    {
        let mut pairs = vec![("status", status)];
        pairs.extend(parent.map(|parent| ("in_reply_to_status_id", parent)));
        assert_eq!(test.send_signed(&bob, Call::form(UPDATE, &pairs)).await.status, 200);
    }
    let path = "/1.1/statuses/mentions_timeline.json";
    let texts = |all: Value| -> Vec<String> {
        all.as_array().unwrap().iter().map(|t| t["text"].as_str().unwrap().to_owned()).collect()
    };
    let all = test.get(path).await;
    assert_eq!(all.header("x-rate-limit-limit"), "75");
    let newest = all.json()[0]["id_str"].as_str().unwrap().to_owned();
    assert_eq!(texts(all.json()), ["a reply", "hello @ALICE and @nobody"]);
    assert_eq!(texts(test.get(&format!("{path}?count=1")).await.json()), ["a reply"]);
    assert_eq!(texts(test.get(&format!("{path}?since_id={newest}")).await.json()).len(), 0);
    // A deleted Tweet mentions nobody.
    let destroy = format!("/1.1/statuses/destroy/{newest}.json");
    assert_eq!(test.send_signed(&bob, Call::form(&destroy, &[])).await.status, 200);
    assert_eq!(texts(test.get(path).await.json()), ["hello @ALICE and @nobody"]);
}

#[tokio::test]
async fn a_tweet_and_its_image_are_posted_in_one_request() {
    let test = TestApp::start().await;
    let path = "/1.1/statuses/update_with_media.json";
    // tweepy has the text in the query, twitteroauth in a part.
    let image = png(8, 6);
    let first = test.post_multipart(&format!("{path}?status=one"), &[("media[]", &image)]).await;
    assert_eq!(first.status, 200, "{}", first.line());
    let parts: [(&str, &[u8]); 2] = [("status", b"two"), ("media[]", &image)];
    let second = test.post_multipart(path, &parts).await;
    for (response, text) in [(&first, "one "), (&second, "two ")] {
        let tweet = response.json();
        assert!(tweet["text"].as_str().unwrap().starts_with(text), "{}", response.line());
        assert_eq!(tweet["extended_entities"]["media"][0]["type"], "photo");
        assert_eq!(tweet["possibly_sensitive"], json!(false));
        assert_eq!(response.header("x-rate-limit-limit"), "");
    }
    let without = test.post_multipart(path, &[("status", b"three")]).await;
    assert_eq!(without.status, 400, "{}", without.line());
    let broken = test.post_multipart(path, &[("status", b"four"), ("media[]", b"no image")]).await;
    assert_eq!(broken.status, 400, "{}", broken.line());
    assert_eq!(
        test.get("/1.1/statuses/user_timeline.json").await.json().as_array().unwrap().len(),
        2
    );
}

#[tokio::test]
async fn tweets_that_are_read_say_that_their_sensitivity_cannot_be_appealed() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let posted = test.post_form(UPDATE, &[("media_ids", &media)]).await.json();
    // Recorded: not where a Tweet is posted.
    assert!(posted.get("possibly_sensitive_appealable").is_none());
    let id = posted["id_str"].as_str().unwrap();
    let read = test.get(&format!("/1.1/statuses/show.json?id={id}")).await;
    let expected = r#""possibly_sensitive":false,"possibly_sensitive_appealable":false,"lang""#;
    assert!(read.text().contains(expected), "{}", read.text());
}

#[tokio::test]
async fn the_app_only_token_is_invalidated_by_oauth_1_too() {
    for path in ["/oauth2/invalidate_token", "/oauth2/invalidate_token.json"] {
        let test = TestApp::start().await;
        let token = test.alice.bearer_token.clone();
        let show = || async {
            let request = Request::get("/1.1/users/show.json?screen_name=alice")
                .header("authorization", format!("Bearer {token}"));
            test.send(request.body(Body::empty()).unwrap()).await.status
        };
        assert_eq!(show().await, 200);
        // Without credentials, and with a wrong signature.
        let bare = Request::post(path).header("content-type", FORM).body(Body::empty()).unwrap();
        assert_eq!(test.send(bare).await.status, 403);
        let mut wrong = test.alice.clone();
        wrong.access_token_secret.push('x');
        let call = || Call::form(path, &[("access_token", &token)]);
        assert_eq!(test.send_signed(&wrong, call()).await.status, 401);
        assert_eq!(show().await, 200);
        let done = test.send_signed(&test.alice, call()).await;
        assert_eq!((done.status, done.json()["access_token"].as_str()), (200, Some(&*token)));
        assert_eq!(show().await, 401, "{path}");
    }
}

#[tokio::test]
async fn an_unknown_command_is_reported_and_not_taken_for_a_missing_file() {
    let lenient = TestApp::start().await.post_form(UPLOAD, &[("command", "PUSH")]).await;
    assert!(lenient.status == 400 && lenient.text().contains("command"), "{}", lenient.line());
    let strict = TestApp::start_strict().await.post_form(UPLOAD, &[("command", "PUSH")]).await;
    assert!(strict.text().contains("media parameter is missing"), "{}", strict.line());
}

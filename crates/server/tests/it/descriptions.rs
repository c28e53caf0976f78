//! `/birdhouse/v1/media/{id}/descriptions`.

use crate::support::{Call, Response, TestApp, UPDATE, UPLOAD, VERIFY, png};
use birdhouse_core::actions::access::issue::IssuedCredentials;
use birdhouse_domain::UserId;
use serde_json::{Value, json};

/// A request of our own API as JSON.
pub(crate) async fn call(
    test: &TestApp,
    caller: &IssuedCredentials,
    method: &str,
    path: &str,
    body: &Value,
) -> Response {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let path = format!("/birdhouse/v1/{path}");
    let kind = (!body.is_empty()).then_some("application/json");
    let call = Call { method, path: &path, content_type: kind, body: body.into() };
    test.send_signed(caller, call).await
}

async fn put(test: &TestApp, media: &str, lang: &str, body: &Value) -> Response {
    call(test, &test.alice, "PUT", &format!("media/{media}/descriptions/{lang}"), body).await
}

async fn list(test: &TestApp, caller: &IssuedCredentials, media: &str) -> Value {
    let path = format!("media/{media}/descriptions");
    let response = call(test, caller, "GET", &path, &Value::Null).await;
    assert_eq!(response.status, 200, "{}", response.line());
    response.json()
}

async fn undo(test: &TestApp, media: &str, lang: &str) -> Response {
    let path = format!("media/{media}/descriptions/{lang}/undo");
    call(test, &test.alice, "POST", &path, &Value::Null).await
}

/// The texts of a list, by language.
fn texts(list: &Value) -> Vec<(String, Value)> {
    let all = list["descriptions"].as_array().unwrap().iter();
    all.map(|one| (one["lang"].as_str().unwrap().to_owned(), one["alt_text"].clone())).collect()
}

fn user(credentials: &IssuedCredentials) -> UserId {
    UserId(credentials.user_id.parse().unwrap())
}

#[tokio::test]
async fn the_default_language_is_what_the_documented_apis_write_and_show() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    assert_eq!(test.describe(&media, "a wren").await.status, 200);
    assert_eq!(texts(&list(&test, &test.alice, &media).await), [("und".into(), json!("a wren"))]);
    let better = json!({"alt_text": "a wren on a gate", "extended": "It sings."});
    assert_eq!(put(&test, &media, "und", &better).await.status, 200);
    let french = json!({"alt_text": "un troglodyte"});
    assert_eq!(put(&test, &media, "FR-ca", &french).await.json()["lang"], "fr-CA");

    let posted = test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await.json();
    let alt_text = |tweet: &Value| tweet["extended_entities"]["media"][0]["ext_alt_text"].clone();
    let show = format!(
        "/1.1/statuses/show/{}.json?include_ext_alt_text=true",
        posted["id_str"].as_str().unwrap()
    );
    assert_eq!(alt_text(&test.get(&show).await.json()), "a wren on a gate");

    // Improved after the Tweet, by the documented call, which leaves the extended description alone.
    assert_eq!(test.describe(&media, "a wren, singing").await.status, 200);
    assert_eq!(alt_text(&test.get(&show).await.json()), "a wren, singing");
    let listed = list(&test, &test.alice, &media).await;
    assert_eq!(listed["descriptions"][1]["alt_text"], "a wren, singing");
    assert_eq!(listed["descriptions"][1]["extended"], "It sings.");
    assert_eq!(listed["history"].as_array().unwrap().len(), 4);
    assert_eq!(listed["history"][0]["author"]["username"], "alice");
}

#[tokio::test]
async fn a_decorative_media_has_no_alt_text_until_it_is_described() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    test.describe(&media, "a line").await;
    let response = put(&test, &media, "und", &json!({"decorative": true})).await;
    assert_eq!((response.status, &response.json()["alt_text"]), (200, &Value::Null));
    let v2 = test.get(&format!("/2/media/3_{media}?media.fields=alt_text")).await.json();
    assert_eq!(v2["data"].get("alt_text"), None, "{v2}");
    test.describe(&media, "a line after all").await;
    let listed = list(&test, &test.alice, &media).await;
    assert_eq!(listed["descriptions"][0]["decorative"], false);
    assert_eq!(listed["descriptions"][0]["alt_text"], "a line after all");
}

#[tokio::test]
async fn undo_walks_back_through_the_history_and_keeps_it() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    for text in ["one", "two", "three"] {
        put(&test, &media, "en", &json!({"alt_text": text})).await;
    }
    let delete = format!("media/{media}/descriptions/en");
    let deleted = call(&test, &test.alice, "DELETE", &delete, &Value::Null).await;
    assert_eq!((deleted.status, deleted.text().as_str()), (204, ""));
    let again = call(&test, &test.alice, "DELETE", &delete, &Value::Null).await;
    assert_eq!(again.status, 404, "{}", again.line());
    assert_eq!(texts(&list(&test, &test.alice, &media).await), []);
    for expected in [json!("three"), json!("two"), json!("one"), Value::Null] {
        let response = undo(&test, &media, "en").await;
        assert_eq!((response.status, &response.json()["alt_text"]), (200, &expected));
    }
    assert_eq!(undo(&test, &media, "en").await.status, 409);
    // A new change can be undone again.
    put(&test, &media, "en", &json!({"alt_text": "four"})).await;
    put(&test, &media, "en", &json!({"alt_text": "five"})).await;
    assert_eq!(undo(&test, &media, "en").await.json()["alt_text"], "four");
    assert_eq!(texts(&list(&test, &test.alice, &media).await), [("en".into(), json!("four"))]);
    assert_eq!(list(&test, &test.alice, &media).await["history"].as_array().unwrap().len(), 11);
    assert_eq!(undo(&test, &media, "de").await.status, 409);
}

#[tokio::test]
async fn others_see_descriptions_of_what_was_tweeted_and_never_the_history() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let media = test.upload_image().await;
    put(&test, &media, "und", &json!({"alt_text": "a secret"})).await;
    put(&test, &media, "und", &json!({"alt_text": "a wren"})).await;
    let path = format!("media/{media}/descriptions");
    assert_eq!(call(&test, &bob, "GET", &path, &Value::Null).await.status, 404);
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await;
    let seen = list(&test, &bob, &media).await;
    assert_eq!(texts(&seen), [("und".into(), json!("a wren"))]);
    assert_eq!((&seen["history"], &seen["earlier"]), (&json!([]), &json!([])));
    let by_bob = call(&test, &bob, "PUT", &format!("{path}/und"), &json!({"alt_text": "x"})).await;
    assert_eq!(by_bob.status, 404, "{}", by_bob.line());

    // A delegate may.
    test.catalog.add_delegate(user(&test.alice), user(&bob), test.app.now()).await.unwrap();
    let by_bob = call(&test, &bob, "PUT", &format!("{path}/und"), &json!({"alt_text": "y"})).await;
    assert_eq!(by_bob.status, 200, "{}", by_bob.line());
    let listed = list(&test, &test.alice, &media).await;
    assert_eq!(listed["history"][0]["author"]["username"], "bob");
    assert_eq!(list(&test, &bob, &media).await["history"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn the_owners_earlier_text_for_the_same_file_is_offered_to_the_owner_only() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let first = test.upload_image().await;
    test.describe(&first, "a wren").await;
    let again = test.upload_image().await;
    let earlier = list(&test, &test.alice, &again).await["earlier"].clone();
    assert_eq!(earlier, json!([{"media_id": first, "alt_text": "a wren"}]));
    let bytes = png(8, 6);
    let parts: [(&str, &[u8]); 1] = [("media", &bytes)];
    let his = test.send_signed(&bob, Call::multipart(UPLOAD, &parts)).await;
    assert_eq!(list(&test, &bob, &his.media_id()).await["earlier"], json!([]));
}

#[tokio::test]
async fn a_refusal_says_what_is_wrong_and_changes_nothing() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    put(&test, &media, "und", &json!({"alt_text": "kept"})).await;
    let long = "x".repeat(1001);
    let cases = [
        ("und", json!({}), 400, "Send `alt_text`, or `decorative` as true."),
        ("und", json!({"alt_text": " "}), 400, "is blank"),
        ("und", json!({"alt_text": long}), 400, "$.alt_text: may only be 1000"),
        ("und", json!({"alt_text": 7}), 400, "$.alt_text"),
        ("und", json!({"alt_text": "a", "decorative": true}), 400, "decorative"),
        ("und", json!({"alt": "a"}), 400, "$.alt: is not defined"),
        ("en_US", json!({"alt_text": "a"}), 400, "BCP 47"),
        ("x".repeat(50).as_str(), json!({"alt_text": "a"}), 400, "BCP 47"),
    ]
    .map(|(lang, body, status, words)| (lang.to_owned(), body, status, words));
    for (lang, body, status, words) in cases {
        let response = put(&test, &media, &lang, &body).await;
        assert_eq!(response.status, status, "{lang} {body}: {}", response.line());
        assert_eq!(response.header("content-type"), "application/problem+json");
        let problem = response.json();
        assert_eq!(problem["status"], status);
        assert!(problem["detail"].as_str().unwrap().contains(words), "{body}: {problem}");
    }
    assert_eq!(put(&test, "1", "und", &json!({"alt_text": "a"})).await.status, 404);
    assert_eq!(put(&test, "x", "und", &json!({"alt_text": "a"})).await.status, 404);
    assert_eq!(texts(&list(&test, &test.alice, &media).await), [("und".into(), json!("kept"))]);
    let read_only = test.issue_read_only().await;
    let path = format!("media/{media}/descriptions/und");
    let refused = call(&test, &read_only, "PUT", &path, &json!({"alt_text": "a"})).await;
    assert_eq!(refused.status, 403, "{}", refused.line());
    let unknown = call(&test, &test.alice, "GET", "nothing", &Value::Null).await;
    assert_eq!((unknown.status, unknown.header("content-type")), (404, "application/problem+json"));
    assert_eq!(test.get(VERIFY).await.status, 200);
}

#[tokio::test]
async fn a_media_has_at_most_a_hundred_languages() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    for n in 0..100 {
        let (a, b) = (char::from(b'a' + n / 26), char::from(b'a' + n % 26));
        let response = put(&test, &media, &format!("q{a}{b}"), &json!({"alt_text": "a"})).await;
        assert_eq!(response.status, 200, "{}", response.line());
    }
    assert_eq!(put(&test, &media, "en", &json!({"alt_text": "a"})).await.status, 400);
    assert_eq!(put(&test, &media, "qaa", &json!({"alt_text": "b"})).await.status, 200);
    assert_eq!(put(&test, &media, "und", &json!({"alt_text": "b"})).await.status, 200);
}

#[tokio::test]
async fn the_history_comes_in_pages() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    for n in 0..5 {
        put(&test, &media, "en", &json!({"alt_text": format!("text {n}")})).await;
    }
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("media/{media}/descriptions?limit=2&cursor={cursor}");
        let page = call(&test, &test.alice, "GET", &path, &Value::Null).await.json();
        seen.extend(page["history"].as_array().unwrap().iter().map(|e| e["alt_text"].clone()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(json!(seen), json!(["text 4", "text 3", "text 2", "text 1", "text 0"]));
    for wrong in ["limit=0", "limit=101", "limit=x", "cursor=x"] {
        let path = format!("media/{media}/descriptions?{wrong}");
        assert_eq!(call(&test, &test.alice, "GET", &path, &Value::Null).await.status, 400);
    }
}

#[tokio::test]
async fn an_image_links_to_the_page_of_its_descriptions() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let hostile =
        json!({"alt_text": "<script>alert(1)</script> & \"quotes\"", "extended": "More."});
    put(&test, &media, "und", &hostile).await;
    put(&test, &media, "ar", &json!({"alt_text": "طائر على بوابة"})).await;
    let get = async |path: &str| {
        test.send(axum::http::Request::get(path).body(axum::body::Body::empty()).unwrap()).await
    };
    let key = test.catalog.media(birdhouse_domain::MediaId::parse(&media).unwrap()).await;
    let key = key.unwrap().unwrap().public_key;
    let page = format!("/media/description/{key}");
    assert_eq!(get(&page).await.status, 404, "it is in no Tweet");
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await;
    let image = get(&format!("/media/{key}.png")).await;
    let expected = format!("<{}{page}>; rel=\"describedby\"", test.app.config.public_url);
    assert_eq!((image.status, image.header("link")), (200, expected.as_str()));
    let shown = get(&page).await;
    assert_eq!((shown.status, shown.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(shown.header("content-security-policy").contains("img-src 'self'"));
    let html = shown.text();
    for part in
        ["<section lang=\"ar\" dir=\"auto\">", "طائر على بوابة", "More.", "&quot;quotes&quot;"]
    {
        assert!(html.replace("&#34;", "&quot;").contains(part), "{part}: {html}");
    }
    assert!(!html.contains("<script>"), "{html}");
    assert_eq!(get("/media/description/nothing").await.status, 404);
}

#[tokio::test]
async fn of_changes_at_the_same_time_all_apis_show_the_same_one() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    for round in 0..8 {
        let changes = (0..8).map(async |n| {
            let text = format!("text {round} {n}");
            let status = match n % 2 {
                0 => test.describe(&media, &text).await.status,
                _ => put(&test, &media, "und", &json!({"alt_text": text})).await.status,
            };
            assert_eq!(status, 200);
        });
        futures_util::future::join_all(changes).await;
        let v2 = test.get(&format!("/2/media/3_{media}?media.fields=alt_text")).await.json();
        let listed = list(&test, &test.alice, &media).await;
        assert_eq!(texts(&listed), [("und".into(), v2["data"]["alt_text"].clone())]);
        assert_eq!(listed["history"][0]["alt_text"], v2["data"]["alt_text"]);
    }
}

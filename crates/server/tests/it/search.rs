//! `/birdhouse/v1/search`, `media` and `coverage`.

use crate::descriptions::call;
use crate::support::{Response, TestApp, UPDATE, UPLOAD};
use birdhouse_core::actions::access::issue::IssuedCredentials;
use birdhouse_core::actions::description_index::index_some;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

async fn index(test: &TestApp) {
    while index_some(&test.app).await.unwrap() {}
}

async fn get(test: &TestApp, caller: &IssuedCredentials, path: &str) -> Response {
    call(test, caller, "GET", path, &Value::Null).await
}

fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| encoded + &format!("%{byte:02X}"))
}

/// What a search of `alice` finds, by the parameters of the query.
async fn found(test: &TestApp, query: &[(&str, &str)]) -> Vec<Value> {
    let pairs: Vec<String> =
        query.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
    let response = get(test, &test.alice, &format!("search?{}", pairs.join("&"))).await;
    assert_eq!(response.status, 200, "{}", response.line());
    response.json()["results"].as_array().unwrap().clone()
}

fn texts(results: &[Value]) -> Vec<&str> {
    results.iter().map(|one| one["alt_text"].as_str().unwrap_or_default()).collect()
}

async fn describe(test: &TestApp, media: &str, lang: &str, body: Value) {
    let path = format!("media/{media}/descriptions/{lang}");
    let response = call(test, &test.alice, "PUT", &path, &body).await;
    assert_eq!(response.status, 200, "{}", response.line());
}

/// The descriptions and queries of one language.
#[derive(Default)]
struct Language<'a> {
    texts: BTreeMap<usize, &'a str>,
    queries: Vec<(&'a str, BTreeSet<usize>)>,
}

fn relevance_set() -> BTreeMap<&'static str, Language<'static>> {
    let (mut all, mut lang) = (BTreeMap::<_, Language<'_>>::new(), "");
    for line in include_str!("search_relevance.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix("== ") {
            lang = name;
        } else if let Some((query, numbers)) =
            line.strip_prefix("? ").and_then(|rest| rest.rsplit_once('='))
        {
            let numbers = numbers.split_whitespace().map(|n| n.parse().unwrap()).collect();
            all.entry(lang).or_default().queries.push((query.trim(), numbers));
        } else if let Some((number, text)) = line.split_once(' ') {
            all.entry(lang).or_default().texts.insert(number.parse().unwrap(), text);
        }
    }
    all
}

#[tokio::test]
async fn what_is_searched_in_fourteen_languages_is_found_and_nothing_else() {
    let test = TestApp::start().await;
    let set = relevance_set();
    let mut media = vec![String::new()];
    for _ in 1..=8 {
        media.push(test.upload_image().await);
    }
    for (lang, language) in &set {
        for (number, text) in &language.texts {
            describe(&test, &media[*number], lang, json!({"alt_text": text})).await;
        }
    }
    index(&test).await;
    let mut wrong = Vec::new();
    println!("language  queries  expected  found  missing  wrong");
    for (lang, Language { queries, .. }) in &set {
        assert!(queries.len() >= 15, "{lang}");
        let (mut expected_hits, mut hits, mut missing, mut surplus) = (0, 0, 0, 0);
        for (query, expected) in queries {
            let results = found(&test, &[("q", query), ("lang", lang), ("limit", "100")]).await;
            let number =
                |one: &Value| media.iter().position(|id| one["media_id"] == id.as_str()).unwrap();
            let got: BTreeSet<usize> = results.iter().map(number).collect();
            expected_hits += expected.len();
            hits += got.intersection(expected).count();
            missing += expected.difference(&got).count();
            surplus += got.difference(expected).count();
            if got != *expected {
                wrong.push(format!("{lang} {query}: {got:?}, not {expected:?}"));
            }
        }
        let count = queries.len();
        println!("{lang:8}  {count:7}  {expected_hits:8}  {hits:5}  {missing:7}  {surplus:5}");
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn a_search_finds_the_newest_description_of_each_language_and_no_older_one() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    test.describe(&media, "a wren").await;
    index(&test).await;
    describe(&test, &media, "fr-CA", json!({"alt_text": "un wren", "extended": "Il chante."}))
        .await;
    index(&test).await;
    assert_eq!(texts(&found(&test, &[("q", "wren")]).await), ["un wren", "a wren"]);
    assert_eq!(texts(&found(&test, &[("q", "wren"), ("lang", "fr")]).await), ["un wren"]);
    assert_eq!(texts(&found(&test, &[("q", "chante")]).await), ["un wren"]);
    assert_eq!(texts(&found(&test, &[("lang", "und")]).await), ["a wren"]);

    test.describe(&media, "a robin").await;
    index(&test).await;
    assert_eq!(texts(&found(&test, &[("q", "wren")]).await), ["un wren"]);
    let robin = &found(&test, &[("q", "robin")]).await[0];
    assert_eq!((&robin["lang"], &robin["origin"]), (&json!("und"), &json!("author")));
    assert_eq!(robin["app"]["name"], "tests");
    assert!(robin["url"].as_str().unwrap().contains("/media/"), "{robin}");

    let path = format!("media/{media}/descriptions/und");
    assert_eq!(call(&test, &test.alice, "DELETE", &path, &Value::Null).await.status, 204);
    index(&test).await;
    assert_eq!(found(&test, &[("q", "robin")]).await, Vec::<Value>::new());
    call(&test, &test.alice, "POST", &format!("{path}/undo"), &Value::Null).await;
    index(&test).await;
    assert_eq!(texts(&found(&test, &[("q", "robin")]).await), ["a robin"]);
}

#[tokio::test]
async fn nobody_finds_what_another_user_described() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let media = test.upload_image().await;
    test.describe(&media, "a secret wren").await;
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media)]).await;
    index(&test).await;
    assert_eq!(found(&test, &[("q", "wren")]).await.len(), 1);
    for path in ["search?q=wren", "search?filter=origin:author", "search?filter=undescribed"] {
        let by_bob = get(&test, &bob, path).await;
        assert_eq!((by_bob.status, &by_bob.json()["results"]), (200, &json!([])), "{path}");
    }
    assert_eq!(get(&test, &bob, "media").await.json()["media"], json!([]));
    assert_eq!(get(&test, &bob, "coverage").await.json()["total"], 0);
}

#[tokio::test]
async fn what_was_deleted_or_has_expired_is_not_found() {
    let test = TestApp::start().await;
    let media = [test.upload_image().await, test.upload_image().await];
    for one in &media {
        test.describe(one, "a wren").await;
    }
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &media[0])]).await;
    index(&test).await;
    assert_eq!(found(&test, &[("q", "wren")]).await.len(), 2);
    test.app.clock.advance(2 * 24 * 3600 * 1000);
    let after = found(&test, &[("q", "wren")]).await;
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(get(&test, &test.alice, "media").await.json()["media"].as_array().unwrap().len(), 1);
    // Deleted before it was indexed, and after.
    let gone = test.upload_image().await;
    test.describe(&gone, "a wren, later").await;
    test.app.clock.advance(2 * 24 * 3600 * 1000);
    test.sweep().await;
    index(&test).await;
    let after = found(&test, &[("q", "wren")]).await;
    assert_eq!(after.len(), 1, "{after:?}");
    assert_eq!(after[0]["media_id"], media[0].as_str());
}

#[tokio::test]
async fn filters_apply_alone_and_with_words() {
    let test = TestApp::start().await;
    let mut media = Vec::new();
    for _ in 0..4 {
        media.push(test.upload_image().await);
    }
    test.describe(&media[0], "a wren on a gate").await;
    describe(&test, &media[1], "und", json!({"decorative": true})).await;
    describe(&test, &media[2], "en", json!({"alt_text": "a wren in English only"})).await;
    index(&test).await;
    let app = found(&test, &[("q", "gate")]).await[0]["app"]["id"].clone();
    let app = app.as_str().unwrap();
    let ids = |results: Vec<Value>| -> Vec<String> {
        results.iter().map(|one| one["media_id"].as_str().unwrap().to_owned()).collect()
    };
    let filter = async |query: &[(&str, &str)]| ids(found(&test, query).await);
    assert_eq!(filter(&[("filter", "undescribed")]).await, media[3..]);
    assert_eq!(filter(&[("filter", "decorative")]).await, media[1..2]);
    assert_eq!(filter(&[("filter", "origin:author")]).await.len(), 3);
    assert_eq!(filter(&[("filter", "origin:embedded")]).await, Vec::<String>::new());
    assert_eq!(filter(&[("filter", "flagged")]).await, Vec::<String>::new());
    describe(&test, &media[0], "de", json!({"alt_text": "IMG_4711.jpg"})).await;
    index(&test).await;
    assert_eq!(filter(&[("filter", "flagged")]).await, media[..1]);
    assert_eq!(filter(&[("filter", "flagged"), ("q", "gate")]).await, Vec::<String>::new());
    assert_eq!(filter(&[("filter", "app:tests"), ("q", "gate")]).await, media[..1]);
    assert_eq!(filter(&[("filter", &format!("app:{app}"))]).await.len(), 4);
    assert_eq!(filter(&[("filter", "app:nobody")]).await, Vec::<String>::new());
    let both = [("filter", "origin:author"), ("filter", "app:tests"), ("q", "wren english")];
    assert_eq!(filter(&both).await, media[2..3]);

    let list = async |path: &str| {
        let listed = get(&test, &test.alice, path).await.json();
        ids(listed["media"].as_array().unwrap().clone())
    };
    let newest_first: Vec<String> = media.iter().rev().cloned().collect();
    assert_eq!(list("media").await, newest_first);
    assert_eq!(list("media?filter=undescribed").await, media[3..]);
    assert_eq!(list("media?filter=origin:author,app:tests").await, media[..1]);
    assert_eq!(list("media?filter=decorative").await, media[1..2]);
    assert_eq!(list("media?filter=flagged").await, media[..1]);
}

#[tokio::test]
async fn lists_come_in_pages() {
    let test = TestApp::start().await;
    for n in 0..7 {
        let media = test.upload_image().await;
        test.describe(&media, &format!("wren {n}")).await;
    }
    index(&test).await;
    for (path, list) in [("search?q=wren", "results"), ("media?filter=", "media")] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&test, &test.alice, &format!("{path}&limit=3&cursor={cursor}")).await;
            let page = page.json();
            seen.extend(page[list].as_array().unwrap().iter().map(|e| e["alt_text"].clone()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        let expected: Vec<_> = (0..7).rev().map(|n| json!(format!("wren {n}"))).collect();
        assert_eq!(seen, expected, "{path}");
    }
}

#[tokio::test]
async fn coverage_counts_by_app_and_month_and_shows_what_is_seen_undescribed() {
    let test = TestApp::start().await;
    let first = test.upload_image().await;
    test.describe(&first, "a wren").await;
    test.post_form(UPDATE, &[("status", "hi"), ("media_ids", &first)]).await;
    test.app.clock.advance(31 * 24 * 3600 * 1000);
    let mut media = Vec::new();
    for _ in 0..3 {
        media.push(test.upload_image().await);
    }
    describe(&test, &media[0], "und", json!({"decorative": true})).await;
    let posted = [("status", "more"), ("media_ids", &media[2])];
    let posted = test.post_form(UPDATE, &posted).await.json();
    let url = posted["extended_entities"]["media"][0]["media_url"].as_str().unwrap();
    let (_, path) = url.split_once("/media/").unwrap();
    for _ in 0..3 {
        let request = axum::http::Request::get(format!("/media/{path}"));
        let seen = test.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(seen.status, 200, "{}", seen.line());
    }
    test.sweep().await;
    index(&test).await;
    let counts = get(&test, &test.alice, "coverage").await.json();
    assert_eq!(counts["total"], 4, "{counts}");
    assert_eq!((&counts["described"], &counts["decorative"]), (&json!(2), &json!(1)));
    assert_eq!(counts["undescribed"], 2);
    assert_eq!(counts["by_app"][0]["app"]["name"], "tests");
    assert_eq!(counts["by_app"][0]["total"], 4);
    let months = json!([
        {"month": "2026-01", "total": 1, "described": 1},
        {"month": "2026-02", "total": 3, "described": 1}
    ]);
    assert_eq!(counts["by_month"], months);
    let seen = &counts["most_seen_undescribed"];
    assert_eq!(seen.as_array().unwrap().len(), 1, "{seen}");
    assert_eq!((&seen[0]["media_id"], &seen[0]["views"]), (&json!(media[2]), &json!(3)));
}

#[tokio::test]
async fn a_query_that_cannot_find_anything_is_refused_with_the_reason() {
    let test = TestApp::start().await;
    let cases = [
        ("search", "send words"),
        ("search?q=", "send words"),
        ("search?q=%3F%21", "has no word"),
        ("search?q=a&filter=undescribed", "goes with neither"),
        ("search?filter=nonsense", "is not one of"),
        ("search?q=a&lang=en_US", "BCP 47"),
        ("search?q=a&limit=101", "limit"),
        ("media?filter=origin:nobody", "is not one of"),
    ];
    for (path, words) in cases {
        let response = get(&test, &test.alice, path).await;
        assert_eq!(response.status, 400, "{path}: {}", response.line());
        assert!(response.text().contains(words), "{path}: {}", response.line());
    }
    let long = format!("search?q={}", "x".repeat(201));
    assert_eq!(get(&test, &test.alice, &long).await.status, 400);
    // What looks like the syntax of either index is words.
    for odd in ["a AND", "a*", "\"a", "a' | 'b", "a:*", "-a", "NEAR(a b)", "\\", "a\0b", "%", "("] {
        let response = get(&test, &test.alice, &format!("search?q={}", encode(odd))).await;
        assert!([200, 400].contains(&response.status), "{odd}: {}", response.line());
    }
}

#[tokio::test]
async fn a_new_description_is_found_soon_after_it_was_written() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let jobs = tokio::spawn(birdhouse_core::jobs::run(test.app.clone(), stopped));
    test.describe(&media, "a wren").await;
    let (mut waited, mut results) = (0, Vec::new());
    // Real work is done in between, but the clock stands still unless it is advanced.
    while results.is_empty() && waited < 2000 {
        test.app.clock.advance(1);
        waited += 1;
        results = found(&test, &[("q", "wren")]).await;
    }
    assert_eq!(texts(&results), ["a wren"]);
    stop.send(true).unwrap();
    jobs.await.unwrap().unwrap();
}

#[tokio::test]
async fn what_is_described_very_often_is_indexed_in_steps_and_found_as_it_is_last() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    for n in 0..200 {
        test.describe(&media, &format!("wren number {n}")).await;
    }
    index(&test).await;
    assert_eq!(texts(&found(&test, &[("q", "wren")]).await), ["wren number 199"]);
    assert!(test.catalog.unindexed(1).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_embedded_in_a_file_is_found_by_its_origin() {
    let test = TestApp::start().await;
    let alt = "-XMP-iptcCore:AltTextAccessibility=a wren in the file";
    let bytes = crate::images::image("found.png", "64x48", &[alt]);
    test.post_multipart(UPLOAD, &[("media", &bytes)]).await.media_id();
    index(&test).await;
    let embedded = found(&test, &[("filter", "origin:embedded")]).await;
    assert_eq!(texts(&embedded), ["a wren in the file"]);
}

#[tokio::test]
async fn two_servers_that_index_the_same_changes_do_not_double_or_lose_them() {
    let test = TestApp::start().await;
    let mut media = Vec::new();
    for _ in 0..3 {
        media.push(test.upload_image().await);
        test.describe(media.last().unwrap(), "a wren").await;
    }
    let stale = test.catalog.unindexed(64).await.unwrap();
    test.describe(&media[0], "a robin").await;
    index(&test).await;
    let entry = |new: &birdhouse_catalog::description_index::UnindexedDescription| {
        let terms = "wrong".to_owned();
        birdhouse_catalog::description_index::IndexEntry { id: new.id, terms, lint_level: 0 }
    };
    let entries: Vec<_> = stale.descriptions.iter().map(entry).collect();
    assert!(!test.catalog.index(&stale, &entries).await.unwrap());
    assert_eq!(texts(&found(&test, &[("q", "robin")]).await), ["a robin"]);
    assert_eq!(found(&test, &[("q", "wren")]).await.len(), 2);
}

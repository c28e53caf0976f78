//! Reading Tweets, users and media by v2, with the names of Tweets or of posts.

use crate::support::{Call, TestApp};
use serde_json::{Value, json};

async fn post(test: &TestApp, body: Value) -> String {
    let response = test.post_json("/2/tweets", &body.to_string()).await;
    assert_eq!(response.status, 201, "{}", response.line());
    response.json()["data"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_tweet_has_the_requested_fields_and_no_others() {
    let test = TestApp::start().await;
    let (media, id) =
        test.post_image_tweet("hello & wörld #tag $CASH @alice https://example.com/x").await;
    let bare = test.get(&format!("/2/tweets/{id}")).await;
    // Recorded order.
    assert!(bare.text().starts_with(r#"{"data":{"edit_history_tweet_ids":["#), "{}", bare.text());
    let bare = bare.json();
    let text = bare["data"]["text"].as_str().unwrap();
    assert!(text.starts_with("hello &amp; wörld") && text.contains("https://t.co/"), "{text}");
    assert_eq!(bare, json!({"data": {"id": id, "text": text, "edit_history_tweet_ids": [id]}}));

    let fields = "attachments,author_id,conversation_id,created_at,entities,lang,media_metadata,\
                  possibly_sensitive,public_metrics,reply_settings,source,display_text_range,\
                  edit_controls,referenced_tweets,in_reply_to_user_id,unknown";
    let path = format!(
        "/2/tweets/{id}?tweet.fields={fields}&expansions=attachments.media_keys,author_id,\
         entities.mentions.username&media.fields=alt_text,url,width,height,variants,duration_ms\
         &user.fields=created_at,public_metrics,verified"
    );
    let full = test.get(&path).await.json();
    let (data, key) = (&full["data"], format!("3_{media}"));
    assert_eq!(data["attachments"], json!({"media_keys": [key]}));
    assert_eq!(data["media_metadata"], json!([{"media_key": key, "alt_text": "an image"}]));
    assert_eq!(data["created_at"], "2026-01-01T00:00:00.000Z");
    assert_eq!(
        (&data["conversation_id"], &data["reply_settings"]),
        (&json!(id), &json!("everyone"))
    );
    assert_eq!(data["public_metrics"]["retweet_count"], 0);
    assert!(data.get("referenced_tweets").is_none() && data.get("unknown").is_none(), "{data}");
    let entities = &data["entities"];
    assert_eq!(
        (&entities["hashtags"][0]["tag"], &entities["cashtags"][0]["tag"]),
        (&json!("tag"), &json!("CASH"))
    );
    assert_eq!(entities["mentions"][0]["id"], json!(test.alice.user_id));
    let link = &entities["urls"][1];
    let at = |name: &str| usize::try_from(link[name].as_u64().unwrap()).unwrap();
    let url: String = text.chars().skip(at("start")).take(at("end") - at("start")).collect();
    assert_eq!((&json!(url), &link["media_key"]), (&link["url"], &json!(key)));
    let included = &full["includes"]["media"][0];
    assert_eq!(
        included,
        &json!({"media_key": key, "type": "photo", "alt_text": "an image", "width": 8, "height": 6,
                "url": included["url"]})
    );
    assert!(included["url"].as_str().unwrap().contains("/media/"));
    assert_eq!(full["includes"]["users"].as_array().unwrap().len(), 1, "each once");
    assert_eq!(full["includes"]["users"][0]["public_metrics"]["tweet_count"], 1);
}

#[tokio::test]
async fn a_request_with_post_names_gets_a_response_with_post_names() {
    let test = TestApp::start().await;
    let (_, first) = test.post_image_tweet("first").await;
    let second = post(&test, json!({"text": "second", "quote_tweet_id": first})).await;
    let path = format!(
        "/2/tweets/{second}?post.fields=public_metrics&expansions=referenced_posts,author_id&user.fields=public_metrics"
    );
    let new = test.get(&path).await.json();
    assert_eq!(new["data"]["edit_history_post_ids"], json!([second]));
    assert_eq!(new["data"]["referenced_posts"], json!([{"type": "quoted", "id": first}]));
    assert_eq!(new["data"]["public_metrics"]["repost_count"], 0);
    assert_eq!(new["includes"]["posts"][0]["id"], json!(first));
    assert_eq!(new["includes"]["users"][0]["public_metrics"]["post_count"], 2);
    let path =
        format!("/2/tweets/{second}?tweet.fields=public_metrics&expansions=referenced_tweets.id");
    let old = test.get(&path).await.json();
    assert_eq!(old["data"]["edit_history_tweet_ids"], json!([second]));
    assert_eq!(old["data"]["referenced_tweets"], json!([{"type": "quoted", "id": first}]));
    assert_eq!(old["includes"]["tweets"][0]["id"], json!(first));
    let quoted = test.get(&format!("/2/tweets/{first}?tweet.fields=public_metrics")).await.json();
    assert_eq!(quoted["data"]["public_metrics"]["quote_count"], 1);
    let v1 = test.get(&format!("/1.1/statuses/show.json?id={second}")).await.json();
    assert_eq!(
        (&v1["is_quote_status"], &v1["quoted_status_id_str"]),
        (&json!(true), &json!(first))
    );
}

#[tokio::test]
async fn replies_polls_and_tags_are_stored_and_returned() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let root = post(&test, json!({"text": "root"})).await;
    let reply = json!({"text": "reply", "reply": {"in_reply_to_tweet_id": root}});
    let answered = test.send_signed(&bob, Call::json("/2/tweets", &reply.to_string())).await.json();
    let reply = answered["data"]["id"].as_str().unwrap();
    let nested = post(&test, json!({"text": "nested", "reply": {"in_reply_to_tweet_id": reply}, "reply_settings": "following"})).await;
    let path = format!(
        "/2/tweets/{nested}?tweet.fields=conversation_id,reply_settings&expansions=in_reply_to_user_id,referenced_tweets.id,referenced_tweets.id.author_id"
    );
    let found = test.get(&path).await.json();
    assert_eq!(found["data"]["conversation_id"], json!(root));
    assert_eq!(found["data"]["reply_settings"], "following");
    assert_eq!(found["data"]["in_reply_to_user_id"], json!(bob.user_id));
    assert_eq!(found["includes"]["users"][0]["username"], "bob");

    let poll = post(
        &test,
        json!({"text": "tea?", "poll": {"options": ["yes", "no"], "duration_minutes": 60}}),
    )
    .await;
    let path = format!(
        "/2/tweets/{poll}?expansions=attachments.poll_ids&poll.fields=duration_minutes,end_datetime,voting_status"
    );
    let found = test.get(&path).await.json();
    assert_eq!(found["data"]["attachments"]["poll_ids"], json!([poll]));
    assert_eq!(
        found["includes"]["polls"],
        json!([{"id": poll, "options": [{"position": 1, "label": "yes", "votes": 0}, {"position": 2, "label": "no", "votes": 0}],
                "duration_minutes": 60, "end_datetime": "2026-01-01T01:00:00.000Z", "voting_status": "open"}])
    );
    let media = test.upload_image().await;
    let tagged = json!({"media": {"media_ids": [media], "tagged_user_ids": [bob.user_id]}});
    post(&test, tagged).await;
    let unknown = json!({"media": {"media_ids": [media], "tagged_user_ids": ["7"]}}).to_string();
    let refused = test.post_json("/2/tweets", &unknown).await;
    assert_eq!(
        refused.json()["errors"][0],
        json!({"parameters": {"media.tagged_user_ids": ["7"]}, "message": "Your tagged user IDs are invalid."})
    );
}

#[tokio::test]
async fn missing_resources_are_errors_beside_the_data() {
    let test = TestApp::start().await;
    let (_, id) = test.post_image_tweet("one").await;
    let both = test.get(&format!("/2/tweets?ids={id},5")).await;
    let missing = |resource: &str, parameter: &str, value: &str| {
        json!({
            "value": value, "detail": format!("Could not find {resource} with {parameter}: [{value}]."),
            "title": "Not Found Error", "resource_type": resource, "parameter": parameter,
            "resource_id": value, "type": "https://api.x.com/2/problems/resource-not-found"})
    };
    assert_eq!((both.status, &both.json()["data"][0]["id"]), (200, &json!(id)));
    assert_eq!(both.json()["errors"], json!([missing("tweet", "ids", "5")]));
    for (path, resource, parameter, value) in [
        ("/2/tweets/5", "tweet", "id", "5"),
        ("/2/users/5", "user", "id", "5"),
        ("/2/users/by/username/nobody", "user", "username", "nobody"),
        ("/2/users/5/tweets", "user", "id", "5"),
        ("/2/media/3_5", "media", "media_key", "3_5"),
        ("/2/media?media_keys=3_5", "media", "media_keys", "3_5"),
        ("/2/users?ids=5", "user", "ids", "5"),
    ] {
        let response = test.get(path).await;
        assert_eq!(
            (response.status, response.json()),
            (200, json!({"errors": [missing(resource, parameter, value)]})),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_timeline_is_paged_in_both_directions() {
    let test = TestApp::start().await;
    let mut ids = Vec::new();
    for n in 0..12 {
        test.app.clock.advance(1000);
        ids.push(post(&test, json!({"text": format!("number {n}")})).await);
    }
    ids.reverse();
    let base = format!("/2/users/{}/tweets?max_results=5", test.alice.user_id);
    let page = async |token: Option<&Value>| {
        let token = token.map(|t| format!("&pagination_token={}", t.as_str().unwrap()));
        test.get(&format!("{base}{}", token.unwrap_or_default())).await.json()
    };
    let listed = |page: &Value| -> Vec<String> {
        page["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = page(None).await;
    assert_eq!(listed(&first), ids[..5]);
    assert_eq!(
        first["meta"],
        json!({"result_count": 5, "newest_id": ids[0], "oldest_id": ids[4], "next_token": first["meta"]["next_token"]})
    );
    let second = page(Some(&first["meta"]["next_token"])).await;
    let third = page(Some(&second["meta"]["next_token"])).await;
    assert_eq!((listed(&second), listed(&third)), (ids[5..10].to_vec(), ids[10..].to_vec()));
    assert!(third["meta"].get("next_token").is_none());
    let back = page(Some(&third["meta"]["previous_token"])).await;
    assert_eq!(listed(&back), ids[5..10]);
    let none = test.get(&format!("{base}&since_id={}", ids[0])).await.json();
    assert_eq!(none, json!({"meta": {"result_count": 0}}));
    let since = test.get(&format!("{base}&since_id={}&until_id={}", ids[4], ids[1])).await.json();
    assert_eq!(listed(&since), ids[2..4]);
    let window = test
        .get(&format!("{base}&start_time=2026-01-01T00:00:03Z&end_time=2026-01-01T00:00:05Z"))
        .await
        .json();
    assert_eq!(listed(&window), ids[8..10], "{window}");
    let user = test
        .get("/2/users/me?expansions=most_recent_tweet_id&tweet.fields=created_at")
        .await
        .json();
    assert_eq!(
        (&user["data"]["most_recent_tweet_id"], &user["includes"]["tweets"][0]["id"]),
        (&json!(ids[0]), &json!(ids[0]))
    );
}

#[tokio::test]
async fn unattached_media_are_visible_to_their_owner_only() {
    let test = TestApp::start().await;
    let bob = test.add_user("bob").await;
    let media = test.upload_image().await;
    let path = format!("/2/media/3_{media}?media.fields=url");
    assert_eq!(test.get(&path).await.json()["data"]["media_key"], json!(format!("3_{media}")));
    let theirs = test.send_signed(&bob, Call::get(&path)).await;
    let unknown = test.send_signed(&bob, Call::get("/2/media/3_5?media.fields=url")).await;
    assert_eq!(theirs.text().replace(&media, "5"), unknown.text(), "no oracle");
    let app = test.send_with_token(&test.alice.bearer_token, Call::get(&path)).await;
    assert!(app.json()["errors"].is_array(), "{}", app.line());
    post(&test, json!({"media": {"media_ids": [media]}})).await;
    for response in [
        test.send_signed(&bob, Call::get(&path)).await,
        test.send_with_token(&test.alice.bearer_token, Call::get(&path)).await,
    ] {
        assert_eq!(response.json()["data"]["type"], "photo", "{}", response.line());
    }
    let bytes = crate::support::png(9, 9);
    let parts: [(&str, &[u8]); 2] = [("media", &bytes), ("media_category", b"tweet_image")];
    let named = test.post_multipart("/2/media/upload", &parts).await.json();
    let named = named["data"]["id"].as_str().unwrap().to_owned();
    let wrong_kind = test.get(&format!("/2/media/7_{named}")).await;
    assert!(wrong_kind.json()["errors"].is_array(), "the kind is part of the key");
}

#[tokio::test]
async fn a_deleted_referenced_tweet_is_an_error_beside_the_data() {
    let test = TestApp::start().await;
    let root = post(&test, json!({"text": "root"})).await;
    let reply = json!({"text": "reply", "reply": {"in_reply_to_tweet_id": root}});
    let reply = post(&test, reply).await;
    let path = format!("/2/tweets/{root}");
    test.send_signed(&test.alice, Call { method: "DELETE", ..Call::get(&path) }).await;
    let path = format!("/2/tweets/{reply}?expansions=referenced_tweets.id");
    let found = test.get(&path).await.json();
    assert_eq!(found["data"]["referenced_tweets"][0]["id"], json!(root));
    let error = &found["errors"][0];
    assert_eq!(
        (&error["parameter"], &error["resource_id"]),
        (&json!("referenced_tweets.id"), &json!(root))
    );
    let path = "/2/users/me?user.fields=most_recent_post_id";
    assert_eq!(test.get(path).await.json()["data"]["most_recent_post_id"], json!(reply));
}

#[tokio::test]
async fn title_and_description_of_media_are_returned() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let attachment =
        json!({"media_ids": [media], "title": "A \"title\"", "description": "about — it"});
    let id = post(&test, json!({"media": attachment})).await;
    let found = test.get(&format!("/2/tweets/{id}?tweet.fields=media_metadata")).await.json();
    assert_eq!(
        found["data"]["media_metadata"],
        json!([{"title": "A \"title\"", "description": "about — it",
                "media_key": format!("3_{media}")}])
    );
}

#[tokio::test]
async fn of_equal_concurrent_posts_one_is_created() {
    let test = TestApp::start().await;
    let body = json!({"text": "once"}).to_string();
    let call = || test.post_json("/2/tweets", &body);
    let responses = tokio::join!(call(), call(), call(), call());
    let mut statuses =
        [responses.0.status, responses.1.status, responses.2.status, responses.3.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 403, 403, 403]);
}

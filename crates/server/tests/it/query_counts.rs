//! A page takes as many queries for many Tweets as for a few.

use crate::support::{Call, TestApp, UPDATE, UPLOAD, png};
use birdhouse_core::actions::health;
use serde_json::json;

/// Authentication, and one query for each kind of row: Tweets, authors, media and variants, the same
/// of the Tweets that they refer to, their authors, counts, metadata, and mentioned users.
const MOST_QUERIES: u64 = 16;
const TWEETS: usize = 8;

/// Tweets of users of their own with an image or a quoted Tweet each; every one replies to the one
/// before and mentions its author and `alice`. Ids of Tweets, and of their authors.
async fn post_conversation(test: &TestApp) -> (Vec<String>, Vec<String>) {
    let (mut tweets, mut users): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for number in 0..TWEETS {
        let author = test.add_user(&format!("user{number}")).await;
        let text = format!("Tweet {number} @alice @user{}", number.saturating_sub(1));
        let mut body = json!({"text": text});
        if let Some(parent) = tweets.last() {
            body["reply"] = json!({"in_reply_to_tweet_id": parent});
        }
        if number % 2 == 1 {
            body["quote_tweet_id"] = json!(tweets[0]);
        } else {
            let upload = Call::multipart(UPLOAD, &[("media", &png(8, 6))]);
            let media = test.send_signed(&author, upload).await.media_id();
            body["media"] = json!({"media_ids": [media], "title": "a title"});
        }
        let post = body.to_string();
        let response = test.send_signed(&author, Call::json("/2/tweets", &post)).await;
        assert_eq!(response.status, 201, "{}", response.line());
        tweets.push(response.json()["data"]["id"].as_str().unwrap().to_owned());
        users.push(author.user_id.clone());
    }
    (tweets, users)
}

async fn queries_of(test: &TestApp, path: &str) -> u64 {
    // Whoever calls is looked up before it counts.
    let before_counting = test.get(path).await;
    let before = health::query_count(&test.app);
    let counted = test.get(path).await;
    assert_eq!(counted.status, 200, "{path}: {}", counted.line());
    assert_eq!(counted.body, before_counting.body);
    health::query_count(&test.app) - before
}

#[tokio::test]
async fn a_page_takes_as_many_queries_for_many_tweets_as_for_few() {
    let test = TestApp::start().await;
    let (tweets, users) = post_conversation(&test).await;
    let v1 = "include_ext_alt_text=true&tweet_mode=extended";
    let v2 = "expansions=attachments.media_keys,attachments.poll_ids,author_id,\
              edit_history_tweet_ids,entities.mentions.username,in_reply_to_user_id,\
              referenced_tweets.id,referenced_tweets.id.author_id&media.fields=alt_text,url,variants\
              &tweet.fields=attachments,entities,media_metadata,public_metrics,referenced_tweets";
    let user_fields = "user.fields=most_recent_tweet_id&expansions=most_recent_tweet_id\
                       &tweet.fields=entities,media_metadata,public_metrics";
    let names: Vec<String> = (0..TWEETS).map(|number| format!("user{number}")).collect();
    let pages: [(&str, &dyn Fn(usize) -> String); 8] = [
        ("home timeline", &|count| format!("/1.1/statuses/home_timeline.json?count={count}&{v1}")),
        ("mentions", &|count| format!("/1.1/statuses/mentions_timeline.json?count={count}&{v1}")),
        ("lookup", &|count| {
            format!("/1.1/statuses/lookup.json?id={}&{v1}", tweets[..count].join(","))
        }),
        ("users", &|count| {
            let (ids, names) = (users[..count].join(","), names[..count].join(","));
            format!("/1.1/users/lookup.json?user_id={ids}&screen_name={names}")
        }),
        ("v2 tweets", &|count| format!("/2/tweets?ids={}&{v2}", tweets[..count].join(","))),
        ("v2 users", &|count| format!("/2/users?ids={}&{user_fields}", users[..count].join(","))),
        ("v2 names", &|count| {
            format!("/2/users/by?usernames={}&{user_fields}", names[..count].join(","))
        }),
        ("v2 tweets without fields", &|count| {
            format!("/2/tweets?ids={}", tweets[..count].join(","))
        }),
    ];
    for (what, path) in pages {
        let few = queries_of(&test, &path(3)).await;
        let many = queries_of(&test, &path(TWEETS)).await;
        assert_eq!(few, many, "{what}: 3 and {TWEETS} rows");
        assert!(many <= MOST_QUERIES, "{what}: {many} queries");
    }
}

#[tokio::test]
async fn a_users_page_takes_as_many_queries_for_many_tweets_as_for_few() {
    let test = TestApp::start().await;
    let shared = test.upload_image().await;
    for number in 0..TWEETS {
        let status = format!("Tweet {number} @alice");
        let response = test.post_form(UPDATE, &[("status", &status), ("media_ids", &shared)]).await;
        assert_eq!(response.status, 200, "{}", response.line());
    }
    let (v1, v2) = ("/1.1/statuses/user_timeline.json", test.alice.user_id.clone());
    let expansions = "expansions=attachments.media_keys,author_id,entities.mentions.username";
    for path in [
        format!("{v1}?include_ext_alt_text=true&count="),
        format!("/2/users/{v2}/tweets?{expansions}&tweet.fields=public_metrics&max_results="),
    ] {
        let few = queries_of(&test, &format!("{path}5")).await;
        let many = queries_of(&test, &format!("{path}{TWEETS}")).await;
        assert_eq!(few, many, "{path}: 5 and {TWEETS} Tweets");
        assert!(many <= MOST_QUERIES, "{path}: {many} queries");
    }
}

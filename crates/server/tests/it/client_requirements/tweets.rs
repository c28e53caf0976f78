//! Tweets, and the parts of responses that clients check (R21 to R28).

use crate::support::{TestApp, UPDATE, VERIFY, png};
use serde_json::json;

#[tokio::test]
async fn r21_tweets_are_read_and_deleted_by_every_path() {
    let test = TestApp::start().await;
    let id = test.post_form(UPDATE, &[("status", "one")]).await.json()["id_str"]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        "/1.1/statuses/show.json?id=ID",
        "/1.1/statuses/show/ID.json",
        "/1.1/statuses/show/ID",
        "/1.1/statuses/show?id=ID",
    ] {
        assert_eq!(test.get(&path.replace("ID", &id)).await.json()["id_str"], json!(id), "{path}");
    }
    for path in [
        "/1.1/statuses/lookup.json?id=ID,5",
        "/1.1/statuses/user_timeline.json",
        "/1.1/statuses/home_timeline.json?count=5",
        "/1.1/statuses/user_timeline.json?screen_name=ALICE",
    ] {
        let all = test.get(&path.replace("ID", &id)).await.json();
        assert_eq!((all.as_array().unwrap().len(), &all[0]["id_str"]), (1, &json!(id)), "{path}");
    }
    assert_eq!(
        test.post_form("/1.1/statuses/lookup.json", &[("id", &id)]).await.json()[0]["id_str"],
        json!(id)
    );
    let map = test.get(&format!("/1.1/statuses/lookup.json?id={id},5&map=true")).await.json();
    assert_eq!((map["id"][&id]["text"].as_str(), &map["id"]["5"]), (Some("one"), &json!(null)));
    assert_eq!(
        test.post_form("/1.1/statuses/destroy.json", &[("id", &id)]).await.json()["id_str"],
        json!(id)
    );
    let user = test.get(VERIFY).await.json();
    assert_eq!(
        (user["screen_name"].as_str(), user["suspended"].as_bool()),
        (Some("alice"), Some(false))
    );
}

#[tokio::test]
async fn r22_r23_r25_r26_statuses_and_bodies_are_as_clients_check_them() {
    let test = TestApp::start().await;
    let bytes = png(4, 4);
    let init = test.init(bytes.len(), "image/png", None).await;
    let media = init.media_id();
    let append = test.append(&media, "0", &bytes).await;
    let finalize = test.finalize(&media).await;
    let status = test.upload_status(&media).await;
    let metadata = test.describe(&media, "x").await;
    let tweet = test.post_form(UPDATE, &[("media_ids", &media)]).await;
    let all = [&init, &append, &finalize, &status, &metadata, &tweet];
    assert_eq!(all.map(|response| response.status), [202, 204, 201, 200, 200, 200]);
    assert!(append.body.is_empty());
    for response in [&init, &finalize, &status] {
        let body = response.json();
        assert!(body["media_id"].is_i64() && body["media_id_string"].is_string());
    }
    for response in [&init, &finalize, &status, &metadata, &tweet] {
        assert!(response.header("content-type").starts_with("application/json"));
        let body = response.json();
        assert!(body.get("errors").is_none() && body.get("error").is_none());
    }
}

#[tokio::test]
async fn r24_processing_info_is_present_while_a_client_polls() {
    let test = TestApp::start().await;
    let gif = crate::support::gif(2);
    let media = test.upload_chunked(&gif, "image/gif", Some("TweetGif")).await;
    let pending = test.upload_status(&media).await.json();
    assert_eq!(pending["processing_info"], json!({"state": "pending", "check_after_secs": 1}));
    test.run_jobs().await;
    let done = test.upload_status(&media).await.json();
    assert_eq!(done["processing_info"], json!({"state": "succeeded", "progress_percent": 100}));
}

#[tokio::test]
async fn r27_a_tweet_is_complete_for_typed_clients() {
    let test = TestApp::start().await;
    let media = test.upload_image().await;
    let tweet = test
        .post_form(
            UPDATE,
            &[("status", "#tag $ABC @bob https://example.com"), ("media_ids", &media)],
        )
        .await
        .json();
    for key in ["hashtags", "symbols", "urls", "user_mentions", "media"] {
        assert_eq!(tweet["entities"][key].as_array().unwrap().len(), 1, "{key}");
    }
    assert!(tweet["source"].as_str().unwrap().starts_with("<a href=\""));
    let user = [
        "profile_background_color",
        "profile_link_color",
        "profile_sidebar_border_color",
        "profile_sidebar_fill_color",
        "profile_text_color",
        "profile_use_background_image",
        "default_profile",
        "default_profile_image",
        "geo_enabled",
        "is_translator",
        "contributors_enabled",
        "followers_count",
        "friends_count",
        "listed_count",
        "favourites_count",
        "statuses_count",
        "verified",
        "protected",
        "created_at",
    ];
    for key in user {
        assert!(!tweet["user"][key].is_null(), "{key}");
    }
    for size in ["thumb", "small", "medium", "large"] {
        assert!(tweet["entities"]["media"][0]["sizes"][size]["resize"].is_string());
    }
}

#[tokio::test]
async fn r28_rate_limits_are_plain_integers_and_refuse_with_88() {
    let test = TestApp::start_with(|layer| {
        layer.rate_figures = Some([("statuses_show".to_owned(), 2)].into());
    })
    .await;
    let show = "/1.1/statuses/show.json?id=1";
    for remaining in ["1", "0"] {
        let response = test.get(show).await;
        assert_eq!((response.status, response.header("x-rate-limit-remaining")), (404, remaining));
    }
    let refused = test.get(show).await;
    assert_eq!(refused.line(), r#"429 {"errors":[{"code":88,"message":"Rate limit exceeded"}]}"#);
    assert_eq!(refused.header("x-rate-limit-reset"), "1767226500");
    let limits =
        test.get("/1.1/application/rate_limit_status.json?resources=statuses").await.json();
    let show = &limits["resources"]["statuses"]["/statuses/show/:id"];
    assert_eq!(*show, json!({"limit": 2, "remaining": 0, "reset": 1_767_226_500}));
    assert!(limits["resources"].get("media").is_none());
    test.app.clock.advance(900_000);
    assert_eq!(test.get("/1.1/statuses/show.json?id=1").await.status, 404);
}

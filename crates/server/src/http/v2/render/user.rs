//! Users in the words of v2.

use super::super::fields::View;
use super::moment;
use birdhouse_core::actions::users::User;
use birdhouse_domain::TweetId;
use serde_json::{Map, Value, json};

const AVATAR: &str =
    "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png";

/// A user with the fields that are call for; `id`, `name` and `username` always. What is not
/// kept here has the value of a fresh account.
pub fn user(user: &User, newest: Option<TweetId>, view: &View) -> Value {
    let mut all = Map::new();
    all.insert("id".to_owned(), json!(user.id.to_string()));
    all.insert("name".to_owned(), json!(user.name));
    all.insert("username".to_owned(), json!(user.screen_name));
    let mut put = |name: &str, value: Value| {
        if view.user(name) {
            all.insert(name.to_owned(), value);
        }
    };
    put("created_at", json!(moment(user.created_at)));
    put("description", json!(""));
    put("location", json!(""));
    put("url", json!(""));
    put("profile_image_url", json!(AVATAR));
    put("protected", json!(false));
    put("verified", json!(false));
    put("verified_type", json!("none"));
    put(
        "public_metrics",
        json!({
            "followers_count": 0,
            "following_count": 0,
            view.key("tweet_count", "post_count"): user.statuses_count,
            "listed_count": 0,
            "like_count": 0,
            "media_count": 0,
        }),
    );
    let names = ("most_recent_tweet_id", "most_recent_post_id");
    let is_asked = [names.0, names.1].iter().any(|name| view.user(name) || view.expands(name));
    if let (true, Some(id)) = (is_asked, newest) {
        all.insert(view.key(names.0, names.1).to_owned(), json!(id.to_string()));
    }
    Value::Object(all)
}

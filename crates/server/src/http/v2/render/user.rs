//! Users in v2 JSON.

use super::super::fields::FieldSelection;
use super::date_time;
use birdhouse_core::actions::users::User;
use birdhouse_domain::TweetId;
use serde_json::{Map, Value, json};

const AVATAR: &str =
    "https://abs.twimg.com/sticky/default_profile_images/default_profile_normal.png";

/// Renders a user with the selected fields; `id`, `name` and `username` always. Fields that are not
/// stored have the values of a new account.
pub fn user(user: &User, newest: Option<TweetId>, selection: &FieldSelection) -> Value {
    let mut all = Map::new();
    all.insert("id".to_owned(), json!(user.id.to_string()));
    all.insert("name".to_owned(), json!(user.name));
    all.insert("username".to_owned(), json!(user.screen_name));
    let mut put = |name: &str, value: Value| {
        if selection.has_user_field(name) {
            all.insert(name.to_owned(), value);
        }
    };
    put("created_at", json!(date_time(user.created_at)));
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
            selection.key("tweet_count", "post_count"): user.statuses_count,
            "listed_count": 0,
            "like_count": 0,
            "media_count": 0,
        }),
    );
    let [old, new] = ["most_recent_tweet_id", "most_recent_post_id"];
    let is_selected =
        [old, new].iter().any(|name| selection.has_user_field(name) || selection.expands(name));
    if let (true, Some(id)) = (is_selected, newest) {
        all.insert(selection.key(old, new).to_owned(), json!(id.to_string()));
    }
    Value::Object(all)
}

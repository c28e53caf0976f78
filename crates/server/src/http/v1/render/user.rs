//! Users in v1.1 JSON: every key that typed clients require, with the defaults of a new account for
//! those that Birdhouse does not store.

use super::created_at;
use birdhouse_core::actions::users::User;
use serde_json::{Value, json};

const AVATAR: &str = "abs.twimg.com/sticky/default_profile_images/default_profile_normal.png";

/// Renders a user; with `trim_user` only the ids.
pub fn user(user: &User, is_trimmed: bool) -> Value {
    if is_trimmed {
        return json!({"id": user.id.0, "id_str": user.id.to_string()});
    }
    let mut body = profile(user);
    if let (Value::Object(all), Value::Object(style)) = (&mut body, profile_style()) {
        all.extend(style);
    }
    body
}

fn profile(user: &User) -> Value {
    json!({
        "id": user.id.0,
        "id_str": user.id.to_string(),
        "name": user.name,
        "screen_name": user.screen_name,
        "location": "",
        "description": "",
        "url": null,
        "entities": {"description": {"urls": []}},
        "protected": false,
        "followers_count": 0,
        "friends_count": 0,
        "listed_count": 0,
        "created_at": created_at(user.created_at),
        "favourites_count": 0,
        "utc_offset": null,
        "time_zone": null,
        "geo_enabled": false,
        "verified": false,
        "statuses_count": user.statuses_count,
        "lang": null,
        "contributors_enabled": false,
        "is_translator": false,
        "is_translation_enabled": false,
    })
}

fn profile_style() -> Value {
    json!({
        "profile_background_color": "F5F8FA",
        "profile_background_image_url": null,
        "profile_background_image_url_https": null,
        "profile_background_tile": false,
        "profile_image_url": format!("http://{AVATAR}"),
        "profile_image_url_https": format!("https://{AVATAR}"),
        "profile_link_color": "1DA1F2",
        "profile_sidebar_border_color": "C0DEED",
        "profile_sidebar_fill_color": "DDEEF6",
        "profile_text_color": "333333",
        "profile_use_background_image": true,
        "has_extended_profile": false,
        "default_profile": true,
        "default_profile_image": true,
        "following": false,
        "follow_request_sent": false,
        "notifications": false,
        "translator_type": "none",
    })
}

//! Schemas of responses.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::{object, schema_ref, string};
use serde_json::{Map, Value, json};

fn integer() -> Value {
    json!({"type": "integer"})
}

fn list(item: Value) -> Value {
    json!({"type": "array", "items": item})
}

fn data(item: Value) -> Value {
    object(
        0,
        &[
            ("data", item),
            ("includes", schema_ref("Includes")),
            ("errors", list(schema_ref("Problem"))),
            ("meta", schema_ref("Meta")),
        ],
    )
}

/// All schemas by name.
pub(crate) fn all() -> Value {
    let all: Map<String, Value> = [
        v2(),
        v1(),
        super::birdhouse::schemas(),
        super::search::schemas(),
        super::webhooks::schemas(),
        shared(),
    ]
    .into_iter()
    .flatten()
    .map(|(n, s)| (n.to_owned(), s))
    .collect();
    Value::Object(all)
}

fn shared() -> Vec<(&'static str, Value)> {
    let image = object(3, &[("image_type", string()), ("w", integer()), ("h", integer())]);
    let state =
        json!({"type": "string", "enum": ["pending", "in_progress", "succeeded", "failed"]});
    let failure = object(3, &[("code", integer()), ("name", string()), ("message", string())]);
    let processing = object(
        1,
        &[
            ("state", state),
            ("check_after_secs", integer()),
            ("progress_percent", integer()),
            ("error", failure),
        ],
    );
    let token = object(
        2,
        &[
            ("token_type", string()),
            ("access_token", string()),
            ("expires_in", integer()),
            ("scope", string()),
            ("refresh_token", string()),
        ],
    );
    vec![
        ("Image", image),
        ("Video", object(1, &[("video_type", string())])),
        ("ProcessingInfo", processing),
        ("Token", token),
        ("TokenError", object(2, &[("error", string()), ("error_description", string())])),
        ("Anything", json!({})),
    ]
}

fn v2() -> Vec<(&'static str, Value)> {
    let message = object(1, &[("message", string()), ("parameters", json!({"type": "object"}))]);
    let problem = object(
        3,
        &[
            ("title", string()),
            ("detail", string()),
            ("type", string()),
            ("status", integer()),
            ("errors", list(message)),
            ("value", string()),
            ("parameter", string()),
            ("resource_type", string()),
            ("resource_id", string()),
        ],
    );
    let variant =
        object(2, &[("content_type", string()), ("url", string()), ("bit_rate", integer())]);
    let media = object(
        2,
        &[
            ("media_key", json!({"type": "string", "pattern": "^[0-9]+_[0-9]+$"})),
            ("type", json!({"type": "string", "enum": ["photo", "animated_gif", "video"]})),
            ("alt_text", string()),
            ("url", string()),
            ("preview_image_url", string()),
            ("width", integer()),
            ("height", integer()),
            ("duration_ms", integer()),
            ("variants", list(variant)),
        ],
    );
    let post = object(
        2,
        &[
            ("id", string()),
            ("text", string()),
            ("edit_history_tweet_ids", list(string())),
            ("edit_history_post_ids", list(string())),
            ("attachments", json!({"type": "object"})),
            ("author_id", string()),
            ("conversation_id", string()),
            ("created_at", string()),
            ("entities", json!({"type": "object"})),
            ("media_metadata", list(json!({"type": "object"}))),
            ("public_metrics", json!({"type": "object"})),
            ("referenced_tweets", list(json!({"type": "object"}))),
        ],
    );
    let upload = object(
        1,
        &[
            ("id", string()),
            ("media_key", string()),
            ("size", integer()),
            ("expires_after_secs", integer()),
            ("image", schema_ref("Image")),
            ("video", schema_ref("Video")),
            ("processing_info", schema_ref("ProcessingInfo")),
        ],
    );
    let includes = object(
        0,
        &[
            ("media", list(schema_ref("Media"))),
            ("users", list(schema_ref("User"))),
            ("tweets", list(schema_ref("Post"))),
            ("posts", list(schema_ref("Post"))),
            ("polls", list(json!({"type": "object"}))),
        ],
    );
    let meta = object(
        1,
        &[
            ("result_count", integer()),
            ("newest_id", string()),
            ("oldest_id", string()),
            ("next_token", string()),
            ("previous_token", string()),
        ],
    );
    let metadata =
        object(2, &[("id", string()), ("associated_metadata", json!({"type": "object"}))]);
    let subtitles = object(
        1,
        &[
            ("id", string()),
            ("media_category", string()),
            ("associated_subtitles", list(json!({"type": "object"}))),
        ],
    );
    let only = |name: &str, item: Value| object(1, &[("data", object(1, &[(name, item)]))]);
    vec![
        ("Problem", problem),
        ("Media", media),
        ("Post", post),
        (
            "User",
            object(
                3,
                &[
                    ("id", string()),
                    ("name", string()),
                    ("username", string()),
                    ("created_at", string()),
                    ("public_metrics", json!({"type": "object"})),
                ],
            ),
        ),
        ("Includes", includes),
        ("Meta", meta),
        ("UploadResponse", object(1, &[("data", upload)])),
        ("AppendResponse", only("expires_at", json!({"type": ["integer", "null"]}))),
        ("MetadataResponse", object(1, &[("data", metadata)])),
        ("SubtitlesResponse", object(1, &[("data", subtitles)])),
        ("DeletedResponse", only("deleted", json!({"type": "boolean"}))),
        ("MediaResponse", data(schema_ref("Media"))),
        ("MediaListResponse", data(list(schema_ref("Media")))),
        ("PostResponse", data(schema_ref("Post"))),
        ("PostListResponse", data(list(schema_ref("Post")))),
        ("UserResponse", data(schema_ref("User"))),
        ("UserListResponse", data(list(schema_ref("User")))),
    ]
}

fn v1() -> Vec<(&'static str, Value)> {
    let error = object(2, &[("code", integer()), ("message", string())]);
    let coded = object(1, &[("errors", list(error))]);
    let plain = object(2, &[("request", string()), ("error", string())]);
    let upload = object(
        2,
        &[
            ("media_id", integer()),
            ("media_id_string", string()),
            ("media_key", string()),
            ("size", integer()),
            ("expires_after_secs", integer()),
            ("image", schema_ref("Image")),
            ("video", schema_ref("Video")),
            ("processing_info", schema_ref("ProcessingInfo")),
        ],
    );
    let tweet = object(
        5,
        &[
            ("id", integer()),
            ("id_str", string()),
            ("created_at", string()),
            ("user", json!({"type": "object"})),
            ("source", string()),
            ("text", string()),
            ("full_text", string()),
            ("entities", json!({"type": "object"})),
            ("extended_entities", json!({"type": "object"})),
        ],
    );
    let user = object(
        3,
        &[("id", integer()), ("id_str", string()), ("screen_name", string()), ("name", string())],
    );
    vec![
        ("Errors", json!({"anyOf": [coded, plain]})),
        ("UploadV1", upload),
        ("Tweet", tweet),
        ("TweetList", list(schema_ref("Tweet"))),
        ("UserV1", user),
        ("Object", json!({"type": "object"})),
    ]
}

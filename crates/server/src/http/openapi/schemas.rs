//! What answers look like.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::{object, of, text};
use serde_json::{Map, Value, json};

fn whole() -> Value {
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
            ("includes", of("Includes")),
            ("errors", list(of("Problem"))),
            ("meta", of("Meta")),
        ],
    )
}

/// Every schema by its name.
pub(crate) fn all() -> Value {
    let all: Map<String, Value> =
        [v2(), v1(), shared()].into_iter().flatten().map(|(n, s)| (n.to_owned(), s)).collect();
    Value::Object(all)
}

fn shared() -> Vec<(&'static str, Value)> {
    let image = object(3, &[("image_type", text()), ("w", whole()), ("h", whole())]);
    let state =
        json!({"type": "string", "enum": ["pending", "in_progress", "succeeded", "failed"]});
    let failure = object(3, &[("code", whole()), ("name", text()), ("message", text())]);
    let processing = object(
        1,
        &[
            ("state", state),
            ("check_after_secs", whole()),
            ("progress_percent", whole()),
            ("error", failure),
        ],
    );
    let token = object(
        2,
        &[
            ("token_type", text()),
            ("access_token", text()),
            ("expires_in", whole()),
            ("scope", text()),
            ("refresh_token", text()),
        ],
    );
    vec![
        ("Image", image),
        ("Video", object(1, &[("video_type", text())])),
        ("ProcessingInfo", processing),
        ("Token", token),
        ("TokenError", object(2, &[("error", text()), ("error_description", text())])),
        ("Anything", json!({})),
    ]
}

fn v2() -> Vec<(&'static str, Value)> {
    let message = object(1, &[("message", text()), ("parameters", json!({"type": "object"}))]);
    let problem = object(
        3,
        &[
            ("title", text()),
            ("detail", text()),
            ("type", text()),
            ("status", whole()),
            ("errors", list(message)),
            ("value", text()),
            ("parameter", text()),
            ("resource_type", text()),
            ("resource_id", text()),
        ],
    );
    let variant = object(2, &[("content_type", text()), ("url", text()), ("bit_rate", whole())]);
    let media = object(
        2,
        &[
            ("media_key", json!({"type": "string", "pattern": "^[0-9]+_[0-9]+$"})),
            ("type", json!({"type": "string", "enum": ["photo", "animated_gif", "video"]})),
            ("alt_text", text()),
            ("url", text()),
            ("preview_image_url", text()),
            ("width", whole()),
            ("height", whole()),
            ("duration_ms", whole()),
            ("variants", list(variant)),
        ],
    );
    let post = object(
        2,
        &[
            ("id", text()),
            ("text", text()),
            ("edit_history_tweet_ids", list(text())),
            ("edit_history_post_ids", list(text())),
            ("attachments", json!({"type": "object"})),
            ("author_id", text()),
            ("conversation_id", text()),
            ("created_at", text()),
            ("entities", json!({"type": "object"})),
            ("media_metadata", list(json!({"type": "object"}))),
            ("public_metrics", json!({"type": "object"})),
            ("referenced_tweets", list(json!({"type": "object"}))),
        ],
    );
    let upload = object(
        1,
        &[
            ("id", text()),
            ("media_key", text()),
            ("size", whole()),
            ("expires_after_secs", whole()),
            ("image", of("Image")),
            ("video", of("Video")),
            ("processing_info", of("ProcessingInfo")),
        ],
    );
    let includes = object(
        0,
        &[
            ("media", list(of("Media"))),
            ("users", list(of("User"))),
            ("tweets", list(of("Post"))),
            ("posts", list(of("Post"))),
            ("polls", list(json!({"type": "object"}))),
        ],
    );
    let meta = object(
        1,
        &[
            ("result_count", whole()),
            ("newest_id", text()),
            ("oldest_id", text()),
            ("next_token", text()),
            ("previous_token", text()),
        ],
    );
    let described =
        object(2, &[("id", text()), ("associated_metadata", json!({"type": "object"}))]);
    let linked = object(
        1,
        &[
            ("id", text()),
            ("media_category", text()),
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
                    ("id", text()),
                    ("name", text()),
                    ("username", text()),
                    ("created_at", text()),
                    ("public_metrics", json!({"type": "object"})),
                ],
            ),
        ),
        ("Includes", includes),
        ("Meta", meta),
        ("UploadAnswer", object(1, &[("data", upload)])),
        ("AppendAnswer", only("expires_at", json!({"type": ["integer", "null"]}))),
        ("MetadataAnswer", object(1, &[("data", described)])),
        ("SubtitlesAnswer", object(1, &[("data", linked)])),
        ("DeletedAnswer", only("deleted", json!({"type": "boolean"}))),
        ("MediaAnswer", data(of("Media"))),
        ("MediaListAnswer", data(list(of("Media")))),
        ("PostAnswer", data(of("Post"))),
        ("PostListAnswer", data(list(of("Post")))),
        ("UserAnswer", data(of("User"))),
        ("UserListAnswer", data(list(of("User")))),
    ]
}

fn v1() -> Vec<(&'static str, Value)> {
    let error = object(2, &[("code", whole()), ("message", text())]);
    let coded = object(1, &[("errors", list(error))]);
    let plain = object(2, &[("request", text()), ("error", text())]);
    let upload = object(
        2,
        &[
            ("media_id", whole()),
            ("media_id_string", text()),
            ("media_key", text()),
            ("size", whole()),
            ("expires_after_secs", whole()),
            ("image", of("Image")),
            ("video", of("Video")),
            ("processing_info", of("ProcessingInfo")),
        ],
    );
    let tweet = object(
        5,
        &[
            ("id", whole()),
            ("id_str", text()),
            ("created_at", text()),
            ("user", json!({"type": "object"})),
            ("source", text()),
            ("text", text()),
            ("full_text", text()),
            ("entities", json!({"type": "object"})),
            ("extended_entities", json!({"type": "object"})),
        ],
    );
    let user = object(
        3,
        &[("id", whole()), ("id_str", text()), ("screen_name", text()), ("name", text())],
    );
    vec![
        ("Errors", json!({"anyOf": [coded, plain]})),
        ("UploadV1", upload),
        ("Tweet", tweet),
        ("TweetList", list(of("Tweet"))),
        ("UserV1", user),
        ("Object", json!({"type": "object"})),
    ]
}

//! The operations of v2. Their bodies are the very schemas that requests are checked against.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::Auth::{User, UserOrApp};
use super::operation::{Operation, id, object, one_of, text};
use crate::http::v2::schemas;
use serde_json::{Value, json};

const MEDIA: &str = "Media v2";
const POSTS: &str = "Posts v2";
const USERS: &str = "Users v2";
const WRITE_MEDIA: &[&str] = &["media.write"];
const READ: &[&str] = &["tweet.read", "users.read"];
const WRITE: &[&str] = &["tweet.read", "tweet.write", "users.read"];
const ID: &str = "1212092628029698048";

fn new(method: &'static str, path: &str, id: &'static str, tag: &'static str) -> Operation {
    Operation::new(method, path, id, tag)
}

fn uploaded() -> Value {
    json!({"data": {"id": ID, "media_key": format!("3_{ID}"), "size": 11065,
                    "expires_after_secs": 86400,
                    "image": {"image_type": "image/jpeg", "w": 800, "h": 320}}})
}

/// The parts of a multipart upload.
fn parts(more: &[(&str, Value)]) -> Value {
    let mut all =
        vec![("media", json!({"type": "string", "contentMediaType": "application/octet-stream"}))];
    all.extend(more.iter().cloned());
    object(1, &all)
}

/// `/2/media`.
pub(super) fn media() -> Vec<Operation> {
    let multipart = "multipart/form-data";
    let category = one_of(&[
        "tweet_image",
        "tweet_gif",
        "tweet_video",
        "amplify_video",
        "dm_image",
        "dm_gif",
        "dm_video",
        "subtitles",
    ]);
    let described = json!({"text": "A bluebird on a fence post."});
    vec![
        new("post", "/2/media/upload", "uploadMedia", MEDIA)
            .about("Upload a file in one request; with `command`, the chunked form of early 2025.")
            .by(User(WRITE_MEDIA))
            .body_of(multipart, parts(&[("media_category", category.clone())]), Value::Null)
            .json(schemas::UPLOAD.schema(), json!({"media": "iVBORw0KGgo…", "media_category": "tweet_image"}))
            .gives(200, "UploadAnswer", uploaded()),
        new("get", "/2/media/upload", "getUploadStatus", MEDIA)
            .about("How far the processing of an upload is.")
            .by(User(WRITE_MEDIA))
            .query("media_id", "The upload.", id()).required()
            .query("command", "STATUS, or nothing.", one_of(&["STATUS"]))
            .gives(200, "UploadAnswer", json!({"data": {"id": ID, "media_key": format!("7_{ID}"), "size": 4_430_752, "expires_after_secs": 83800, "video": {"video_type": "video/mp4"}, "processing_info": {"state": "in_progress", "check_after_secs": 1, "progress_percent": 45}}})),
        new("post", "/2/media/upload/initialize", "initializeUpload", MEDIA)
            .about("Open a chunked upload.")
            .by(User(WRITE_MEDIA))
            .json(schemas::INITIALIZE.schema(), json!({"media_type": "video/mp4", "total_bytes": 4_430_752, "media_category": "tweet_video"}))
            .gives(200, "UploadAnswer", json!({"data": {"id": ID, "media_key": format!("7_{ID}"), "expires_after_secs": 86400}})),
        new("post", "/2/media/upload/{id}/append", "appendUpload", MEDIA)
            .about("Send a segment of at most 5 MiB, in any order; the same index again replaces it.")
            .by(User(WRITE_MEDIA))
            .segment("id", id(), ID)
            .body_of(multipart, parts(&[("segment_index", json!({"type": "integer", "minimum": 0, "maximum": 999}))]), Value::Null)
            .json(schemas::APPEND.schema(), json!({"media": "AAAAIGZ0eXA…", "segment_index": 0}))
            .gives(200, "AppendAnswer", json!({"data": {"expires_at": 1_767_312_000}})),
        new("post", "/2/media/upload/{id}/finalize", "finalizeUpload", MEDIA)
            .about("Complete a chunked upload. Repeated, it answers the same.")
            .by(User(WRITE_MEDIA))
            .segment("id", id(), ID)
            .gives(200, "UploadAnswer", json!({"data": {"id": ID, "media_key": format!("7_{ID}"), "size": 4_430_752, "expires_after_secs": 86400, "processing_info": {"state": "pending", "check_after_secs": 1}}})),
        new("post", "/2/media/metadata", "createMetadata", MEDIA)
            .about("Describe a media: its alt text of at most 1000 characters, and other members.")
            .by(User(WRITE_MEDIA))
            .json(schemas::METADATA.schema(), json!({"id": ID, "metadata": {"alt_text": described}}))
            .gives(200, "MetadataAnswer", json!({"data": {"id": ID, "associated_metadata": {"alt_text": described}}})),
        new("post", "/2/media/metadata/create", "createMetadataFlat", MEDIA)
            .about("The same in the shape of early 2025.")
            .by(User(WRITE_MEDIA))
            .json(schemas::METADATA_FLAT.schema(), json!({"media_id": ID, "alt_text": described}))
            .gives(200, "MetadataAnswer", json!({"data": {"id": ID, "associated_metadata": {"alt_text": described}}})),
        new("post", "/2/media/subtitles", "createSubtitles", MEDIA)
            .about("Link uploaded subtitles to a video.")
            .by(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES.schema(), json!({"id": ID, "media_category": "TweetVideo", "subtitles": {"id": "1212092628029698049", "language_code": "EN", "display_name": "English"}}))
            .gives(200, "SubtitlesAnswer", json!({"data": {"id": ID, "media_category": "TweetVideo", "associated_subtitles": [{"id": "1212092628029698049", "language_code": "EN", "display_name": "English"}]}})),
        new("delete", "/2/media/subtitles", "deleteSubtitles", MEDIA)
            .about("Take the subtitles of a language from a video.")
            .by(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES_DELETE.schema(), json!({"id": ID, "media_category": "TweetVideo", "language_code": "EN"}))
            .gives(200, "DeletedAnswer", json!({"data": {"deleted": true}})),
        new("post", "/2/media/subtitles/create", "createSubtitlesOld", MEDIA)
            .about("Link subtitles of several languages, in the shape of early 2025.")
            .by(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES_OLD.schema(), json!({"media_id": ID, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"media_id": "1212092628029698049", "language_code": "en", "display_name": "English"}]}}))
            .gives(200, "SubtitlesAnswer", Value::Null),
        new("post", "/2/media/subtitles/delete", "deleteSubtitlesOld", MEDIA)
            .about("Take the subtitles of several languages away, in the shape of early 2025.")
            .by(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES_OLD.schema(), json!({"media_id": ID, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"language_code": "en"}]}}))
            .gives(200, "DeletedAnswer", Value::Null),
        new("get", "/2/media", "getMediaByKeys", MEDIA)
            .about("Look up media that a Tweet shows, and your own.")
            .by(UserOrApp(&["tweet.read"]))
            .list("media_keys", "Up to 100 keys.", json!({"type": "string", "pattern": "^[0-9]+_[0-9]+$"})).required()
            .media_fields()
            .gives(200, "MediaListAnswer", Value::Null),
        new("get", "/2/media/{media_key}", "getMediaByKey", MEDIA)
            .about("Look up one media.")
            .by(UserOrApp(&["tweet.read"]))
            .segment("media_key", json!({"type": "string", "pattern": "^[0-9]{1,3}_[0-9]{1,19}$"}), "3_1212092628029698048")
            .media_fields()
            .gives(200, "MediaAnswer", json!({"data": {"media_key": format!("3_{ID}"), "type": "photo", "alt_text": "A bluebird on a fence post."}})),
    ]
}

/// `/2/tweets`.
pub(super) fn posts() -> Vec<Operation> {
    vec![
        new("post", "/2/tweets", "createPost", POSTS)
            .about("Post a Tweet.")
            .by(User(WRITE))
            .json(schemas::POST.schema(), json!({"text": "Look who moved in.", "media": {"media_ids": [ID]}}))
            .gives(201, "PostAnswer", json!({"data": {"id": ID, "text": "Look who moved in. https://t.co/Ab1Cd2Ef3G", "edit_history_tweet_ids": [ID]}})),
        new("get", "/2/tweets", "getPostsByIds", POSTS)
            .about("Read up to 100 Tweets; what is not there stands in `errors`.")
            .by(UserOrApp(READ))
            .list("ids", "The Tweets.", id()).required()
            .all_fields()
            .gives(200, "PostListAnswer", Value::Null),
        new("get", "/2/tweets/{id}", "getPostById", POSTS)
            .about("Read a Tweet, with the alt text of its media.")
            .by(UserOrApp(READ))
            .segment("id", id(), ID)
            .all_fields()
            .gives(200, "PostAnswer", json!({"data": {"id": ID, "text": "Look who moved in.", "edit_history_tweet_ids": [ID], "attachments": {"media_keys": [format!("3_{ID}")]}}, "includes": {"media": [{"media_key": format!("3_{ID}"), "type": "photo", "alt_text": "A bluebird on a fence post."}]}})),
        new("delete", "/2/tweets/{id}", "deletePost", POSTS)
            .about("Delete your own Tweet.")
            .by(User(WRITE))
            .segment("id", id(), ID)
            .gives(200, "DeletedAnswer", json!({"data": {"deleted": true}})),
    ]
}

/// `/2/users`.
pub(super) fn users() -> Vec<Operation> {
    let alice = json!({"data": {"id": ID, "name": "Alice", "username": "alice"}});
    let moment = || json!({"type": "string", "format": "date-time"});
    vec![
        new("get", "/2/users/me", "getMe", USERS)
            .about("Who asks.")
            .by(User(READ))
            .user_fields()
            .gives(200, "UserAnswer", alice.clone()),
        new("get", "/2/users", "getUsersByIds", USERS)
            .about("Look up to 100 users.")
            .by(UserOrApp(READ))
            .list("ids", "The users.", id())
            .required()
            .user_fields()
            .gives(200, "UserListAnswer", Value::Null),
        new("get", "/2/users/{id}", "getUserById", USERS)
            .about("Look up a user.")
            .by(UserOrApp(READ))
            .segment("id", id(), ID)
            .user_fields()
            .gives(200, "UserAnswer", alice.clone()),
        new("get", "/2/users/by/username/{username}", "getUserByUsername", USERS)
            .about("Look up a user by name.")
            .by(UserOrApp(READ))
            .segment(
                "username",
                json!({"type": "string", "pattern": "^[A-Za-z0-9_]{1,20}$"}),
                "alice",
            )
            .user_fields()
            .gives(200, "UserAnswer", alice),
        new("get", "/2/users/{id}/tweets", "getUserPosts", USERS)
            .about("A user's Tweets, newest first, in pages.")
            .by(UserOrApp(READ))
            .segment("id", id(), ID)
            .query(
                "max_results",
                "Tweets in a page.",
                json!({"type": "integer", "minimum": 5, "maximum": 100}),
            )
            .query("pagination_token", "`next_token` or `previous_token` of another page.", text())
            .query("since_id", "Newer than this Tweet.", id())
            .query("until_id", "Older than this Tweet.", id())
            .query("start_time", "Not posted before.", moment())
            .query("end_time", "Posted before.", moment())
            .list("exclude", "What is left out.", one_of(&["replies", "retweets"]))
            .all_fields()
            .gives(200, "PostListAnswer", Value::Null),
    ]
}

impl Operation {
    /// Names of which unknown ones are left out, so that they are told rather than demanded.
    fn names(mut self, name: &str, about: &str, known: &[&str]) -> Self {
        let about = format!("{about}: {}. Unknown ones are left out.", known.join(", "));
        self.parameters.push(json!({
            "name": name, "in": "query", "description": about, "style": "form", "explode": false,
            "schema": {"type": "array", "items": text()}}));
        self
    }

    fn media_fields(self) -> Self {
        self.names(
            "media.fields",
            "Fields of media beside `media_key` and `type`",
            &[
                "alt_text",
                "duration_ms",
                "height",
                "media_key",
                "preview_image_url",
                "public_metrics",
                "type",
                "url",
                "variants",
                "width",
            ],
        )
    }

    fn user_fields(self) -> Self {
        self.names(
            "user.fields",
            "Fields of users beside `id`, `name` and `username`",
            &[
                "created_at",
                "description",
                "id",
                "location",
                "most_recent_tweet_id",
                "name",
                "profile_image_url",
                "protected",
                "public_metrics",
                "url",
                "username",
                "verified",
                "verified_type",
            ],
        )
    }

    fn all_fields(self) -> Self {
        let fields = [
            "attachments",
            "author_id",
            "conversation_id",
            "created_at",
            "display_text_range",
            "edit_controls",
            "entities",
            "id",
            "in_reply_to_user_id",
            "lang",
            "media_metadata",
            "possibly_sensitive",
            "public_metrics",
            "referenced_tweets",
            "reply_settings",
            "source",
            "text",
        ];
        self.names("tweet.fields", "Fields of Tweets beside `id` and `text`", &fields)
            .names("post.fields", "The same; the answer then has the names of 2026", &fields)
            .names(
                "expansions",
                "What is shown beside the Tweets",
                &[
                    "attachments.media_keys",
                    "attachments.poll_ids",
                    "author_id",
                    "edit_history_post_ids",
                    "edit_history_tweet_ids",
                    "entities.mentions.username",
                    "in_reply_to_user_id",
                    "referenced_posts",
                    "referenced_tweets.id",
                    "referenced_tweets.id.author_id",
                    "username",
                ],
            )
            .media_fields()
            .user_fields()
            .names(
                "poll.fields",
                "Fields of polls",
                &["duration_minutes", "end_datetime", "id", "options", "voting_status"],
            )
    }
}

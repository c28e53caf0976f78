//! The operations of v2. Their bodies are the schemas that validate requests.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::Auth::{User, UserOrApp};
use super::operation::{Operation, id, object, one_of, string};
use crate::http::v2::schemas;
use birdhouse_domain::alt_text::MAX_CODE_POINTS;
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

fn upload_example() -> Value {
    json!({"data": {"id": ID, "media_key": format!("3_{ID}"), "size": 11065,
                    "expires_after_secs": 86400,
                    "image": {"image_type": "image/jpeg", "w": 800, "h": 320}}})
}

/// The schema of a multipart upload.
fn multipart_body(more: &[(&str, Value)]) -> Value {
    let mut parts =
        vec![("media", json!({"type": "string", "contentMediaType": "application/octet-stream"}))];
    parts.extend(more.iter().cloned());
    object(1, &parts)
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
    let alt_text = json!({"text": "A bluebird on a fence post."});
    vec![
        new("post", "/2/media/upload", "uploadMedia", MEDIA)
            .summary("Upload a file in one request; with `command`, the chunked upload of early 2025.")
            .auth(User(WRITE_MEDIA))
            .body_of(multipart, multipart_body(&[("media_category", category.clone())]), Value::Null)
            .json(schemas::UPLOAD.to_openapi(), json!({"media": "iVBORw0KGgo…", "media_category": "tweet_image"}))
            .returns(200, "UploadResponse", upload_example()),
        new("get", "/2/media/upload", "getUploadStatus", MEDIA)
            .summary("The processing progress of an upload.")
            .auth(User(WRITE_MEDIA))
            .query("media_id", "The upload.", id()).required()
            .query("command", "STATUS, or nothing.", one_of(&["STATUS"]))
            .returns(200, "UploadResponse", json!({"data": {"id": ID, "media_key": format!("7_{ID}"), "size": 4_430_752, "expires_after_secs": 83800, "video": {"video_type": "video/mp4"}, "processing_info": {"state": "in_progress", "check_after_secs": 1, "progress_percent": 45}}})),
        new("post", "/2/media/upload/initialize", "initializeUpload", MEDIA)
            .summary("Open a chunked upload.")
            .auth(User(WRITE_MEDIA))
            .json(schemas::INITIALIZE.to_openapi(), json!({"media_type": "video/mp4", "total_bytes": 4_430_752, "media_category": "tweet_video"}))
            .returns(200, "UploadResponse", json!({"data": {"id": ID, "media_key": format!("7_{ID}"), "expires_after_secs": 86400}})),
        new("post", "/2/media/upload/{id}/append", "appendUpload", MEDIA)
            .summary("Send a segment of at most 5 MiB, in any order; the same index again replaces it.")
            .auth(User(WRITE_MEDIA))
            .segment("id", id(), ID)
            .body_of(multipart, multipart_body(&[("segment_index", json!({"type": "integer", "minimum": 0, "maximum": 999}))]), Value::Null)
            .json(schemas::APPEND.to_openapi(), json!({"media": "AAAAIGZ0eXA…", "segment_index": 0}))
            .returns(200, "AppendResponse", json!({"data": {"expires_at": 1_767_312_000}})),
        new("post", "/2/media/upload/{id}/finalize", "finalizeUpload", MEDIA)
            .summary("Complete a chunked upload. Repeated requests get the same response.")
            .auth(User(WRITE_MEDIA))
            .segment("id", id(), ID)
            .returns(200, "UploadResponse", json!({"data": {"id": ID, "media_key": format!("7_{ID}"), "size": 4_430_752, "expires_after_secs": 86400, "processing_info": {"state": "pending", "check_after_secs": 1}}})),
        new("post", "/2/media/metadata", "createMetadata", MEDIA)
            .summary(format!("Set metadata of a media item: alt text of at most {MAX_CODE_POINTS} characters, and other members."))
            .auth(User(WRITE_MEDIA))
            .json(schemas::METADATA.to_openapi(), json!({"id": ID, "metadata": {"alt_text": alt_text}}))
            .returns(200, "MetadataResponse", json!({"data": {"id": ID, "associated_metadata": {"alt_text": alt_text}}})),
        new("post", "/2/media/metadata/create", "createMetadataFlat", MEDIA)
            .summary("The same in the format of early 2025.")
            .auth(User(WRITE_MEDIA))
            .json(schemas::METADATA_FLAT.to_openapi(), json!({"media_id": ID, "alt_text": alt_text}))
            .returns(200, "MetadataResponse", json!({"data": {"id": ID, "associated_metadata": {"alt_text": alt_text}}})),
        new("post", "/2/media/subtitles", "createSubtitles", MEDIA)
            .summary("Link uploaded subtitles to a video.")
            .auth(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES.to_openapi(), json!({"id": ID, "media_category": "TweetVideo", "subtitles": {"id": "1212092628029698049", "language_code": "EN", "display_name": "English"}}))
            .returns(200, "SubtitlesResponse", json!({"data": {"id": ID, "media_category": "TweetVideo", "associated_subtitles": [{"id": "1212092628029698049", "language_code": "EN", "display_name": "English"}]}})),
        new("delete", "/2/media/subtitles", "deleteSubtitles", MEDIA)
            .summary("Remove the subtitles of one language from a video.")
            .auth(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES_DELETE.to_openapi(), json!({"id": ID, "media_category": "TweetVideo", "language_code": "EN"}))
            .returns(200, "DeletedResponse", json!({"data": {"deleted": true}})),
        new("post", "/2/media/subtitles/create", "createSubtitlesOld", MEDIA)
            .summary("Link subtitles of several languages, in the format of early 2025.")
            .auth(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES_LEGACY.to_openapi(), json!({"media_id": ID, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"media_id": "1212092628029698049", "language_code": "en", "display_name": "English"}]}}))
            .returns(200, "SubtitlesResponse", Value::Null),
        new("post", "/2/media/subtitles/delete", "deleteSubtitlesOld", MEDIA)
            .summary("Remove subtitles of several languages, in the format of early 2025.")
            .auth(User(WRITE_MEDIA))
            .json(schemas::SUBTITLES_LEGACY.to_openapi(), json!({"media_id": ID, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"language_code": "en"}]}}))
            .returns(200, "DeletedResponse", Value::Null),
        new("get", "/2/media", "getMediaByKeys", MEDIA)
            .summary("Look up media in Tweets, and your own.")
            .auth(UserOrApp(&["tweet.read"]))
            .list("media_keys", "Up to 100 keys.", json!({"type": "string", "pattern": "^[0-9]+_[0-9]+$"})).required()
            .media_fields()
            .returns(200, "MediaListResponse", Value::Null),
        new("get", "/2/media/{media_key}", "getMediaByKey", MEDIA)
            .summary("Look up one media item.")
            .auth(UserOrApp(&["tweet.read"]))
            .segment("media_key", json!({"type": "string", "pattern": "^[0-9]{1,3}_[0-9]{1,19}$"}), "3_1212092628029698048")
            .media_fields()
            .returns(200, "MediaResponse", json!({"data": {"media_key": format!("3_{ID}"), "type": "photo", "alt_text": "A bluebird on a fence post."}})),
    ]
}

/// `/2/tweets`.
pub(super) fn posts() -> Vec<Operation> {
    vec![
        new("post", "/2/tweets", "createPost", POSTS)
            .summary("Post a Tweet.")
            .auth(User(WRITE))
            .json(schemas::POST.to_openapi(), json!({"text": "Look who moved in.", "media": {"media_ids": [ID]}}))
            .returns(201, "PostResponse", json!({"data": {"id": ID, "text": "Look who moved in. https://t.co/Ab1Cd2Ef3G", "edit_history_tweet_ids": [ID]}})),
        new("get", "/2/tweets", "getPostsByIds", POSTS)
            .summary("Read up to 100 Tweets; missing ones are in `errors`.")
            .auth(UserOrApp(READ))
            .list("ids", "The Tweets.", id()).required()
            .all_fields()
            .returns(200, "PostListResponse", Value::Null),
        new("get", "/2/tweets/{id}", "getPostById", POSTS)
            .summary("Read a Tweet, with the alt text of its media.")
            .auth(UserOrApp(READ))
            .segment("id", id(), ID)
            .all_fields()
            .returns(200, "PostResponse", json!({"data": {"id": ID, "text": "Look who moved in.", "edit_history_tweet_ids": [ID], "attachments": {"media_keys": [format!("3_{ID}")]}}, "includes": {"media": [{"media_key": format!("3_{ID}"), "type": "photo", "alt_text": "A bluebird on a fence post."}]}})),
        new("delete", "/2/tweets/{id}", "deletePost", POSTS)
            .summary("Delete your own Tweet.")
            .auth(User(WRITE))
            .segment("id", id(), ID)
            .returns(200, "DeletedResponse", json!({"data": {"deleted": true}})),
    ]
}

/// `/2/users`.
pub(super) fn users() -> Vec<Operation> {
    let alice = json!({"data": {"id": ID, "name": "Alice", "username": "alice"}});
    let date_time = || json!({"type": "string", "format": "date-time"});
    vec![
        new("get", "/2/users/me", "getMe", USERS)
            .summary("The calling user.")
            .auth(User(READ))
            .user_fields()
            .returns(200, "UserResponse", alice.clone()),
        new("get", "/2/users", "getUsersByIds", USERS)
            .summary("Look up to 100 users.")
            .auth(UserOrApp(READ))
            .list("ids", "The users.", id())
            .required()
            .user_fields()
            .returns(200, "UserListResponse", Value::Null),
        new("get", "/2/users/by", "getUsersByUsernames", USERS)
            .summary("Look up to 100 users by name.")
            .auth(UserOrApp(READ))
            .list("usernames", "The names, without @.", string())
            .required()
            .user_fields()
            .returns(200, "UserListResponse", Value::Null),
        new("get", "/2/users/{id}", "getUserById", USERS)
            .summary("Look up a user.")
            .auth(UserOrApp(READ))
            .segment("id", id(), ID)
            .user_fields()
            .returns(200, "UserResponse", alice.clone()),
        new("get", "/2/users/by/username/{username}", "getUserByUsername", USERS)
            .summary("Look up a user by name.")
            .auth(UserOrApp(READ))
            .segment(
                "username",
                json!({"type": "string", "pattern": "^[A-Za-z0-9_]{1,20}$"}),
                "alice",
            )
            .user_fields()
            .returns(200, "UserResponse", alice),
        new("get", "/2/users/{id}/tweets", "getUserPosts", USERS)
            .summary("A user's Tweets, newest first, in pages.")
            .auth(UserOrApp(READ))
            .segment("id", id(), ID)
            .query(
                "max_results",
                "Tweets per page.",
                json!({"type": "integer", "minimum": 5, "maximum": 100}),
            )
            .query(
                "pagination_token",
                "`next_token` or `previous_token` of another page.",
                string(),
            )
            .query("since_id", "Newer than this Tweet.", id())
            .query("until_id", "Older than this Tweet.", id())
            .query("start_time", "Posted at or after.", date_time())
            .query("end_time", "Posted before.", date_time())
            .list("exclude", "Tweets to omit.", one_of(&["replies", "retweets"]))
            .all_fields()
            .returns(200, "PostListResponse", Value::Null),
    ]
}

impl Operation {
    /// Adds a list parameter whose unknown values are ignored, which a schema cannot express.
    fn names(mut self, name: &str, about: &str, known: &[&str]) -> Self {
        let about = format!("{about}: {}. Unknown ones are ignored.", known.join(", "));
        self.parameters.push(json!({
            "name": name, "in": "query", "description": about, "style": "form", "explode": false,
            "schema": {"type": "array", "items": string()}}));
        self
    }

    fn media_fields(self) -> Self {
        self.names(
            "media.fields",
            "Fields of media besides `media_key` and `type`",
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
            "Fields of users besides `id`, `name` and `username`",
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
        self.names("tweet.fields", "Fields of Tweets besides `id` and `text`", &fields)
            .names("post.fields", "The same; the response then uses the names of 2026", &fields)
            .names(
                "expansions",
                "Objects to include in addition to the Tweets",
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

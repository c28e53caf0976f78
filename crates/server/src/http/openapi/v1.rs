//! The operations of v1.1.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::Auth::{Signed, SignedOrApp};
use super::operation::{Operation, id, object, one_of, string};
use birdhouse_domain::alt_text::MAX_CODE_POINTS;
use serde_json::{Value, json};

const MEDIA: &str = "Media v1.1";
const TWEETS: &str = "Tweets v1.1";
const USERS: &str = "Account v1.1 and OAuth 1.0a";
const FORM: &str = "application/x-www-form-urlencoded";
const ID: &str = "710511363345354753";

fn new(method: &'static str, path: &str, id: &'static str, tag: &'static str) -> Operation {
    Operation::new(method, path, id, tag)
}

fn boolean() -> Value {
    json!({"type": "boolean"})
}

/// `/1.1/media`.
pub(super) fn media() -> Vec<Operation> {
    let upload = object(
        0,
        &[
            ("media", json!({"type": "string", "contentMediaType": "application/octet-stream"})),
            ("media_data", json!({"type": "string", "contentEncoding": "base64"})),
            ("command", one_of(&["INIT", "APPEND", "FINALIZE"])),
            ("media_id", string()),
            ("segment_index", string()),
            ("total_bytes", string()),
            ("media_type", string()),
            ("media_category", string()),
            ("additional_owners", string()),
        ],
    );
    let upload_example = json!({"media_id": 710_511_363_345_354_753_i64, "media_id_string": ID, "size": 11065, "expires_after_secs": 86400, "image": {"image_type": "image/jpeg", "w": 800, "h": 320}});
    let metadata = object(
        2,
        &[
            ("media_id", json!({"type": ["string", "integer"]})),
            ("alt_text", object(1, &[("text", string())])),
        ],
    );
    let subtitles = object(
        2,
        &[
            ("media_id", json!({"type": ["string", "integer"]})),
            ("subtitle_info", json!({"type": "object"})),
            ("media_category", string()),
        ],
    );
    let subtitles_example = json!({"media_id": ID, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"media_id": "710511363345354754", "language_code": "en", "display_name": "English"}]}});
    vec![
        new("post", "/1.1/media/upload.json", "uploadV1", MEDIA)
            .summary("Upload an image; with `command`, INIT (202), APPEND (204) and FINALIZE (201) of a chunked upload.")
            .auth(Signed)
            .body_of("multipart/form-data", upload.clone(), Value::Null)
            .body_of(FORM, upload, Value::Null)
            .returns(200, "UploadV1", upload_example),
        new("get", "/1.1/media/upload.json", "uploadStatusV1", MEDIA)
            .summary("The processing progress of an upload.")
            .auth(Signed)
            .query("command", "STATUS.", one_of(&["STATUS"])).required()
            .query("media_id", "The upload.", id()).required()
            .returns(200, "UploadV1", json!({"media_id": 710_511_363_345_354_753_i64, "media_id_string": ID, "processing_info": {"state": "in_progress", "check_after_secs": 1, "progress_percent": 8}})),
        new("post", "/1.1/media/metadata/create.json", "createMetadataV1", MEDIA)
            .summary(format!("Set the alt text of an image or GIF, at most {MAX_CODE_POINTS} characters."))
            .auth(Signed)
            .json(metadata, json!({"media_id": ID, "alt_text": {"text": "A bluebird on a fence post."}}))
            .returns(200, "Object", json!({})),
        new("post", "/1.1/media/subtitles/create.json", "createSubtitlesV1", MEDIA)
            .summary("Link uploaded subtitles to a video.").auth(Signed)
            .json(subtitles.clone(), subtitles_example.clone()).returns(200, "Object", json!({})),
        new("post", "/1.1/media/subtitles/delete.json", "deleteSubtitlesV1", MEDIA)
            .summary("Remove subtitles from a video.").auth(Signed)
            .json(subtitles, subtitles_example).returns(200, "Object", json!({})),
        new("get", "/media/{name}", "deliver", MEDIA)
            .summary("An image: `/media/KEY.jpg`, with `name` for the size and `format` for the type.")
            .segment("name", string(), "Ab1Cd2Ef3G4Hi5J.jpg")
            .query("name", "The size.", one_of(&["thumb", "small", "medium", "large", "4096x4096", "orig"]))
            .query("format", "The type.", one_of(&["jpg", "png", "webp"]))
            .returns_text(200, "image/jpeg", "")
            .errors("Anything", &["text/plain"]),
    ]
}

/// `/1.1/statuses`.
pub(super) fn tweets() -> Vec<Operation> {
    let update = object(
        0,
        &[
            ("status", string()),
            ("media_ids", string()),
            ("in_reply_to_status_id", string()),
            ("possibly_sensitive", boolean()),
        ],
    );
    let with_media = object(
        1,
        &[
            ("media[]", json!({"type": "string", "contentMediaType": "application/octet-stream"})),
            ("status", string()),
            ("in_reply_to_status_id", string()),
            ("possibly_sensitive", boolean()),
        ],
    );
    let page = |operation: Operation| {
        let number = || json!({"type": "integer", "minimum": 1});
        operation
            .query("count", "Tweets per page, at most 200.", number())
            .query("since_id", "Newer than this Tweet.", id())
            .query("max_id", "This Tweet and older.", id())
            .tweet_parameters()
    };
    vec![
        new("post", "/1.1/statuses/update.json", "update", TWEETS)
            .summary("Post a Tweet; `media_ids` are separated by commas.")
            .auth(Signed)
            .body_of(FORM, update, json!({"status": "Look who moved in.", "media_ids": ID}))
            .tweet_parameters()
            .returns(200, "Tweet", Value::Null),
        new("post", "/1.1/statuses/update_with_media.json", "updateWithMedia", TWEETS)
            .summary(
                "Post a Tweet with an image, in one request; replaced by `media/upload` in 2014.",
            )
            .auth(Signed)
            .body_of("multipart/form-data", with_media, Value::Null)
            .tweet_parameters()
            .returns(200, "Tweet", Value::Null),
        new("get", "/1.1/statuses/show.json", "show", TWEETS)
            .summary("Read a Tweet.")
            .auth(SignedOrApp)
            .query("id", "The Tweet.", id())
            .required()
            .tweet_parameters()
            .returns(200, "Tweet", Value::Null),
        new("get", "/1.1/statuses/show/{id}.json", "showById", TWEETS)
            .summary("Read a Tweet.")
            .auth(SignedOrApp)
            .segment("id", id(), ID)
            .tweet_parameters()
            .returns(200, "Tweet", Value::Null),
        new("get", "/1.1/statuses/lookup.json", "lookup", TWEETS)
            .summary("Read up to 100 Tweets.")
            .auth(SignedOrApp)
            .list("id", "The Tweets.", id())
            .required()
            .query("map", "Whether the response is an object by id.", boolean())
            .tweet_parameters()
            .returns(200, "Anything", Value::Null),
        new("post", "/1.1/statuses/destroy/{id}.json", "destroy", TWEETS)
            .summary("Delete your own Tweet.")
            .auth(Signed)
            .segment("id", id(), ID)
            .tweet_parameters()
            .returns(200, "Tweet", Value::Null),
        new("post", "/1.1/statuses/destroy.json", "destroyByParameter", TWEETS)
            .summary("Delete your own Tweet.")
            .auth(Signed)
            .query("id", "The Tweet.", id())
            .required()
            .tweet_parameters()
            .returns(200, "Tweet", Value::Null),
        page(
            new("get", "/1.1/statuses/user_timeline.json", "userTimeline", TWEETS)
                .summary("A user's Tweets, newest first.")
                .auth(SignedOrApp)
                .query("screen_name", "The user; the caller if omitted.", string())
                .query("user_id", "The user.", id()),
        )
        .returns(200, "TweetList", Value::Null),
        page(
            new("get", "/1.1/statuses/home_timeline.json", "homeTimeline", TWEETS)
                .summary("The Tweets of all users, newest first.")
                .auth(Signed),
        )
        .returns(200, "TweetList", Value::Null),
        page(
            new("get", "/1.1/statuses/mentions_timeline.json", "mentionsTimeline", TWEETS)
                .summary("The Tweets that mention the caller or reply to the caller, newest first.")
                .auth(Signed),
        )
        .returns(200, "TweetList", Value::Null),
    ]
}

/// `/1.1/users`.
pub(super) fn users() -> Vec<Operation> {
    vec![
        new("get", "/1.1/users/show.json", "showUser", USERS)
            .summary("A user, by id or by name.")
            .auth(SignedOrApp)
            .query("user_id", "The user.", id())
            .query("screen_name", "The user.", string())
            .returns(200, "UserV1", Value::Null),
        new("get", "/1.1/users/lookup.json", "lookupUsersV1", USERS)
            .summary("Up to 100 users, by id, by name, or both.")
            .auth(SignedOrApp)
            .list("user_id", "The users.", id())
            .list("screen_name", "The users.", string())
            .returns(200, "Anything", Value::Null),
    ]
}

impl Operation {
    /// Adds the parameters that control how Tweets are rendered.
    fn tweet_parameters(self) -> Self {
        self.query("tweet_mode", "`extended` returns `full_text`.", one_of(&["extended", "compat"]))
            .query("include_ext_alt_text", "Whether media include their alt text.", boolean())
            .query("include_entities", "Whether `entities` are included.", boolean())
            .query("trim_user", "Whether only the id of the author is included.", boolean())
    }
}

//! The operations of v1.1.

#![expect(clippy::too_many_lines, reason = "tables are long")]

use super::operation::Auth::{Signed, SignedOrApp};
use super::operation::{Operation, id, object, one_of, text};
use serde_json::{Value, json};

const MEDIA: &str = "Media v1.1";
const TWEETS: &str = "Tweets v1.1";
const FORM: &str = "application/x-www-form-urlencoded";
const ID: &str = "710511363345354753";

fn new(method: &'static str, path: &str, id: &'static str, tag: &'static str) -> Operation {
    Operation::new(method, path, id, tag)
}

fn switch() -> Value {
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
            ("media_id", text()),
            ("segment_index", text()),
            ("total_bytes", text()),
            ("media_type", text()),
            ("media_category", text()),
            ("additional_owners", text()),
        ],
    );
    let answer = json!({"media_id": 710_511_363_345_354_753_i64, "media_id_string": ID, "size": 11065, "expires_after_secs": 86400, "image": {"image_type": "image/jpeg", "w": 800, "h": 320}});
    let metadata = object(
        2,
        &[
            ("media_id", json!({"type": ["string", "integer"]})),
            ("alt_text", object(1, &[("text", text())])),
        ],
    );
    let subtitles = object(
        2,
        &[
            ("media_id", json!({"type": ["string", "integer"]})),
            ("subtitle_info", json!({"type": "object"})),
            ("media_category", text()),
        ],
    );
    let linked = json!({"media_id": ID, "media_category": "TweetVideo", "subtitle_info": {"subtitles": [{"media_id": "710511363345354754", "language_code": "en", "display_name": "English"}]}});
    vec![
        new("post", "/1.1/media/upload.json", "uploadV1", MEDIA)
            .about("Upload a picture; with `command`, INIT (202), APPEND (204) and FINALIZE (201) of a chunked upload.")
            .by(Signed)
            .body_of("multipart/form-data", upload.clone(), Value::Null)
            .body_of(FORM, upload, Value::Null)
            .gives(200, "UploadV1", answer),
        new("get", "/1.1/media/upload.json", "uploadStatusV1", MEDIA)
            .about("How far the processing of an upload is.")
            .by(Signed)
            .query("command", "STATUS.", one_of(&["STATUS"])).required()
            .query("media_id", "The upload.", id()).required()
            .gives(200, "UploadV1", json!({"media_id": 710_511_363_345_354_753_i64, "media_id_string": ID, "processing_info": {"state": "in_progress", "check_after_secs": 1, "progress_percent": 8}})),
        new("post", "/1.1/media/metadata/create.json", "createMetadataV1", MEDIA)
            .about("Describe a picture or GIF: its alt text, at most 1000 characters.")
            .by(Signed)
            .json(metadata, json!({"media_id": ID, "alt_text": {"text": "A bluebird on a fence post."}}))
            .gives(200, "Object", json!({})),
        new("post", "/1.1/media/subtitles/create.json", "createSubtitlesV1", MEDIA)
            .about("Link uploaded subtitles to a video.").by(Signed)
            .json(subtitles.clone(), linked.clone()).gives(200, "Object", json!({})),
        new("post", "/1.1/media/subtitles/delete.json", "deleteSubtitlesV1", MEDIA)
            .about("Take subtitles from a video.").by(Signed)
            .json(subtitles, linked).gives(200, "Object", json!({})),
        new("get", "/media/{name}", "deliver", MEDIA)
            .about("The bytes: `/media/KEY.jpg`, with `name` for the size and `format` for the type.")
            .segment("name", text(), "Ab1Cd2Ef3G4Hi5J.jpg")
            .query("name", "The size.", one_of(&["thumb", "small", "medium", "large", "4096x4096", "orig"]))
            .query("format", "The type.", one_of(&["jpg", "png", "webp"]))
            .gives_text(200, "image/jpeg", "")
            .refuses("Anything", &["text/plain"]),
    ]
}

/// `/1.1/statuses`.
pub(super) fn tweets() -> Vec<Operation> {
    let update = object(
        0,
        &[
            ("status", text()),
            ("media_ids", text()),
            ("in_reply_to_status_id", text()),
            ("possibly_sensitive", switch()),
        ],
    );
    let page = |operation: Operation| {
        let number = || json!({"type": "integer", "minimum": 1});
        operation
            .query("count", "Tweets in a page, at most 200.", number())
            .query("since_id", "Newer than this Tweet.", id())
            .query("max_id", "This Tweet and older.", id())
            .shown()
    };
    vec![
        new("post", "/1.1/statuses/update.json", "update", TWEETS)
            .about("Post a Tweet; `media_ids` with commas between.")
            .by(Signed)
            .body_of(FORM, update, json!({"status": "Look who moved in.", "media_ids": ID}))
            .shown()
            .gives(200, "Tweet", Value::Null),
        new("get", "/1.1/statuses/show.json", "show", TWEETS)
            .about("Read a Tweet.")
            .by(SignedOrApp)
            .query("id", "The Tweet.", id())
            .required()
            .shown()
            .gives(200, "Tweet", Value::Null),
        new("get", "/1.1/statuses/show/{id}.json", "showById", TWEETS)
            .about("Read a Tweet.")
            .by(SignedOrApp)
            .segment("id", id(), ID)
            .shown()
            .gives(200, "Tweet", Value::Null),
        new("get", "/1.1/statuses/lookup.json", "lookup", TWEETS)
            .about("Read up to 100 Tweets.")
            .by(SignedOrApp)
            .list("id", "The Tweets.", id())
            .required()
            .query("map", "Whether the answer is an object by id.", switch())
            .shown()
            .gives(200, "Anything", Value::Null),
        new("post", "/1.1/statuses/destroy/{id}.json", "destroy", TWEETS)
            .about("Delete your own Tweet.")
            .by(Signed)
            .segment("id", id(), ID)
            .shown()
            .gives(200, "Tweet", Value::Null),
        new("post", "/1.1/statuses/destroy.json", "destroyByParameter", TWEETS)
            .about("Delete your own Tweet.")
            .by(Signed)
            .query("id", "The Tweet.", id())
            .required()
            .shown()
            .gives(200, "Tweet", Value::Null),
        page(
            new("get", "/1.1/statuses/user_timeline.json", "userTimeline", TWEETS)
                .about("A user's Tweets, newest first.")
                .by(SignedOrApp)
                .query("screen_name", "The user; you, if left out.", text())
                .query("user_id", "The user.", id()),
        )
        .gives(200, "TweetList", Value::Null),
        page(
            new("get", "/1.1/statuses/home_timeline.json", "homeTimeline", TWEETS)
                .about("Everybody's Tweets, newest first.")
                .by(Signed),
        )
        .gives(200, "TweetList", Value::Null),
    ]
}

impl Operation {
    /// What may be shown of a Tweet of v1.1.
    fn shown(self) -> Self {
        self.query("tweet_mode", "`extended` shows `full_text`.", one_of(&["extended", "compat"]))
            .query("include_ext_alt_text", "Whether media show their alt text.", switch())
            .query("include_entities", "Whether `entities` are shown.", switch())
            .query("trim_user", "Whether of the author only the id is shown.", switch())
    }
}

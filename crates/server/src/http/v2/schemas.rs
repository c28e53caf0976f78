//! The documented bodies of v2: X's OpenAPI document 2.167, and what 2.130 to 2.166 allowed beside.

use super::shape::{Field, Rest, Shape, may, must};
use birdhouse_domain::media_limits::{ADDITIONAL_OWNERS_MAX, SEGMENT_INDEX_MAX};

const CATEGORIES: &[&str] = &[
    "amplify_video",
    "tweet_gif",
    "tweet_image",
    "tweet_video",
    "dm_gif",
    "dm_image",
    "dm_video",
    "subtitles",
];
const TYPES: &[&str] = &[
    "video/mp4",
    "video/webm",
    "video/mp2t",
    "video/quicktime",
    "text/srt",
    "text/vtt",
    "image/jpeg",
    "image/gif",
    "image/bmp",
    "image/png",
    "image/webp",
    "image/pjpeg",
    "image/tiff",
    "model/gltf-binary",
    "model/vnd.usdz+zip",
];
const WHO_MAY_REPLY: &[&str] = &["following", "mentionedUsers", "subscribers", "verified"];
const LONG: Shape = Shape::Text(0, usize::MAX);
/// 16 GiB, as documented; what a kind may really have is told by the rules of media.
const TOTAL_MAX: i64 = 17_179_869_184;

/// A list, or the same with commas between.
const OWNERS: Shape =
    Shape::OrNull(&Shape::Either(&Shape::List(&Shape::LenientId, 0, ADDITIONAL_OWNERS_MAX), &LONG));

/// `POST /2/media/upload/initialize`.
pub static INITIALIZE: Shape = Shape::Object(
    &[
        may("media_type", Shape::OneOf(TYPES)),
        may("total_bytes", Shape::Int(0, TOTAL_MAX)),
        may("media_category", Shape::OrNull(&Shape::OneOf(CATEGORIES))),
        may("shared", Shape::Bool),
        may("additional_owners", OWNERS),
    ],
    Rest::Closed,
);

/// `POST /2/media/upload`, without the bytes.
pub static UPLOAD: Shape = Shape::Object(
    &[
        must("media", LONG),
        must("media_category", Shape::OneOf(CATEGORIES)),
        may("media_type", LONG),
        may("shared", Shape::Either(&Shape::Bool, &LONG)),
        may("additional_owners", OWNERS),
    ],
    Rest::Closed,
);

/// `POST /2/media/upload/:id/append`, without the bytes.
pub static APPEND: Shape = Shape::Object(
    &[must("media", LONG), must("segment_index", Shape::IntOrDigits(0, SEGMENT_INDEX_MAX as i64))],
    Rest::Closed,
);

/// `POST /2/media/metadata`, with the members under `metadata`.
pub static METADATA: Shape = Shape::Object(
    &[must("id", Shape::LenientId), may("metadata", Shape::Object(MEMBERS, Rest::Open))],
    Rest::Open,
);

/// `POST /2/media/metadata/create`, with the members beside the id.
pub static METADATA_FLAT: Shape = Shape::Object(MEMBERS, Rest::Open);

/// Names of the members that are kept.
pub fn is_member(name: &str) -> bool {
    MEMBERS.iter().any(|field| field.name() == name)
}

static MEMBERS: &[Field] = &[
    may("alt_text", Shape::Object(&[must("text", LONG)], Rest::Open)),
    may("allow_download_status", Shape::Object(&[may("allow_download", Shape::Bool)], Rest::Open)),
    may(
        "sensitive_media_warning",
        Shape::Object(
            &[
                may("adult_content", Shape::Bool),
                may("graphic_violence", Shape::Bool),
                may("other", Shape::Bool),
            ],
            Rest::Open,
        ),
    ),
    may(
        "found_media_origin",
        Shape::Object(
            &[must("provider", Shape::Text(0, 8)), must("id", Shape::Text(0, 24))],
            Rest::Open,
        ),
    ),
    may(
        "sticker_info",
        Shape::Object(
            &[must("stickers", Shape::List(&Shape::Object(&[], Rest::Open), 1, 25))],
            Rest::Open,
        ),
    ),
    may(
        "upload_source",
        Shape::Object(&[may("upload_source", LONG), may("text", LONG)], Rest::Open),
    ),
    may("audience_policy", Shape::Object(&[], Rest::Open)),
    may("content_expiration", Shape::Object(&[must("timestamp_sec", Shape::Number)], Rest::Open)),
    may(
        "domain_restrictions",
        Shape::Object(&[must("whitelist", Shape::List(&LONG, 0, 100))], Rest::Open),
    ),
    may("geo_restrictions", Shape::Object(&[], Rest::Open)),
    may("management_info", Shape::Object(&[must("managed", Shape::Bool)], Rest::Open)),
    may("shared_info", Shape::Object(&[must("shared", Shape::Bool)], Rest::Open)),
    may("preview_image", Shape::Object(&[must("media_key", Shape::Any)], Rest::Open)),
];

const VIDEO: Shape = Shape::OneOf(&["AmplifyVideo", "TweetVideo", "amplify_video", "tweet_video"]);

/// `POST /2/media/subtitles`.
pub static SUBTITLES: Shape = Shape::Object(
    &[
        must("id", Shape::Id),
        may("media_category", VIDEO),
        must(
            "subtitles",
            Shape::Object(
                &[
                    must("id", Shape::Id),
                    must("language_code", Shape::Language),
                    may("display_name", LONG),
                ],
                Rest::Open,
            ),
        ),
    ],
    Rest::Open,
);

/// `DELETE /2/media/subtitles`.
pub static SUBTITLES_DELETE: Shape = Shape::Object(
    &[
        must("id", Shape::Id),
        may("media_category", LONG),
        must("language_code", Shape::Text(2, 35)),
    ],
    Rest::Open,
);

/// `POST /2/media/subtitles/create` and `/delete`, as of early 2025.
pub static SUBTITLES_OLD: Shape = Shape::Object(
    &[
        must("media_id", Shape::LenientId),
        may("media_category", LONG),
        must(
            "subtitle_info",
            Shape::Object(
                &[must("subtitles", Shape::List(&Shape::Object(&[], Rest::Open), 1, 100))],
                Rest::Open,
            ),
        ),
    ],
    Rest::Open,
);

static ACTIONS: &[Field] = &[
    may(
        "app_install",
        Shape::Object(
            &[
                may("app_store_id", LONG),
                may("ipad_app_store_id", LONG),
                may("play_store_id", LONG),
            ],
            Rest::Closed,
        ),
    ),
    may("visit_site", Shape::Object(&[must("url", LONG)], Rest::Closed)),
    may("watch_now", Shape::Object(&[must("url", LONG)], Rest::Closed)),
];

static POST_MEDIA: &[Field] = &[
    must("media_ids", Shape::List(&Shape::Id, 1, 4)),
    may("tagged_user_ids", Shape::List(&Shape::Id, 0, 10)),
    may("title", LONG),
    may("description", LONG),
    may("preview_media_id", Shape::Id),
    may("embeddable", Shape::Bool),
    may("call_to_actions", Shape::Object(ACTIONS, Rest::Closed)),
];

static POLL: &[Field] = &[
    must("options", Shape::List(&Shape::Text(1, 25), 2, 4)),
    must("duration_minutes", Shape::Int(5, 10_080)),
    may("reply_settings", Shape::OneOf(WHO_MAY_REPLY)),
];

static REPLY: &[Field] = &[
    must("in_reply_to_tweet_id", Shape::Id),
    may("exclude_reply_user_ids", Shape::List(&LONG, 0, 100)),
    may("auto_populate_reply_metadata", Shape::Bool),
];

/// `POST /2/tweets`.
pub static POST: Shape = Shape::Object(
    &[
        may("text", LONG),
        may("media", Shape::Object(POST_MEDIA, Rest::Closed)),
        may("reply", Shape::Object(REPLY, Rest::Closed)),
        may("quote_tweet_id", Shape::Id),
        may("poll", Shape::Object(POLL, Rest::Closed)),
        may("reply_settings", Shape::OneOf(WHO_MAY_REPLY)),
        may("edit_options", Shape::Object(&[must("previous_post_id", Shape::Id)], Rest::Closed)),
        may("geo", Shape::Object(&[must("place_id", LONG)], Rest::Closed)),
        may("community_id", Shape::Id),
        may("share_with_followers", Shape::Bool),
        may("for_super_followers_only", Shape::Bool),
        may("nullcast", Shape::Bool),
        may("card_uri", LONG),
        may("direct_message_deep_link", LONG),
        may("made_with_ai", Shape::Bool),
        may("paid_partnership", Shape::Bool),
    ],
    Rest::Closed,
);

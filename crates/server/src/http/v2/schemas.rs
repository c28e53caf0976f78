//! The documented bodies of v2: X's OpenAPI document 2.167, and what 2.130 to 2.166 also allowed.

use super::schema::{Field, OtherMembers, Schema, optional, required};
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
const MEDIA_TYPES: &[&str] = &[
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
const REPLY_SETTINGS: &[&str] = &["following", "mentionedUsers", "subscribers", "verified"];
const ANY_TEXT: Schema = Schema::Text(0, usize::MAX);
/// 16 GiB, as documented; the limit of each kind of media is lower.
const TOTAL_BYTES_MAX: i64 = 17_179_869_184;

/// A list of ids, or a string of them separated by commas.
const OWNERS: Schema = Schema::OrNull(&Schema::Either(
    &Schema::List(&Schema::LenientId, 0, ADDITIONAL_OWNERS_MAX),
    &ANY_TEXT,
));

/// `POST /2/media/upload/initialize`.
pub static INITIALIZE: Schema = Schema::Object(
    &[
        optional("media_type", Schema::OneOf(MEDIA_TYPES)),
        optional("total_bytes", Schema::Int(0, TOTAL_BYTES_MAX)),
        optional("media_category", Schema::OrNull(&Schema::OneOf(CATEGORIES))),
        optional("shared", Schema::Bool),
        optional("additional_owners", OWNERS),
    ],
    OtherMembers::Refused,
);

/// `POST /2/media/upload`, without the bytes.
pub static UPLOAD: Schema = Schema::Object(
    &[
        required("media", ANY_TEXT),
        required("media_category", Schema::OneOf(CATEGORIES)),
        optional("media_type", ANY_TEXT),
        optional("shared", Schema::Either(&Schema::Bool, &ANY_TEXT)),
        optional("additional_owners", OWNERS),
    ],
    OtherMembers::Refused,
);

/// `POST /2/media/upload/:id/append`, without the bytes.
pub static APPEND: Schema = Schema::Object(
    &[
        required("media", ANY_TEXT),
        required("segment_index", Schema::IntOrDigits(0, SEGMENT_INDEX_MAX as i64)),
    ],
    OtherMembers::Refused,
);

/// `POST /2/media/metadata`, with the members under `metadata`.
pub static METADATA: Schema = Schema::Object(
    &[
        required("id", Schema::LenientId),
        optional("metadata", Schema::Object(METADATA_MEMBERS, OtherMembers::Allowed)),
    ],
    OtherMembers::Allowed,
);

/// `POST /2/media/metadata/create`, with the members beside the id.
pub static METADATA_FLAT: Schema = Schema::Object(METADATA_MEMBERS, OtherMembers::Allowed);

/// Whether a member of metadata is known, and therefore stored.
pub fn is_metadata_member(name: &str) -> bool {
    METADATA_MEMBERS.iter().any(|field| field.name() == name)
}

static METADATA_MEMBERS: &[Field] = &[
    optional("alt_text", Schema::Object(&[required("text", ANY_TEXT)], OtherMembers::Allowed)),
    optional(
        "allow_download_status",
        Schema::Object(&[optional("allow_download", Schema::Bool)], OtherMembers::Allowed),
    ),
    optional(
        "sensitive_media_warning",
        Schema::Object(
            &[
                optional("adult_content", Schema::Bool),
                optional("graphic_violence", Schema::Bool),
                optional("other", Schema::Bool),
            ],
            OtherMembers::Allowed,
        ),
    ),
    optional(
        "found_media_origin",
        Schema::Object(
            &[required("provider", Schema::Text(0, 8)), required("id", Schema::Text(0, 24))],
            OtherMembers::Allowed,
        ),
    ),
    optional(
        "sticker_info",
        Schema::Object(
            &[required(
                "stickers",
                Schema::List(&Schema::Object(&[], OtherMembers::Allowed), 1, 25),
            )],
            OtherMembers::Allowed,
        ),
    ),
    optional(
        "upload_source",
        Schema::Object(
            &[optional("upload_source", ANY_TEXT), optional("text", ANY_TEXT)],
            OtherMembers::Allowed,
        ),
    ),
    optional("audience_policy", Schema::Object(&[], OtherMembers::Allowed)),
    optional(
        "content_expiration",
        Schema::Object(&[required("timestamp_sec", Schema::Number)], OtherMembers::Allowed),
    ),
    optional(
        "domain_restrictions",
        Schema::Object(
            &[required("whitelist", Schema::List(&ANY_TEXT, 0, 100))],
            OtherMembers::Allowed,
        ),
    ),
    optional("geo_restrictions", Schema::Object(&[], OtherMembers::Allowed)),
    optional(
        "management_info",
        Schema::Object(&[required("managed", Schema::Bool)], OtherMembers::Allowed),
    ),
    optional(
        "shared_info",
        Schema::Object(&[required("shared", Schema::Bool)], OtherMembers::Allowed),
    ),
    optional(
        "preview_image",
        Schema::Object(&[required("media_key", Schema::Any)], OtherMembers::Allowed),
    ),
];

const VIDEO_CATEGORY: Schema =
    Schema::OneOf(&["AmplifyVideo", "TweetVideo", "amplify_video", "tweet_video"]);

/// `POST /2/media/subtitles`.
pub static SUBTITLES: Schema = Schema::Object(
    &[
        required("id", Schema::Id),
        optional("media_category", VIDEO_CATEGORY),
        required(
            "subtitles",
            Schema::Object(
                &[
                    required("id", Schema::Id),
                    required("language_code", Schema::Language),
                    optional("display_name", ANY_TEXT),
                ],
                OtherMembers::Allowed,
            ),
        ),
    ],
    OtherMembers::Allowed,
);

/// `DELETE /2/media/subtitles`.
pub static SUBTITLES_DELETE: Schema = Schema::Object(
    &[
        required("id", Schema::Id),
        optional("media_category", ANY_TEXT),
        required("language_code", Schema::Text(2, 35)),
    ],
    OtherMembers::Allowed,
);

/// `POST /2/media/subtitles/create` and `/delete`, as of early 2025.
pub static SUBTITLES_LEGACY: Schema = Schema::Object(
    &[
        required("media_id", Schema::LenientId),
        optional("media_category", ANY_TEXT),
        required(
            "subtitle_info",
            Schema::Object(
                &[required(
                    "subtitles",
                    Schema::List(&Schema::Object(&[], OtherMembers::Allowed), 1, 100),
                )],
                OtherMembers::Allowed,
            ),
        ),
    ],
    OtherMembers::Allowed,
);

static ACTIONS: &[Field] = &[
    optional(
        "app_install",
        Schema::Object(
            &[
                optional("app_store_id", ANY_TEXT),
                optional("ipad_app_store_id", ANY_TEXT),
                optional("play_store_id", ANY_TEXT),
            ],
            OtherMembers::Refused,
        ),
    ),
    optional("visit_site", Schema::Object(&[required("url", ANY_TEXT)], OtherMembers::Refused)),
    optional("watch_now", Schema::Object(&[required("url", ANY_TEXT)], OtherMembers::Refused)),
];

static POST_MEDIA: &[Field] = &[
    required("media_ids", Schema::List(&Schema::Id, 1, 4)),
    optional("tagged_user_ids", Schema::List(&Schema::Id, 0, 10)),
    optional("title", ANY_TEXT),
    optional("description", ANY_TEXT),
    optional("preview_media_id", Schema::Id),
    optional("embeddable", Schema::Bool),
    optional("call_to_actions", Schema::Object(ACTIONS, OtherMembers::Refused)),
];

static POLL: &[Field] = &[
    required("options", Schema::List(&Schema::Text(1, 25), 2, 4)),
    required("duration_minutes", Schema::Int(5, 10_080)),
    optional("reply_settings", Schema::OneOf(REPLY_SETTINGS)),
];

static REPLY: &[Field] = &[
    required("in_reply_to_tweet_id", Schema::Id),
    optional("exclude_reply_user_ids", Schema::List(&ANY_TEXT, 0, 100)),
    optional("auto_populate_reply_metadata", Schema::Bool),
];

/// `POST /2/tweets`.
pub static POST: Schema = Schema::Object(
    &[
        optional("text", ANY_TEXT),
        optional("media", Schema::Object(POST_MEDIA, OtherMembers::Refused)),
        optional("reply", Schema::Object(REPLY, OtherMembers::Refused)),
        optional("quote_tweet_id", Schema::Id),
        optional("poll", Schema::Object(POLL, OtherMembers::Refused)),
        optional("reply_settings", Schema::OneOf(REPLY_SETTINGS)),
        optional(
            "edit_options",
            Schema::Object(&[required("previous_post_id", Schema::Id)], OtherMembers::Refused),
        ),
        optional("geo", Schema::Object(&[required("place_id", ANY_TEXT)], OtherMembers::Refused)),
        optional("community_id", Schema::Id),
        optional("share_with_followers", Schema::Bool),
        optional("for_super_followers_only", Schema::Bool),
        optional("nullcast", Schema::Bool),
        optional("card_uri", ANY_TEXT),
        optional("direct_message_deep_link", ANY_TEXT),
        optional("made_with_ai", Schema::Bool),
        optional("paid_partnership", Schema::Bool),
    ],
    OtherMembers::Refused,
);

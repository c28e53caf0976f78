//! Every refusal as a problem of v2: status, type, title, detail and `errors`. The only place that
//! knows them.
//!
//! Recorded: what proves the asker answers `application/problem+json` with a `status`; what checks
//! the request answers `application/json` without one, and says what is wrong in `errors`.

mod tweets;

use crate::app::App;
use crate::config::Fidelity;
use crate::error::Error;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use birdhouse_domain::Fault;
use serde_json::{Map, Value, json};

/// A refusal in the words of v2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// HTTP status.
    pub status: u16,
    /// End of the `type` URL; blank for `about:blank`.
    kind: &'static str,
    /// `title`.
    title: &'static str,
    /// `detail` as recorded or documented.
    detail: String,
    /// What was wrong, told as `detail` unless answers are strict.
    reason: String,
    /// `errors`: the message, and the parameters that it is about.
    errors: Option<(String, Map<String, Value>)>,
}

/// A refusal of the asker, or of everything at this path.
fn plain(status: u16, title: &'static str, detail: &str) -> Problem {
    let (kind, reason, errors) = ("", String::new(), None);
    Problem { status, kind, title, detail: detail.to_owned(), reason, errors }
}

/// A refusal of what was sent.
fn invalid(message: impl Into<String>) -> Problem {
    Problem {
        status: 400,
        kind: "invalid-request",
        title: "Invalid Request",
        detail: "One or more parameters to your request was invalid.".to_owned(),
        reason: String::new(),
        errors: Some((message.into(), Map::new())),
    }
}

impl Problem {
    fn with(mut self, reason: impl Into<String>) -> Self {
        self.reason = reason.into();
        self
    }

    fn about(mut self, parameter: &str, value: impl Into<String>) -> Self {
        if let Some((_, parameters)) = &mut self.errors {
            let value: String = value.into().chars().take(100).collect();
            parameters.insert(parameter.to_owned(), json!([value]));
        }
        self
    }

    fn of_kind(mut self, kind: &'static str) -> Self {
        self.kind = kind;
        self
    }

    fn having(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// The words for a fault. Exhaustive, so that a new fault cannot be forgotten.
#[expect(clippy::too_many_lines, reason = "a table of every fault")]
pub fn problem(fault: &Fault) -> Problem {
    match fault {
        Fault::NotAuthenticated
        | Fault::SignatureInvalid
        | Fault::Replayed
        | Fault::TimestampOutOfBounds
        | Fault::TokenInvalid
        | Fault::AppCredentialsInvalid
        | Fault::UserContextRequired
        | Fault::WriteAccessRequired
        | Fault::ScopeMissing { .. }
        | Fault::GrantNotAccepted
        | Fault::CallbackNotApproved => for_askers(fault),
        Fault::PageNotFound
        | Fault::MethodNotAllowed(_)
        | Fault::RateLimited
        | Fault::UpdateLimited
        | Fault::Overloaded
        | Fault::BodyTooLarge { .. }
        | Fault::BodyIncomplete
        | Fault::BodyMalformed(_)
        | Fault::ParameterMissing(_)
        | Fault::ParameterInvalid(_)
        | Fault::QueryInvalid { .. }
        | Fault::SchemaViolated { .. }
        | Fault::MetadataNotJson(_)
        | Fault::UserNotFound => for_requests(fault),
        Fault::MediaMissing
        | Fault::MediaUnrecognized(_)
        | Fault::FileTooLarge { .. }
        | Fault::MediaIdInvalid(_)
        | Fault::MediaNotFound
        | Fault::SegmentIndexOutOfRange
        | Fault::SegmentTooLarge { .. }
        | Fault::SegmentsDoNotAddUp { .. }
        | Fault::UploadFinished => for_uploads(fault),
        Fault::MetadataMediaIdMissing
        | Fault::AltTextMissing
        | Fault::AltTextBlank
        | Fault::AltTextInvalid
        | Fault::AltTextTooLong { .. }
        | Fault::SubtitlesInvalid(_)
        | Fault::MetadataMisplaced { .. }
        | Fault::AltTextNotForVideo => for_metadata(fault),
        Fault::TweetMediaNotFound(_)
        | Fault::TweetMediaExpired(_)
        | Fault::TweetMediaNotReady { .. }
        | Fault::TweetMediaSides { .. }
        | Fault::TweetMediaTooLong { .. }
        | Fault::GifAmongOthers
        | Fault::VideoAmongOthers => tweets::for_media(fault),
        Fault::StatusMissing
        | Fault::StatusTooLong { .. }
        | Fault::StatusDuplicate
        | Fault::TooManyMedia { .. }
        | Fault::TaggedUserNotFound(_)
        | Fault::RepliedTweetNotFound(_)
        | Fault::QuotedTweetNotFound(_)
        | Fault::EditNotPossible
        | Fault::TweetPartsExclusive
        | Fault::TweetNotFound
        | Fault::TweetNotOwned => tweets::for_tweets(fault),
    }
}

fn for_askers(fault: &Fault) -> Problem {
    let unauthorized = || plain(401, "Unauthorized", "Unauthorized");
    match fault {
        Fault::NotAuthenticated => unauthorized().with(
            "Nothing proves who asks: send an OAuth 1.0a signature or an OAuth 2.0 bearer token.",
        ),
        Fault::SignatureInvalid => unauthorized().with(
            "The OAuth 1.0a signature does not fit. JSON and multipart bodies are not signed.",
        ),
        Fault::Replayed => {
            unauthorized().with("This signed request was used before; sign each request anew.")
        }
        Fault::TimestampOutOfBounds => {
            unauthorized().with("oauth_timestamp is too far from the time of this server.")
        }
        Fault::UserContextRequired => plain(
            403,
            "Unsupported Authentication",
            // Two spaces, as recorded.
            "Authenticating with OAuth 2.0 Application-Only is forbidden for this endpoint.  \
             Supported authentication types are [OAuth 1.0a User Context, OAuth 2.0 User Context].",
        )
        .of_kind("unsupported-authentication"),
        Fault::WriteAccessRequired => plain(
            403,
            "Forbidden",
            "Your client app is not configured with the appropriate oauth1 app permissions for \
             this endpoint.",
        )
        .of_kind("oauth1-permissions"),
        Fault::ScopeMissing { needed, granted } => {
            plain(403, "Forbidden", "Forbidden").with(format!(
                "The token lacks the scope {needed}; it has: {granted}. Send the user to \
                 authorize again, with {needed} among the scopes."
            ))
        }
        Fault::GrantNotAccepted | Fault::CallbackNotApproved => {
            plain(403, "Forbidden", "Forbidden")
        }
        _ => unauthorized().with("The token or key is unknown, revoked or expired."),
    }
}

fn for_requests(fault: &Fault) -> Problem {
    match fault {
        Fault::PageNotFound => plain(404, "Not Found", "Not Found"),
        Fault::MethodNotAllowed(_) => plain(405, "Method Not Allowed", "Method Not Allowed"),
        Fault::RateLimited | Fault::UpdateLimited => {
            plain(429, "Too Many Requests", "Too Many Requests")
        }
        Fault::BodyTooLarge { limit } => {
            invalid(format!("Request body exceeds {limit} bytes.")).having(413)
        }
        Fault::BodyIncomplete => {
            invalid("The request body was not received completely.").having(408)
        }
        Fault::BodyMalformed(what) => invalid(format!("The request body is malformed: {what}.")),
        Fault::MetadataNotJson(why) => invalid("Request body is not valid JSON.").with(why),
        Fault::ParameterMissing(name) => {
            invalid(format!("The `{name}` query parameter can not be empty")).about(name, "")
        }
        Fault::ParameterInvalid(name) => invalid(format!("The `{name}` parameter is not valid")),
        Fault::QueryInvalid { name, value, why } => {
            invalid(format!("The `{name}` query parameter value [{value:.100}] {why}"))
                .about(name, value)
        }
        Fault::SchemaViolated { place, why } => invalid(format!("{place}: {why}")),
        Fault::UserNotFound => {
            plain(404, "Not Found Error", "Could not find the user.").of_kind("resource-not-found")
        }
        _ => plain(503, "Service Unavailable", "Service Unavailable"),
    }
}

fn for_uploads(fault: &Fault) -> Problem {
    match fault {
        Fault::MediaMissing => invalid("$.media: is missing but it is required"),
        Fault::MediaUnrecognized(why) => invalid("media type unrecognized.").with(why),
        Fault::FileTooLarge { limit } => {
            invalid(format!("File size exceeds {limit} bytes.")).having(413)
        }
        Fault::MediaIdInvalid(given) => {
            invalid("The `media_id` is not valid: it must match ^[0-9]{1,19}$")
                .about("media_id", given)
        }
        Fault::SegmentIndexOutOfRange => invalid("$.segment_index: must be between 0 and 999"),
        Fault::SegmentTooLarge { limit } => {
            invalid(format!("Segment size exceeds {limit} bytes.")).having(413)
        }
        Fault::SegmentsDoNotAddUp { announced, received, missing } => {
            let hole = missing.map(|m| format!(" Segment {m} is missing.")).unwrap_or_default();
            invalid("Segments do not add up to provided total file size.")
                .with(format!("Announced {announced} bytes, received {received}.{hole}"))
        }
        Fault::UploadFinished => invalid("The upload is already finalized."),
        // Recorded for STATUS of an unknown id.
        _ => invalid("BadRequest: Not found")
            .with("The media is unknown, expired or another user's."),
    }
}

fn for_metadata(fault: &Fault) -> Problem {
    match fault {
        Fault::MetadataMediaIdMissing => invalid("$.id: is missing but it is required"),
        Fault::AltTextMissing => invalid("$.metadata.alt_text.text: is missing but it is required"),
        Fault::AltTextBlank => invalid("$.metadata.alt_text.text: must not be blank"),
        Fault::AltTextInvalid => {
            invalid("$.metadata.alt_text.text: must not contain a NUL character")
        }
        Fault::AltTextTooLong { limit, got } => {
            invalid(format!("$.metadata.alt_text.text: may only be {limit} characters long"))
                .with(format!("The alt text has {got} characters; {limit} are allowed."))
        }
        Fault::MetadataMisplaced { member, belongs_in } => {
            invalid(format!("$.{member}: must stand in $.{belongs_in}.{member}")).with(format!(
                "{member} would be lost where it stands; send \
                 {{\"id\":…,\"{belongs_in}\":{{\"{member}\":…}}}}."
            ))
        }
        Fault::SubtitlesInvalid(why) => invalid(format!("Invalid subtitles: {why}.")),
        _ => invalid("$.metadata.alt_text: is supported for images and GIFs only"),
    }
}

/// An entry of `errors` beside what was found (recorded), for a thing that is not there.
pub fn not_found(app: &App, resource: &str, parameter: &str, value: &str) -> Value {
    json!({
        "value": value,
        "detail": format!("Could not find {resource} with {parameter}: [{value}]."),
        "title": "Not Found Error",
        "resource_type": resource,
        "parameter": parameter,
        "resource_id": value,
        "type": kind_url(app, "resource-not-found"),
    })
}

fn kind_url(app: &App, kind: &str) -> String {
    if kind.is_empty() {
        return "about:blank".to_owned();
    }
    format!("{}/2/problems/{kind}", app.config.problem_url)
}

/// Renders an error. Accidents are logged here, once, and told without their cause.
pub fn render(app: &App, path: &str, error: &Error) -> Response {
    let (problem, fault) = match error {
        Error::Refused(fault) => (problem(fault), Some(fault)),
        Error::Broken(cause) => {
            tracing::error!(path, cause = format!("{cause:#}"), "request to {path} failed");
            (plain(500, "Internal Server Error", "Internal Server Error"), None)
        }
    };
    if app.config.fidelity == Fidelity::Strict && problem.status == 413 {
        // Recorded: no body at all.
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let mut response = respond(app, &problem);
    let mut set = |name: HeaderName, value: &'static str| {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    };
    match fault {
        Some(Fault::Overloaded) => set(header::RETRY_AFTER, "1"),
        _ if problem.status == 401 => {
            set(header::WWW_AUTHENTICATE, "OAuth realm=\"https://api.x.com\", Bearer");
        }
        _ => {}
    }
    response
}

fn respond(app: &App, problem: &Problem) -> Response {
    let mut body = Map::new();
    let is_strict = app.config.fidelity == Fidelity::Strict;
    let tells = !is_strict && !problem.reason.is_empty();
    if let Some((message, parameters)) = &problem.errors {
        body.insert("errors".into(), json!([{"parameters": parameters, "message": message}]));
    }
    body.insert("title".into(), json!(problem.title));
    body.insert("detail".into(), json!(if tells { &problem.reason } else { &problem.detail }));
    body.insert("type".into(), json!(kind_url(app, problem.kind)));
    let is_request = problem.errors.is_some();
    if !is_request {
        body.insert("status".into(), json!(problem.status));
    }
    let kind = if is_request { super::JSON } else { "application/problem+json" };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = Value::Object(body).to_string();
    (status, [(header::CONTENT_TYPE, kind)], body).into_response()
}

//! The operations of our own API, and the schemas of their responses.

use super::operation::Auth::{User, UserOrApp};
use super::operation::{Operation, id, object, schema_ref, string};
use crate::http::birdhouse::schemas;
use serde_json::{Value, json};

const TAG: &str = "Descriptions";
const READ: &[&str] = &["tweet.read"];
const WRITE: &[&str] = &["media.write"];
const ID: &str = "1212092628029698048";

fn new(method: &'static str, path: &str, id: &'static str) -> Operation {
    Operation::new(method, path, id, TAG).errors("ProblemDetails", &["application/problem+json"])
}

fn media(method: &'static str, rest: &str, name: &'static str) -> Operation {
    new(method, &format!("/birdhouse/v1/media/{{id}}/{rest}"), name).segment("id", id(), ID)
}

fn described(method: &'static str, rest: &str, name: &'static str) -> Operation {
    let tag = json!({"type": "string", "maxLength": 35});
    media(method, &format!("descriptions/{{lang}}{rest}"), name)
        .segment("lang", tag, "pt-BR")
        .auth(User(WRITE))
}

fn description_example() -> Value {
    json!({"lang": "en", "alt_text": "A wren on a gate.", "extended": null, "decorative": false,
           "origin": "author", "author": {"id": "1", "username": "alice"},
           "app": {"id": "2", "name": "reader"}, "suggestion_id": null,
           "updated_at": "2026-01-01T00:00:00.000Z"})
}

impl Operation {
    /// Adds the parameters of a page.
    fn paged(self) -> Self {
        let limit = json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20});
        self.query("cursor", "`next_cursor` of the page before.", string()).query(
            "limit",
            "Entries of a page.",
            limit,
        )
    }
}

/// `/birdhouse/v1/media/{id}/descriptions`.
pub(super) fn descriptions() -> Vec<Operation> {
    vec![
        media("get", "descriptions", "listDescriptions")
            .summary("The descriptions of a media by language; for its owner and their delegates, the history too.")
            .auth(UserOrApp(READ))
            .paged()
            .returns(200, "DescriptionList", json!({"media_id": ID, "descriptions": [description_example()], "history": [], "next_cursor": null, "earlier": []})),
        described("put", "", "putDescription")
            .summary("Describe a media in one language; `und` is the default one, which the other APIs show as alt text.")
            .json(schemas::DESCRIPTION.to_openapi(), json!({"alt_text": "A wren on a gate."}))
            .returns(200, "Description", description_example()),
        described("delete", "", "deleteDescription")
            .summary("Remove a description. The history keeps it.")
            .returns_text(204, "text/plain", ""),
        described("post", "/undo", "undoDescription")
            .summary("Return to the description before the newest change; again, to the one before that.")
            .returns(200, "DescriptionChange", Value::Null),
    ]
}

/// Schemas of responses.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let nullable = || json!({"type": ["string", "null"]});
    let flag = || json!({"type": "boolean"});
    let list = |item: Value| json!({"type": "array", "items": item});
    let origin =
        json!({"type": "string", "enum": ["author", "embedded", "suggested", "generated"]});
    let description = [
        ("lang", string()),
        ("alt_text", nullable()),
        ("extended", nullable()),
        ("decorative", flag()),
        ("origin", origin),
        ("author", object(2, &[("id", id()), ("username", string())])),
        ("app", object(2, &[("id", id()), ("name", string())])),
        ("suggestion_id", nullable()),
        ("updated_at", json!({"type": "string", "format": "date-time"})),
    ];
    let mut change = description.to_vec();
    change.extend([("id", id()), ("removed", flag()), ("undo", flag())]);
    let earlier = object(2, &[("media_id", id()), ("alt_text", string())]);
    vec![
        ("Description", object(description.len(), &description)),
        ("DescriptionChange", object(change.len(), &change)),
        (
            "DescriptionList",
            object(
                5,
                &[
                    ("media_id", id()),
                    ("descriptions", list(schema_ref("Description"))),
                    ("history", list(schema_ref("DescriptionChange"))),
                    ("next_cursor", nullable()),
                    ("earlier", list(earlier)),
                ],
            ),
        ),
        (
            "ProblemDetails",
            object(
                4,
                &[
                    ("type", string()),
                    ("title", string()),
                    ("status", json!({"type": "integer"})),
                    ("detail", string()),
                ],
            ),
        ),
    ]
}

//! The operations of our own API, and the schemas of their responses.

use super::operation::Auth::{User, UserOrApp};
use super::operation::{Operation, id, object, one_of, schema_ref, string};
use crate::http::birdhouse::schemas;
use serde_json::{Value, json};

const TAG: &str = "Descriptions";
const READ: &[&str] = &["tweet.read"];
const WRITE: &[&str] = &["media.write"];
const ID: &str = "1212092628029698048";

pub(super) fn new(method: &'static str, path: &str, id: &'static str) -> Operation {
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
    pub(super) fn paged(self) -> Self {
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

fn suggestion_example(state: &str) -> Value {
    json!({"id": "7", "media_id": ID, "owner": {"id": "1", "username": "alice"}, "lang": "und",
           "alt_text": "A wren on a gate.", "extended": null, "origin": "suggested",
           "author": {"id": "2", "username": "bob"}, "model": null, "state": state,
           "created_at": "2026-01-01T00:00:00.000Z", "decided_at": null})
}

/// Suggestions, delegates, and users whose suggestions are refused.
pub(super) fn suggestions() -> Vec<Operation> {
    let decide = |what: &str, name| {
        new("post", &format!("/birdhouse/v1/suggestions/{{id}}/{what}"), name)
            .segment("id", id(), "7")
            .auth(User(WRITE))
    };
    let person = |method, what: &str, name| {
        new(method, &format!("/birdhouse/v1/{what}/{{username}}"), name)
            .segment("username", string(), "bob")
            .auth(User(WRITE))
            .returns_text(204, "text/plain", "")
    };
    let people = |what: &str, name| {
        new("get", &format!("/birdhouse/v1/{what}"), name).auth(User(READ)).returns(
            200,
            "UserNames",
            json!({"users": [{"id": "2", "username": "bob"}]}),
        )
    };
    vec![
        media("post", "suggestions", "suggestDescription")
            .summary("Suggest a description of another user's media. Only those who may describe it see it.")
            .auth(User(WRITE))
            .json(schemas::SUGGESTION.to_openapi(), json!({"lang": "en", "alt_text": "A wren on a gate."}))
            .returns(201, "Suggestion", suggestion_example("open")),
        new("get", "/birdhouse/v1/suggestions", "listSuggestions")
            .summary("Suggestions for media that you may describe, or that you made, newest first.")
            .auth(User(READ))
            .query("state", "Their state; open unless told.", one_of(&["open", "accepted", "declined"]))
            .query("box", "Received or sent; received unless told.", one_of(&["received", "sent"]))
            .paged()
            .returns(200, "SuggestionList", json!({"suggestions": [suggestion_example("open")], "next_cursor": null})),
        decide("accept", "acceptSuggestion")
            .summary("Make a suggestion the description; a body replaces its words.")
            .json(schemas::DESCRIPTION.to_openapi(), Value::Null).optional()
            .returns(200, "Suggestion", suggestion_example("accepted")),
        decide("decline", "declineSuggestion")
            .summary("Decline a suggestion; with `block`, this and every other of its author.")
            .json(schemas::DECLINE.to_openapi(), json!({"block": true})).optional()
            .returns(200, "Suggestion", suggestion_example("declined")),
        people("delegates", "listDelegates").summary("Users who may describe your media and decide on suggestions."),
        person("put", "delegates", "addDelegate").summary("Let a user describe your media and decide on suggestions."),
        person("delete", "delegates", "removeDelegate").summary("End that."),
        people("blocked", "listBlocked").summary("Users whose suggestions you refuse."),
        person("delete", "blocked", "unblock").summary("Accept a user's suggestions again."),
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
    let user = object(2, &[("id", id()), ("username", string())]);
    let suggestion = [
        ("id", id()),
        ("media_id", id()),
        ("owner", user.clone()),
        ("lang", string()),
        ("alt_text", string()),
        ("extended", nullable()),
        ("origin", one_of(&["suggested", "generated"])),
        ("author", json!({"anyOf": [user.clone(), {"type": "null"}]})),
        ("model", nullable()),
        ("state", one_of(&["open", "accepted", "declined"])),
        ("created_at", json!({"type": "string", "format": "date-time"})),
        ("decided_at", nullable()),
    ];
    let earlier = object(2, &[("media_id", id()), ("alt_text", string())]);
    vec![
        ("UserNames", object(1, &[("users", list(user.clone()))])),
        ("Suggestion", object(suggestion.len(), &suggestion)),
        (
            "SuggestionList",
            object(
                2,
                &[("suggestions", list(schema_ref("Suggestion"))), ("next_cursor", nullable())],
            ),
        ),
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

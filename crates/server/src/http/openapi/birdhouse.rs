//! The operations of our own API, and the schemas of their responses.

use super::operation::Auth::{User, UserOrApp};
use super::operation::{Operation, id, object, one_of, schema_ref, string};
use crate::http::birdhouse::schemas;
use birdhouse_domain::AltTextOrigin;
use birdhouse_domain::alt_text_lint::Level;
use birdhouse_domain::alt_text_policy::PolicyMode;
use serde_json::{Value, json};

const TAG: &str = "Descriptions";
/// What reading requires.
pub(super) const READ: &[&str] = &["tweet.read"];
/// What writing requires.
pub(super) const WRITE: &[&str] = &["media.write"];
const ID: &str = "1212092628029698048";

/// An operation of our own API.
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
           "app": {"id": "2", "name": "reader"}, "suggestion_id": null, "findings": [],
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

/// The policy and the linter.
pub(super) fn quality() -> Vec<Operation> {
    let policy = json!({"mode": "remind", "minimum": 20, "level": "warning"});
    let policies = json!({"own": policy, "effective": policy});
    vec![
        new("get", "/birdhouse/v1/policy", "getPolicy")
            .summary("What is required of the descriptions in your Tweets: by yourself, and together with the server and the app.")
            .auth(User(READ))
            .returns(200, "Policies", policies.clone()),
        new("put", "/birdhouse/v1/policy", "putPolicy")
            .summary("Set what you require of yourself: off, remind (the header `birdhouse-alt-text` of a posted Tweet) or require.")
            .auth(User(WRITE))
            .json(schemas::POLICY.to_openapi(), policy)
            .returns(200, "Policies", policies),
        new("post", "/birdhouse/v1/lint", "lint")
            .summary("What is wrong with a description, why, and the cure.")
            .auth(UserOrApp(READ))
            .json(schemas::LINT.to_openapi(), json!({"alt_text": "IMG_1234.jpg", "lang": "en"}))
            .returns(200, "Findings", Value::Null),
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

/// A text or `null`.
pub(super) fn nullable() -> Value {
    json!({"type": ["string", "null"]})
}

/// `true` or `false`.
pub(super) fn flag() -> Value {
    json!({"type": "boolean"})
}

/// An array of these.
pub(super) fn list(item: &Value) -> Value {
    json!({"type": "array", "items": item})
}

/// A time in RFC 3339.
pub(super) fn date_time() -> Value {
    json!({"type": "string", "format": "date-time"})
}

/// A page of entries of one schema.
fn page(name: &str, schema: &str) -> Value {
    object(2, &[(name, list(&schema_ref(schema))), ("next_cursor", nullable())])
}

/// Schemas of responses.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let user = object(2, &[("id", id()), ("username", string())]);
    let problem = [
        ("type", string()),
        ("title", string()),
        ("status", json!({"type": "integer"})),
        ("detail", string()),
    ];
    let mut all = vec![
        ("UserNames", object(1, &[("users", list(&schema_ref("UserName")))])),
        ("UserName", user),
        ("ProblemDetails", object(problem.len(), &problem)),
        ("Policy", policy_schema()),
        ("Policies", object(2, &["own", "effective"].map(|name| (name, schema_ref("Policy"))))),
        ("Finding", finding_schema()),
        ("Findings", object(1, &[("findings", list(&schema_ref("Finding")))])),
        ("SuggestionList", page("suggestions", "Suggestion")),
        ("Suggestion", suggestion_schema()),
    ];
    all.extend(description_schemas());
    all
}

fn policy_schema() -> Value {
    let all = [
        ("mode", one_of(&PolicyMode::ALL.map(PolicyMode::name))),
        ("minimum", json!({"type": "integer"})),
        ("level", one_of(&["none", "error", "warning", "info"])),
    ];
    object(all.len(), &all)
}

fn finding_schema() -> Value {
    let all = [
        ("id", string()),
        ("level", one_of(&Level::ALL.map(Level::name))),
        ("reason", string()),
        ("cure", string()),
        ("source", string()),
        ("start", json!({"type": "integer"})),
        ("end", json!({"type": "integer"})),
    ];
    object(all.len(), &all)
}

fn suggestion_schema() -> Value {
    let all = [
        ("id", id()),
        ("media_id", id()),
        ("owner", schema_ref("UserName")),
        ("lang", string()),
        ("alt_text", string()),
        ("extended", nullable()),
        ("origin", one_of(&["suggested", "generated"])),
        ("author", json!({"anyOf": [schema_ref("UserName"), {"type": "null"}]})),
        ("model", nullable()),
        ("state", one_of(&["open", "accepted", "declined"])),
        ("created_at", date_time()),
        ("decided_at", nullable()),
    ];
    object(all.len(), &all)
}

fn description_schemas() -> Vec<(&'static str, Value)> {
    let description = [
        ("lang", string()),
        ("alt_text", nullable()),
        ("extended", nullable()),
        ("decorative", flag()),
        ("origin", one_of(&AltTextOrigin::ALL.map(AltTextOrigin::name))),
        ("author", schema_ref("UserName")),
        ("app", object(2, &[("id", id()), ("name", string())])),
        ("suggestion_id", nullable()),
        ("updated_at", date_time()),
    ];
    let mut linted = description.to_vec();
    linted.push(("findings", list(&schema_ref("Finding"))));
    let mut change = description.to_vec();
    change.extend([("id", id()), ("removed", flag()), ("undo", flag())]);
    let earlier = object(2, &[("media_id", id()), ("alt_text", string())]);
    let all = [
        ("media_id", id()),
        ("descriptions", list(&schema_ref("Description"))),
        ("history", list(&schema_ref("DescriptionChange"))),
        ("next_cursor", nullable()),
        ("earlier", list(&earlier)),
    ];
    vec![
        ("Description", object(linted.len(), &linted)),
        ("DescriptionChange", object(change.len(), &change)),
        ("DescriptionList", object(all.len(), &all)),
    ]
}

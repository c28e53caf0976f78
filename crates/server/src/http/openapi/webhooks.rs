//! Webhooks and settings in the contract.

use super::birdhouse::{READ, WRITE, date_time, flag, list, new, nullable};
use super::operation::Auth::User;
use super::operation::{Operation, id, object, one_of, schema_ref, string};
use crate::http::birdhouse::schemas;
use birdhouse_domain::webhook::WebhookEvent;
use serde_json::{Value, json};

const PATH: &str = "/birdhouse/v1/webhooks";

fn example() -> Value {
    json!({"id": "9", "url": "https://hooks.example.org/birdhouse", "events": ["described"],
           "state": "working", "created_at": "2026-01-01T00:00:00.000Z", "delivered_at": null,
           "failing_since": null, "disabled_at": null, "last_error": null})
}

fn one(method: &'static str, rest: &str, name: &'static str) -> Operation {
    new(method, &format!("{PATH}/{{id}}{rest}"), name).segment("id", id(), "9")
}

/// `/birdhouse/v1/webhooks` and `/birdhouse/v1/settings`.
pub(super) fn operations() -> Vec<Operation> {
    let mut added = example();
    added["secret"] = json!("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    vec![
        new("post", PATH, "addWebhook")
            .summary("Have a URL told what happens to your media. Only this response has the secret.")
            .auth(User(WRITE))
            .json(schemas::WEBHOOK.to_openapi(), json!({"url": "https://hooks.example.org/birdhouse", "events": ["described"]}))
            .returns(201, "NewWebhook", added),
        new("get", PATH, "listWebhooks")
            .summary("Your webhooks, oldest first.")
            .auth(User(READ))
            .returns(200, "WebhookList", json!({"webhooks": [example()]})),
        one("get", "", "getWebhook")
            .summary("A webhook, with why its last delivery failed.")
            .auth(User(READ))
            .returns(200, "Webhook", example()),
        one("delete", "", "deleteWebhook")
            .summary("Remove a webhook and what waits for it.")
            .auth(User(WRITE))
            .returns_text(204, "text/plain", ""),
        one("post", "/test", "testWebhook")
            .summary("Send a delivery of type `test` at once. One that is accepted enables the webhook again.")
            .auth(User(WRITE))
            .returns(200, "WebhookTest", json!({"delivered": true, "status": 204, "error": null})),
        new("get", "/birdhouse/v1/settings", "getSettings")
            .summary("Whether your images may be sent to a captioning service, if the server has one.")
            .auth(User(READ))
            .returns(200, "Settings", json!({"captions": true})),
        new("put", "/birdhouse/v1/settings", "putSettings")
            .summary("Set that.")
            .auth(User(WRITE))
            .json(schemas::SETTINGS.to_openapi(), json!({"captions": false}))
            .returns(200, "Settings", json!({"captions": false})),
    ]
}

/// Schemas of responses.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let webhook = [
        ("id", id()),
        ("url", string()),
        ("events", list(&one_of(&WebhookEvent::NAMES))),
        ("state", one_of(&["working", "failing", "disabled"])),
        ("created_at", date_time()),
        ("delivered_at", nullable()),
        ("failing_since", nullable()),
        ("disabled_at", nullable()),
        ("last_error", nullable()),
    ];
    let mut added = webhook.to_vec();
    added.push(("secret", string()));
    let status = json!({"type": ["integer", "null"]});
    let test = [("delivered", flag()), ("status", status), ("error", nullable())];
    vec![
        ("Webhook", object(webhook.len(), &webhook)),
        ("NewWebhook", object(added.len(), &added)),
        ("WebhookList", object(1, &[("webhooks", list(&schema_ref("Webhook")))])),
        ("WebhookTest", object(test.len(), &test)),
        ("Settings", object(1, &[("captions", flag())])),
    ]
}

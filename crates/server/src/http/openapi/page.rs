//! `/docs`: the API reference as a page. It works without scripts and other hosts, by keyboard and
//! screen reader.

use super::operation::{Auth, Operation};
use super::{TAGS, operations};
use crate::http::pages::render::{finish, html};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::Response;
use birdhouse_core::app::Shared;
use serde_json::Value;

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage<'a> {
    public_url: &'a str,
    sections: Vec<Section>,
}

struct Section {
    name: &'static str,
    description: &'static str,
    anchor: String,
    operations: Vec<OperationEntry>,
}

struct OperationEntry {
    id: &'static str,
    method: String,
    path: String,
    summary: String,
    auth: String,
    parameters: Vec<Parameter>,
    bodies: Vec<Body>,
    status: u16,
    example: String,
}

struct Body {
    mime: String,
    members: Vec<Parameter>,
    example: String,
}

struct Parameter {
    name: String,
    location: String,
    value: String,
    description: String,
}

/// Shows the page.
pub(super) async fn show(State(app): State<Shared>) -> Response {
    let all = operations();
    let section = |(name, description): &(&'static str, &'static str)| Section {
        name,
        description,
        anchor: name.to_ascii_lowercase().replace([' ', '.'], "-"),
        operations: all.iter().filter(|operation| operation.tag == *name).map(entry).collect(),
    };
    let sections = TAGS.iter().map(section).collect();
    let public_url = &app.config.public_url;
    finish(html(StatusCode::OK, &DocsPage { public_url, sections }))
}

/// The style sheet of the page.
pub(super) async fn style() -> ([(header::HeaderName, &'static str); 2], &'static str) {
    let headers =
        [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../../../templates/docs.css"))
}

fn entry(operation: &Operation) -> OperationEntry {
    let content = operation.body.as_ref().and_then(|body| body["content"].as_object());
    let bodies = content.into_iter().flatten().map(|(mime, body)| Body {
        mime: mime.clone(),
        members: members(&body["schema"]),
        example: pretty(&body["example"]),
    });
    OperationEntry {
        id: operation.id,
        method: operation.method.to_ascii_uppercase(),
        path: operation.path.clone(),
        summary: operation.summary.to_string(),
        auth: auth(operation.auth),
        parameters: operation.parameters.iter().map(parameter).collect(),
        bodies: bodies.collect(),
        status: operation.success.status,
        example: pretty(&operation.success.example),
    }
}

fn auth(auth: Auth) -> String {
    let user = |scopes: &[&str]| format!("OAuth 1.0a, or OAuth 2.0 with {}", scopes.join(", "));
    match auth {
        Auth::None => "none".to_owned(),
        Auth::Signed => "OAuth 1.0a".to_owned(),
        Auth::SignedOrApp => "OAuth 1.0a, or an app-only token".to_owned(),
        Auth::User(scopes) => user(scopes),
        Auth::UserOrApp(scopes) => format!("{}, or an app-only token", user(scopes)),
        Auth::Client => "client id and secret (Basic, or in the body)".to_owned(),
    }
}

fn parameter(parameter: &Value) -> Parameter {
    let text = |name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
    let required = if parameter["required"] == true { ", required" } else { "" };
    Parameter {
        name: text("name"),
        location: format!("{}{required}", text("in")),
        value: describe_value(&parameter["schema"]),
        description: text("description"),
    }
}

/// The members of a JSON body.
fn members(schema: &Value) -> Vec<Parameter> {
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let member = |(name, schema): (&String, &Value)| Parameter {
        name: name.clone(),
        location: if required.contains(&name.as_str()) { "required" } else { "" }.to_owned(),
        value: describe_value(schema),
        description: String::new(),
    };
    properties.map(member).collect()
}

/// Describes the values that a schema allows.
fn describe_value(schema: &Value) -> String {
    let list = |values: &Value| -> String {
        let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        values.collect::<Vec<_>>().join(", ")
    };
    if schema["enum"].is_array() {
        return format!("one of {}", list(&schema["enum"]));
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(describe_value).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", describe_value(&schema["items"])),
        Some("object") => {
            let members = schema["properties"].as_object().into_iter().flatten();
            let names: Vec<&str> = members.map(|(name, _)| name.as_str()).collect();
            if names.is_empty() {
                "object".to_owned()
            } else {
                format!("object of {}", names.join(", "))
            }
        }
        Some("string") if schema["maxLength"].is_number() => {
            format!("string of at most {} characters", schema["maxLength"])
        }
        Some("string") if schema["pattern"].is_string() => {
            format!("string matching {}", schema["pattern"].as_str().unwrap_or_default())
        }
        Some("string") => "string".to_owned(),
        Some("integer") if schema["maximum"].is_number() => {
            format!("integer from {} to {}", schema["minimum"], schema["maximum"])
        }
        Some("integer") => "integer".to_owned(),
        Some("boolean") => "true or false".to_owned(),
        Some(other) => other.to_owned(),
        None if schema["type"].is_array() => list(&schema["type"]).replace(", ", " or "),
        None => "anything".to_owned(),
    }
}

fn pretty(example: &Value) -> String {
    match example {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

//! `/docs`: the contract as a page to read. It works without scripts and without a network, by
//! keyboard and screen reader.

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
    about: &'static str,
    anchor: String,
    entries: Vec<Entry>,
}

struct Entry {
    id: &'static str,
    method: String,
    path: String,
    summary: &'static str,
    auth: String,
    parameters: Vec<Parameter>,
    bodies: Vec<(String, Vec<Parameter>, String)>,
    status: u16,
    answer: String,
}

struct Parameter {
    name: String,
    place: String,
    kind: String,
    about: String,
}

/// Shows the page.
pub(super) async fn show(State(app): State<Shared>) -> Response {
    let all = operations();
    let section = |(name, about): &(&'static str, &'static str)| Section {
        name,
        about,
        anchor: name.to_ascii_lowercase().replace([' ', '.'], "-"),
        entries: all.iter().filter(|one| one.tag == *name).map(entry).collect(),
    };
    let sections = TAGS.iter().map(section).collect();
    let public_url = &app.config.public_url;
    finish(html(StatusCode::OK, &DocsPage { public_url, sections }))
}

/// Its looks.
pub(super) async fn style() -> ([(header::HeaderName, &'static str); 2], &'static str) {
    let headers =
        [(header::CONTENT_TYPE, "text/css"), (header::CACHE_CONTROL, "public, max-age=3600")];
    (headers, include_str!("../../../templates/docs.css"))
}

fn entry(one: &Operation) -> Entry {
    let content = one.body.as_ref().and_then(|body| body["content"].as_object());
    let bodies = content.into_iter().flatten().map(|(kind, body)| {
        let example = &body["example"];
        (kind.clone(), members(&body["schema"]), pretty(example))
    });
    let (status, _, _, example) = &one.success;
    Entry {
        id: one.id,
        method: one.method.to_ascii_uppercase(),
        path: one.path.clone(),
        summary: one.summary,
        auth: auth(one.auth),
        parameters: one.parameters.iter().map(parameter).collect(),
        bodies: bodies.collect(),
        status: *status,
        answer: pretty(example),
    }
}

fn auth(auth: Auth) -> String {
    let user = |scopes: &[&str]| format!("OAuth 1.0a, or OAuth 2.0 with {}", scopes.join(", "));
    match auth {
        Auth::None => "nothing".to_owned(),
        Auth::Signed => "OAuth 1.0a".to_owned(),
        Auth::SignedOrApp => "OAuth 1.0a, or an app's own token".to_owned(),
        Auth::User(scopes) => user(scopes),
        Auth::UserOrApp(scopes) => format!("{}, or an app's own token", user(scopes)),
        Auth::Client => "id and secret of the app (Basic, or in the body)".to_owned(),
    }
}

fn parameter(one: &Value) -> Parameter {
    let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let needed = if one["required"] == true { ", required" } else { "" };
    Parameter {
        name: text("name"),
        place: format!("{}{needed}", text("in")),
        kind: kind(&one["schema"]),
        about: text("description"),
    }
}

/// The members of a body.
fn members(schema: &Value) -> Vec<Parameter> {
    let needed: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    let member = |(name, schema): (&String, &Value)| Parameter {
        name: name.clone(),
        place: if needed.contains(&name.as_str()) { "required" } else { "" }.to_owned(),
        kind: kind(schema),
        about: String::new(),
    };
    properties.map(member).collect()
}

/// What a value must be, in words.
fn kind(schema: &Value) -> String {
    let list = |values: &Value| -> String {
        let values = values.as_array().into_iter().flatten().filter_map(Value::as_str);
        values.collect::<Vec<_>>().join(", ")
    };
    if schema["enum"].is_array() {
        return format!("one of {}", list(&schema["enum"]));
    }
    if let Some(any) = schema["anyOf"].as_array() {
        return any.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    match schema["type"].as_str() {
        Some("array") => format!("list of {}", kind(&schema["items"])),
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
            format!("text of at most {} characters", schema["maxLength"])
        }
        Some("string") if schema["pattern"].is_string() => {
            format!("text like {}", schema["pattern"].as_str().unwrap_or_default())
        }
        Some("string") => "text".to_owned(),
        Some("integer") if schema["maximum"].is_number() => {
            format!("whole number from {} to {}", schema["minimum"], schema["maximum"])
        }
        Some("integer") => "whole number".to_owned(),
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

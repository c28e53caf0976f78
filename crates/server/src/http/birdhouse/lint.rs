//! `POST /birdhouse/v1/lint`: what is wrong with a description.

use super::{render, schemas};
use crate::http::read::call::Call;
use crate::http::v2::input::body;
use axum::http::StatusCode;
use axum::response::Response;
use birdhouse_core::error::Result;
use birdhouse_domain::Language;
use birdhouse_domain::alt_text_lint::{Finding, Subject, lint};
use serde_json::{Value, json};

/// The findings, in the order of the rules.
pub(super) async fn handle(call: Call) -> Result<Response> {
    let body = body(&call, &schemas::LINT).await?;
    let lang = body["lang"].as_str().map(Language::parse).transpose()?;
    let siblings = body["siblings"].as_array().into_iter().flatten();
    let siblings: Vec<&str> = siblings.filter_map(Value::as_str).collect();
    let subject = Subject {
        text: body["alt_text"].as_str().unwrap_or_default(),
        lang: lang.as_ref().filter(|lang| !lang.is_default()).map(Language::as_str),
        file_name: body["file_name"].as_str(),
        tweet_text: body["tweet_text"].as_str(),
        siblings: &siblings,
    };
    render::json(StatusCode::OK, &json!({"findings": findings(&subject)}))
}

/// The findings of a description by itself.
pub(super) fn of_text(text: &str, lang: &str) -> Vec<Value> {
    let lang = Some(lang).filter(|lang| *lang != Language::DEFAULT);
    findings(&Subject { text, lang, ..Subject::default() })
}

fn findings(subject: &Subject<'_>) -> Vec<Value> {
    let finding = |Finding { rule, start, end }: Finding| {
        json!({
            "id": rule.id(),
            "level": rule.level().name(),
            "reason": rule.reason(),
            "cure": rule.cure(),
            "source": rule.source(),
            "start": start,
            "end": end,
        })
    };
    lint(subject).into_iter().map(finding).collect()
}

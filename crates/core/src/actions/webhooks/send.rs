//! Sends a delivery, signed as Standard Webhooks 1.0 has it.

use super::Webhook;
use crate::app::App;
use crate::error::Result;
use crate::vault::SecretContext;
use anyhow::Context;
use birdhouse_domain::Timestamp;
use birdhouse_oauth::webhook::sign;
use birdhouse_outbound::{Message, Target};
use std::time::Duration;

/// How long a receiver may take.
const TIME: Duration = Duration::from_secs(15);
/// What a receiver answers that wants no deliveries any more.
const GONE: u16 = 410;

/// How a delivery went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered with this status.
    Answered(u16),
    /// It did not answer, for this reason.
    Unanswered(String),
}

impl Outcome {
    /// Why the delivery was not accepted; `None` if it was.
    pub fn failure(&self) -> Option<String> {
        match self {
            Self::Answered(200..=299) => None,
            Self::Answered(status) => Some(format!("answered {status}")),
            Self::Unanswered(why) => Some(why.clone()),
        }
    }

    /// Whether the receiver wants no deliveries any more.
    pub(crate) fn is_gone(&self) -> bool {
        *self == Self::Answered(GONE)
    }
}

/// Sends a delivery; `id` is the same each time that it is tried.
pub(crate) async fn send(app: &App, webhook: &Webhook, id: i64, body: String) -> Result<Outcome> {
    let target = match Target::parse(&webhook.url) {
        Ok(target) => target,
        Err(why) => return Ok(Outcome::Unanswered(format!("the URL {why}"))),
    };
    let secret = app.vault.unseal(SecretContext::Webhook(webhook.id), &webhook.secret)?;
    let (id, at) = (format!("msg_{id}"), app.now().0 / Timestamp::SECOND);
    let signature = sign(&secret, &id, at, &body).context("a webhook's secret is none")?;
    let headers = vec![
        ("webhook-id", id),
        ("webhook-timestamp", at.to_string()),
        ("webhook-signature", signature),
    ];
    let message =
        Message { target: &target, headers, body: body.into(), time: TIME, answer_bytes: 0 };
    Ok(match app.outbound.post(&message).await {
        Ok(answer) => Outcome::Answered(answer.status),
        Err(failure) => Outcome::Unanswered(failure.to_string()),
    })
}

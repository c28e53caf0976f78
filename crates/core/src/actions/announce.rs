//! Deliveries to webhooks, for the write of what they tell of.

use crate::app::App;
use crate::error::Result;
use birdhouse_catalog::deliveries::NewDelivery;
use birdhouse_domain::{JobKind, UserId, WebhookEvent};

/// The deliveries of an event to the webhooks of `owner`; `about` is the id of what they tell of. No query
/// for a user who never had a webhook.
pub(super) async fn deliveries(
    app: &App,
    owner: UserId,
    event: WebhookEvent,
    about: i64,
) -> Result<Vec<NewDelivery>> {
    if !app.memory.webhook_owners.may_have(owner) {
        return Ok(Vec::new());
    }
    let all = app.catalog.webhooks(owner).await?;
    let told = all.iter().filter(|one| one.disabled_at.is_none() && one.events.contains(event));
    let new =
        |webhook: i64| NewDelivery { id: app.next_id(), webhook, event, about, at: app.now() };
    Ok(told.map(|one| new(one.id)).collect())
}

/// Wakes a worker for deliveries that were written.
pub(super) fn notify(app: &App, deliveries: &[NewDelivery]) {
    if !deliveries.is_empty() {
        app.memory.notify.notify(JobKind::Deliver);
    }
}

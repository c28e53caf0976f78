//! Webhooks: URLs that users have told what happens to their media.

pub(crate) mod message;
pub(crate) mod send;

use crate::app::App;
use crate::error::Result;
use crate::host::random;
use crate::vault::SecretContext;
pub use birdhouse_catalog::webhooks::Webhook;
use birdhouse_domain::webhook::{MAX_WEBHOOKS, WebhookEvents};
use birdhouse_domain::{Fault, UserCaller};
use birdhouse_oauth::webhook::new_secret;
use birdhouse_outbound::Target;
pub use send::Outcome;

/// What is wrong with a URL of this machine, or of the network that it is in.
const NOT_PUBLIC: &str =
    "has an address that is not public; the server's operator can allow it with `outbound_allow`";

/// Adds a webhook; returns it with its secret, which is never shown again. Durable when this returns.
pub async fn add(
    app: &App,
    caller: &UserCaller,
    url: &str,
    events: WebhookEvents,
) -> Result<(Webhook, String)> {
    let target = Target::parse(url).map_err(|why| Fault::WebhookUrlInvalid(why.to_string()))?;
    if app.outbound.refuses(&target) {
        return Err(Fault::WebhookUrlInvalid(NOT_PUBLIC.to_owned()).into());
    }
    let (id, secret) = (app.next_id(), new_secret(random::bytes()));
    let webhook = Webhook {
        id,
        user: caller.user,
        url: url.to_owned(),
        events,
        secret: app.vault.seal(SecretContext::Webhook(id), &secret),
        created_at: app.now(),
        delivered_at: None,
        failing_since: None,
        disabled_at: None,
        last_error: None,
    };
    // Before it is written, so that no event is missed after that.
    app.memory.webhook_owners.note(caller.user);
    if !app.catalog.add_webhook(&webhook).await? {
        return Err(Fault::TooManyWebhooks { limit: MAX_WEBHOOKS }.into());
    }
    Ok((webhook, secret))
}

/// The caller's webhooks, oldest first.
pub async fn list(app: &App, caller: &UserCaller) -> Result<Vec<Webhook>> {
    Ok(app.catalog.webhooks(caller.user).await?)
}

/// One of the caller's webhooks.
pub async fn get(app: &App, caller: &UserCaller, id: i64) -> Result<Webhook> {
    let found = app.catalog.webhook(id).await?.filter(|webhook| webhook.user == caller.user);
    Ok(found.ok_or(Fault::WebhookNotFound)?)
}

/// Removes one of the caller's webhooks, and what waits for it. Durable when this returns.
pub async fn remove(app: &App, caller: &UserCaller, id: i64) -> Result<()> {
    let removed = app.catalog.delete_webhook(caller.user, id).await?;
    if removed { Ok(()) } else { Err(Fault::WebhookNotFound.into()) }
}

/// Sends a delivery at once, and returns how it went. One that is accepted enables the webhook again.
pub async fn test(app: &App, caller: &UserCaller, id: i64) -> Result<Outcome> {
    let webhook = get(app, caller, id).await?;
    let _slot = app.memory.delivery_slots.try_take(caller.user).ok_or(Fault::Overloaded)?;
    let message = message::test(app, &webhook);
    let outcome = send::send(app, &webhook, app.next_id(), message).await?;
    match outcome.failure() {
        None => app.catalog.delivered(id, app.now(), None).await?,
        Some(why) => app.catalog.delivery_failed(id, None, &why).await?,
    };
    Ok(outcome)
}

//! OAuth 2.0 client authentication.

use super::refusal::{Outcome, Refusal};
use crate::app::App;
use crate::error::{Error, Result};
use crate::host::random;
use crate::vault::SecretContext;
use anyhow::anyhow;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use birdhouse_catalog::apps::ClientApp;
use birdhouse_oauth::secret::hash_token;

/// The client credentials of a request, from its header or body.
#[derive(Clone, Debug, Default)]
pub struct ClientCredentials {
    /// `client_id`.
    pub id: Option<String>,
    /// `client_secret`.
    pub secret: Option<String>,
}

/// Authenticates the client of a request; a confidential one needs its secret.
pub async fn authenticate(app: &App, credentials: &ClientCredentials) -> Outcome<ClientApp> {
    let Some(id) = credentials.id.as_deref().filter(|id| !id.is_empty()) else {
        let text = "Missing required parameter [client_id].";
        return Ok(Err(Refusal::new("invalid_request", text)));
    };
    let Some(client) = app.catalog.app_by_client_id(id).await? else {
        return Ok(Err(Refusal::new(
            "invalid_client",
            "Value passed for the client id was invalid.",
        )));
    };
    if client.is_public {
        return Ok(Ok(client));
    }
    let sealed = client.client_secret.as_deref().unwrap_or_default();
    let known = app.vault.unseal(SecretContext::Client(client.id), sealed)?;
    // Comparing hashes leaks no timing information about the secret.
    let matches = credentials
        .secret
        .as_deref()
        .is_some_and(|secret| hash_token(secret) == hash_token(&known));
    if matches {
        return Ok(Ok(client));
    }
    // Recorded, for a wrong secret as for a missing one.
    Ok(Err(Refusal::new("unauthorized_client", "Missing valid authorization header")))
}

/// The app with this client id.
pub async fn client_by_id(app: &App, id: &str) -> Result<Option<ClientApp>> {
    Ok(app.catalog.app_by_client_id(id).await?)
}

/// The id and the secret of an OAuth 2.0 client.
pub(crate) struct ClientKeys {
    /// `client_id`.
    pub(crate) id: String,
    /// `client_secret`.
    pub(crate) secret: String,
}

/// The client id and secret of an app, created on first use.
pub(crate) async fn client_of(app: &App, client: &ClientApp) -> Result<ClientKeys> {
    let mut found = client.clone();
    for _ in 0..2 {
        if let (Some(id), Some(sealed)) = (&found.client_id, &found.client_secret) {
            let secret = app.vault.unseal(SecretContext::Client(found.id), sealed)?;
            return Ok(ClientKeys { id: id.clone(), secret });
        }
        let id = URL_SAFE_NO_PAD.encode(format!("{}:1:ci", random::alphanumeric(20)));
        let sealed = app.vault.seal(SecretContext::Client(found.id), &random::alphanumeric(50));
        app.catalog.add_client(found.id, &id, &sealed).await?;
        let again = app.catalog.app(found.id).await?;
        found = again.ok_or_else(|| Error::Broken(anyhow!("the app was deleted")))?;
    }
    Err(Error::Broken(anyhow!("the app did not become a client")))
}

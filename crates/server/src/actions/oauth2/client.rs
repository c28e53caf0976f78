//! OAuth 2.0 clients: which app asks, and whether it is that app.

use super::{Denial, Outcome};
use crate::app::App;
use crate::auth::{open_secret, seal_secret};
use crate::error::{Error, Result};
use crate::random;
use crate::store::apps;
use anyhow::anyhow;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use birdhouse_domain::AppId;
use birdhouse_oauth::secret::hash_token;

/// What a request says of its client: in the header, in the body, or in both (seen).
#[derive(Clone, Debug, Default)]
pub struct ClientProof {
    /// `client_id`.
    pub id: Option<String>,
    /// `client_secret`.
    pub secret: Option<String>,
}

/// The client that asks. A confidential one must prove itself by its secret; a public one has
/// none that could prove anything.
pub async fn prove(app: &App, proof: &ClientProof) -> Outcome<apps::App> {
    let Some(id) = proof.id.as_deref().filter(|id| !id.is_empty()) else {
        let text = "Missing required parameter [client_id].";
        return Ok(Err(Denial::new("invalid_request", text)));
    };
    let Some(client) = app.store.app_by_client_id(id).await? else {
        return Ok(Err(Denial::new(
            "invalid_client",
            "Value passed for the client id was invalid.",
        )));
    };
    if client.is_public {
        return Ok(Ok(client));
    }
    let sealed = client.client_secret.as_deref().unwrap_or_default();
    let known = open_secret(app, sealed, &secret_context(client.id))?;
    // Equal hashes tell no more by their timing than the hash of a guess.
    let fits = proof.secret.as_deref().is_some_and(|given| hash_token(given) == hash_token(&known));
    if fits {
        return Ok(Ok(client));
    }
    // Recorded, for a wrong secret as for a missing one.
    Ok(Err(Denial::new("unauthorized_client", "Missing valid authorization header")))
}

/// The client id and secret of an app; made on first use.
pub async fn client_of(app: &App, client: &apps::App) -> Result<(String, String)> {
    let mut found = client.clone();
    for _ in 0..2 {
        if let (Some(id), Some(sealed)) = (&found.client_id, &found.client_secret) {
            return Ok((id.clone(), open_secret(app, sealed, &secret_context(found.id))?));
        }
        let id = URL_SAFE_NO_PAD.encode(format!("{}:1:ci", random::alphanumeric(20)));
        let sealed = seal_secret(app, &random::alphanumeric(50), &secret_context(found.id));
        app.store.add_client(found.id, &id, &sealed).await?;
        let again = app.store.app(found.id).await?;
        found = again.ok_or_else(|| Error::Broken(anyhow!("the app is gone")))?;
    }
    Err(Error::Broken(anyhow!("the app did not become a client")))
}

fn secret_context(id: AppId) -> String {
    format!("client:{id}")
}

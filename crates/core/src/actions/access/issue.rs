//! Issues credentials: users, apps and tokens.

use super::oauth2;
use super::password;
use crate::app::App;
use crate::error::{Error, Result};
use crate::host::random;
use crate::vault::SecretContext;
use anyhow::{anyhow, ensure};
use birdhouse_catalog::apps::ClientApp;
use birdhouse_catalog::tokens::NewAccessToken;
use birdhouse_catalog::users::User;
use birdhouse_domain::callback::{MAX_CALLBACKS, is_callback};
use birdhouse_domain::{Access, AppId, Fault, UserCaller, UserId};
use birdhouse_oauth::client::Credentials;
use birdhouse_oauth::secret;
use serde::Serialize;

/// The credentials that `birdhouse credentials` prints.
#[derive(Clone, Debug, Serialize)]
pub struct IssuedCredentials {
    /// The app's name.
    pub app: String,
    /// The app's consumer key.
    pub consumer_key: String,
    /// The app's consumer secret.
    pub consumer_secret: String,
    /// The user's token for the app.
    pub access_token: String,
    /// Its secret.
    pub access_token_secret: String,
    /// The app's app-only bearer token.
    pub bearer_token: String,
    /// The app's OAuth 2.0 client id.
    pub client_id: String,
    /// Its client secret; a public client has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    /// The user.
    pub user_id: String,
    /// The user's screen name.
    pub screen_name: String,
    /// The password for the consent page, if the user was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Issued credentials for signing requests.
pub fn signing_credentials(issued: &IssuedCredentials) -> Credentials {
    Credentials {
        consumer_key: issued.consumer_key.clone(),
        consumer_secret: issued.consumer_secret.clone(),
        token: issued.access_token.clone(),
        token_secret: issued.access_token_secret.clone(),
    }
}

/// Which credentials to issue.
#[derive(Clone, Debug, Default)]
pub struct CredentialsRequest {
    /// Screen name; a user that does not exist is created.
    pub user: String,
    /// Name of the app; one that does not exist is created.
    pub app: String,
    /// Whether the token is read-only.
    pub is_read_only: bool,
    /// Consumer key and secret to set.
    pub consumer: Option<(String, String)>,
    /// Access token and secret to set.
    pub access: Option<(String, String)>,
    /// Password to set.
    pub password: Option<String>,
    /// Whether to revoke all that apps have of the user, and end the user's sessions, first.
    pub revokes_all: bool,
    /// Callback URLs to set; if empty, the app's are kept.
    pub callbacks: Vec<String>,
    /// Whether the app is a public client of OAuth 2.0; `None` keeps it.
    pub is_public: Option<bool>,
}

/// Issues credentials, and creates the user and the app if they do not exist.
pub async fn issue(app: &App, request: &CredentialsRequest) -> anyhow::Result<IssuedCredentials> {
    validate(request)?;
    let known = app.catalog.user_by_name(&request.user).await?;
    ensure_keys_are_free(app, request, known.as_ref()).await?;
    let client = client(app, request).await?;
    let (user, password) = user(app, request, known).await?;
    if !request.callbacks.is_empty() {
        app.catalog.set_callbacks(client.id, &request.callbacks).await?;
    }
    if let Some(is_public) = request.is_public {
        app.catalog.set_public(client.id, is_public).await?;
    }
    let is_public = request.is_public.unwrap_or(client.is_public);
    let oauth2 = oauth2::client_of(app, &client).await.map_err(Error::into_anyhow)?;
    let access = if request.is_read_only { Access::Read } else { Access::ReadWrite };
    let token = token(app, request, TokenOwner { user: user.id, app: client.id, access }).await?;
    let consumer_secret = app.vault.unseal(SecretContext::App(client.id), &client.consumer_secret);
    let bearer_token = ensure_bearer(app, &client.consumer_key).await;
    Ok(IssuedCredentials {
        consumer_secret: consumer_secret.map_err(Error::into_anyhow)?,
        bearer_token: bearer_token.map_err(Error::into_anyhow)?,
        app: client.name,
        client_id: oauth2.id,
        client_secret: (!is_public).then_some(oauth2.secret),
        consumer_key: client.consumer_key,
        access_token: token.text,
        access_token_secret: token.secret,
        user_id: user.id.to_string(),
        screen_name: user.screen_name,
        password,
    })
}

/// The shortest password that may be set.
const PASSWORD_MIN_CHARACTERS: usize = 8;

/// Refuses a request before anything is written.
fn validate(request: &CredentialsRequest) -> anyhow::Result<()> {
    ensure!(is_screen_name(&request.user), "a user name has 1 to 20 letters, digits or _");
    ensure!(!request.app.trim().is_empty(), "an app needs a name");
    if let Some(password) = &request.password {
        ensure!(
            password.chars().count() >= PASSWORD_MIN_CHARACTERS,
            "a password has at least {PASSWORD_MIN_CHARACTERS} characters"
        );
    }
    ensure!(
        request.callbacks.len() <= MAX_CALLBACKS,
        "an app has at most {MAX_CALLBACKS} callbacks"
    );
    for url in &request.callbacks {
        ensure!(is_callback(url), "`{url}` is not a URL that a browser may be redirected to");
    }
    Ok(())
}

fn is_screen_name(name: &str) -> bool {
    (1..=20).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Refuses keys that belong to others before anything is written: nobody would be told the password of
/// a user that was created before the refusal.
async fn ensure_keys_are_free(
    app: &App,
    request: &CredentialsRequest,
    user: Option<&User>,
) -> anyhow::Result<()> {
    if let Some((key, _)) = &request.consumer {
        let found = app.catalog.app_by_key(key).await?;
        let is_free = found.is_none_or(|found| found.name == request.app);
        ensure!(is_free, "the consumer key belongs to another app");
    }
    if let Some((token, _)) = &request.access {
        let owner = app.catalog.token_owner(token).await?;
        ensure!(
            owner.is_none_or(|id| user.is_some_and(|u| u.id == id)),
            "the access token is taken"
        );
    }
    Ok(())
}

/// The user, and the password of one that was created.
async fn user(
    app: &App,
    request: &CredentialsRequest,
    known: Option<User>,
) -> anyhow::Result<(User, Option<String>)> {
    if let Some(user) = known {
        if request.revokes_all {
            app.catalog.revoke_all(user.id, app.now()).await?;
            app.memory.keys.revoke();
            app.memory.grants.revoke();
        }
        if let Some(password) = &request.password {
            app.catalog
                .set_password(user.id, &password::hash(app, password.clone()).await?)
                .await?;
        }
        return Ok((user, None));
    }
    let password = request.password.clone().unwrap_or_else(|| random::alphanumeric(16));
    let user = User {
        id: UserId(app.next_id()),
        screen_name: request.user.clone(),
        name: request.user.clone(),
        password_hash: password::hash(app, password.clone()).await?,
        statuses_count: 0,
        created_at: app.now(),
    };
    ensure!(app.catalog.add_user(&user).await?, "the user name was taken meanwhile; try again");
    Ok((user, Some(password)))
}

async fn client(app: &App, request: &CredentialsRequest) -> anyhow::Result<ClientApp> {
    let (key, text) = request
        .consumer
        .clone()
        .unwrap_or_else(|| (random::alphanumeric(25), random::alphanumeric(50)));
    if let Some(mut found) = app.catalog.app_by_name(&request.app).await? {
        if request.consumer.is_some() {
            found.consumer_secret = app.vault.seal(SecretContext::App(found.id), &text);
            let is_set = app.catalog.set_app_keys(found.id, &key, &found.consumer_secret).await?;
            ensure!(is_set, "the consumer key belongs to another app");
            found.consumer_key = key;
        }
        return Ok(found);
    }
    let id = AppId(app.next_id());
    let client = ClientApp {
        id,
        name: request.app.clone(),
        url: app.config.public_url.clone(),
        consumer_key: key,
        consumer_secret: app.vault.seal(SecretContext::App(id), &text),
        callbacks: Vec::new(),
        bearer_sealed: None,
        client_id: None,
        client_secret: None,
        is_public: false,
        created_at: app.now(),
    };
    ensure!(app.catalog.add_app(&client).await?, "the app's name or consumer key is taken");
    Ok(client)
}

/// The user, app and access level of a token.
struct TokenOwner {
    user: UserId,
    app: AppId,
    access: Access,
}

/// An access token and its secret.
pub(crate) struct TokenPair {
    /// The token, `<user id>-<alphanumerics>`.
    pub(crate) text: String,
    /// Its secret.
    pub(crate) secret: String,
}

async fn token(
    app: &App,
    request: &CredentialsRequest,
    owner: TokenOwner,
) -> anyhow::Result<TokenPair> {
    let TokenOwner { user, app: client, access } = owner;
    if request.access.is_none()
        && let Some((text, sealed)) = app.catalog.newest_token(user, client, access).await?
    {
        let secret =
            app.vault.unseal(SecretContext::Token(&text), &sealed).map_err(Error::into_anyhow)?;
        return Ok(TokenPair { text, secret });
    }
    let pair = match request.access.clone() {
        Some((text, secret)) => TokenPair { text, secret },
        None => new_token(user),
    };
    let new = NewAccessToken {
        secret: app.vault.seal(SecretContext::Token(&pair.text), &pair.secret),
        token: pair.text.clone(),
        user,
        app: client,
        access,
    };
    if !app.catalog.add_token(&new, app.now()).await? {
        let known = app.catalog.newest_token(user, client, access).await?;
        let is_same = known.is_some_and(|(text, sealed)| {
            text == pair.text
                && app
                    .vault
                    .unseal(SecretContext::Token(&text), &sealed)
                    .is_ok_and(|s| s == pair.secret)
        });
        ensure!(is_same, "the access token is taken");
    }
    Ok(pair)
}

/// A new access token; letters and digits only, because some clients do not encode others.
pub(crate) fn new_token(user: UserId) -> TokenPair {
    let text = format!("{user}-{}", random::alphanumeric(30));
    TokenPair { text, secret: random::alphanumeric(45) }
}

/// The app-only bearer token of an app, issued if it has none; the same until it is revoked
/// (recorded).
pub async fn ensure_bearer(app: &App, consumer_key: &str) -> Result<String> {
    for _ in 0..2 {
        let found = app.catalog.app_by_key(consumer_key).await?;
        let client = found.ok_or_else(|| Error::Broken(anyhow!("the app was deleted")))?;
        if let Some(sealed) = &client.bearer_sealed {
            return app.vault.unseal(SecretContext::Bearer(client.id), sealed);
        }
        let token = format!("AAAAAAAAAAAAAAAAAAAAA{}", random::alphanumeric(80));
        let sealed = app.vault.seal(SecretContext::Bearer(client.id), &token);
        if app.catalog.add_bearer(client.id, &secret::hash_token(&token), &sealed).await? {
            return Ok(token);
        }
    }
    Err(Error::Broken(anyhow!("the bearer token changed repeatedly")))
}

/// Revokes the app-only bearer token of an app. Durable when this returns.
pub async fn revoke_bearer(app: &App, client: AppId, token: &str) -> Result<()> {
    if app.catalog.remove_bearer(client, &secret::hash_token(token)).await? {
        Ok(())
    } else {
        Err(Fault::TokenInvalid.into())
    }
}

/// Revokes the OAuth 1.0a access token of a request. Durable when this returns.
pub async fn revoke_token(app: &App, caller: &UserCaller) -> Result<()> {
    app.catalog.revoke_token(&caller.token, app.now()).await?;
    app.memory.keys.revoke();
    Ok(())
}

//! Users, apps and their credentials.

use crate::app::App;
use crate::auth::{open_secret, seal_secret};
use crate::error::{Error, Result};
use crate::random;
use crate::store::apps;
use crate::store::tokens::NewToken;
use crate::store::users::User;
use anyhow::{anyhow, ensure};
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use birdhouse_domain::{Access, AppId, UserId};
use birdhouse_oauth::client::Credentials;
use birdhouse_oauth::secret;
use serde::Serialize;
use std::sync::OnceLock;
use tokio::task::spawn_blocking;

/// Callback URLs of one app, at most (documented).
const MAX_CALLBACKS: usize = 10;

/// What `birdhouse credentials` issues.
#[derive(Clone, Debug, Serialize)]
pub struct Issued {
    /// The app's public key.
    pub consumer_key: String,
    /// The app's secret.
    pub consumer_secret: String,
    /// The user's token for the app.
    pub access_token: String,
    /// Its secret.
    pub access_token_secret: String,
    /// The app's token for itself.
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
    /// The user's password for the consent page, if the user was made just now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
}

/// Issued credentials in the form that signs.
pub fn client_credentials(issued: &Issued) -> Credentials {
    Credentials {
        consumer_key: issued.consumer_key.clone(),
        consumer_secret: issued.consumer_secret.clone(),
        token: issued.access_token.clone(),
        token_secret: issued.access_token_secret.clone(),
    }
}

/// What credentials are wanted.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Screen name; made if there is none.
    pub user: String,
    /// App; made if there is none.
    pub app: String,
    /// Whether the token may only read.
    pub is_read_only: bool,
    /// Consumer key and secret to set.
    pub consumer: Option<(String, String)>,
    /// Access token and secret to set.
    pub access: Option<(String, String)>,
    /// Password to set.
    pub password: Option<String>,
    /// Callback URLs to set, instead of those that the app has; none leaves them alone.
    pub callbacks: Vec<String>,
    /// Whether the app is a public client of OAuth 2.0; `None` leaves it as it is.
    pub is_public: Option<bool>,
}

/// Issues credentials, and makes the user and the app where they do not exist.
pub async fn issue(app: &App, wanted: &Wanted) -> anyhow::Result<Issued> {
    ensure!(is_screen_name(&wanted.user), "a user name has 1 to 20 letters, digits or _");
    ensure!(!wanted.app.trim().is_empty(), "an app needs a name");
    let (user, password) = user(app, wanted).await?;
    let client = client(app, wanted).await?;
    ensure!(
        wanted.callbacks.len() <= MAX_CALLBACKS,
        "an app has at most {MAX_CALLBACKS} callbacks"
    );
    for url in &wanted.callbacks {
        ensure!(
            super::authorize::is_callback(url),
            "`{url}` is no URL that a browser may be sent to"
        );
    }
    if !wanted.callbacks.is_empty() {
        app.store.set_callbacks(client.id, &wanted.callbacks).await?;
    }
    if let Some(is_public) = wanted.is_public {
        app.store.set_public(client.id, is_public).await?;
    }
    let is_public = wanted.is_public.unwrap_or(client.is_public);
    let (client_id, client_secret) = super::oauth2::client_of(app, &client).await.map_err(plain)?;
    let access = if wanted.is_read_only { Access::Read } else { Access::ReadWrite };
    let (token, token_secret) = token(app, wanted, user.id, client.id, access).await?;
    let consumer_secret = open_secret(app, &client.consumer_secret, &app_context(client.id));
    Ok(Issued {
        consumer_secret: consumer_secret.map_err(plain)?,
        bearer_token: bearer(app, &client.consumer_key).await.map_err(plain)?,
        client_id,
        client_secret: (!is_public).then_some(client_secret),
        consumer_key: client.consumer_key,
        access_token: token,
        access_token_secret: token_secret,
        user_id: user.id.to_string(),
        screen_name: user.screen_name,
        password,
    })
}

fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Broken(cause) => cause,
        Error::Refused(fault) => anyhow!("{fault:?}"),
    }
}

fn app_context(id: AppId) -> String {
    format!("app:{id}")
}

fn is_screen_name(name: &str) -> bool {
    (1..=20).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

async fn user(app: &App, wanted: &Wanted) -> anyhow::Result<(User, Option<String>)> {
    if let Some(user) = app.store.user_by_name(&wanted.user).await? {
        if let Some(password) = &wanted.password {
            app.store.set_password(user.id, &hash_password(password.clone()).await?).await?;
        }
        return Ok((user, None));
    }
    let password = wanted.password.clone().unwrap_or_else(|| random::alphanumeric(16));
    let user = User {
        id: UserId(app.next_id()),
        screen_name: wanted.user.clone(),
        name: wanted.user.clone(),
        password_hash: hash_password(password.clone()).await?,
        statuses_count: 0,
        created_at: app.now(),
    };
    ensure!(app.store.add_user(&user).await?, "the user name was taken a moment ago; try again");
    Ok((user, Some(password)))
}

async fn client(app: &App, wanted: &Wanted) -> anyhow::Result<apps::App> {
    let (key, text) = wanted
        .consumer
        .clone()
        .unwrap_or_else(|| (random::alphanumeric(25), random::alphanumeric(50)));
    if let Some(mut found) = app.store.app_by_name(&wanted.app).await? {
        if wanted.consumer.is_some() {
            found.consumer_secret = seal_secret(app, &text, &app_context(found.id));
            let is_set = app.store.set_app_keys(found.id, &key, &found.consumer_secret).await?;
            ensure!(is_set, "the consumer key belongs to another app");
            found.consumer_key = key;
        }
        return Ok(found);
    }
    let id = AppId(app.next_id());
    let made = apps::App {
        id,
        name: wanted.app.clone(),
        url: app.config.public_url.clone(),
        consumer_key: key,
        consumer_secret: seal_secret(app, &text, &app_context(id)),
        callbacks: Vec::new(),
        bearer_sealed: None,
        client_id: None,
        client_secret: None,
        is_public: false,
        created_at: app.now(),
    };
    ensure!(app.store.add_app(&made).await?, "the app's name or consumer key is taken");
    Ok(made)
}

async fn token(
    app: &App,
    wanted: &Wanted,
    user: UserId,
    client: AppId,
    access: Access,
) -> anyhow::Result<(String, String)> {
    if wanted.access.is_none()
        && let Some((token, sealed)) = app.store.token_of(user, client, access).await?
    {
        let secret = open_secret(app, &sealed, &token_context(&token)).map_err(plain)?;
        return Ok((token, secret));
    }
    let (token, text) = wanted.access.clone().unwrap_or_else(|| new_token(user));
    let new = NewToken {
        secret: seal_secret(app, &text, &token_context(&token)),
        token: token.clone(),
        user,
        app: client,
        access,
    };
    if !app.store.add_token(&new, app.now()).await? {
        let known = app.store.token_of(user, client, access).await?;
        let is_same = known.is_some_and(|(t, sealed)| {
            t == token && app.seal.open(&sealed, &token_context(&t)).as_deref() == Some(&*text)
        });
        ensure!(is_same, "the access token is taken");
    }
    Ok((token, text))
}

/// Where an access token's secret is sealed for.
pub fn token_context(token: &str) -> String {
    format!("token:{token}")
}

/// A new access token, `<user id>-<alphanumerics>`, and its secret; letters and digits only,
/// because some clients do not encode them.
pub fn new_token(user: UserId) -> (String, String) {
    (format!("{user}-{}", random::alphanumeric(30)), random::alphanumeric(45))
}

/// The app-only bearer token of an app: the same until it is made invalid (recorded).
pub async fn bearer(app: &App, consumer_key: &str) -> Result<String> {
    for _ in 0..2 {
        let found = app.store.app_by_key(consumer_key).await?;
        let client = found.ok_or_else(|| Error::Broken(anyhow!("the app is gone")))?;
        let context = format!("bearer:{}", client.id);
        if let Some(sealed) = &client.bearer_sealed {
            return open_secret(app, sealed, &context);
        }
        let token = format!("AAAAAAAAAAAAAAAAAAAAA{}", random::alphanumeric(80));
        let sealed = seal_secret(app, &token, &context);
        if app.store.add_bearer(client.id, &secret::hash_token(&token), &sealed).await? {
            return Ok(token);
        }
    }
    Err(Error::Broken(anyhow!("the bearer token changed twice at once")))
}

/// Hashes a password, on a blocking thread: it is slow on purpose.
pub async fn hash_password(password: String) -> anyhow::Result<String> {
    let salt = random::bytes::<16>();
    let made = spawn_blocking(move || hashed(&password, &salt)).await?;
    made.map_err(|error| anyhow!("cannot hash the password: {error}"))
}

fn hashed(password: &str, salt: &[u8; 16]) -> argon2::password_hash::Result<String> {
    let salt = SaltString::encode_b64(salt)?;
    Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
}

/// What the password of nobody is compared with.
static NOBODY: OnceLock<String> = OnceLock::new();

/// The user with this name and password. Takes equally long whether or not there is one.
pub async fn sign_in(app: &App, name: &str, password: &str) -> Result<Option<User>> {
    let permit = app.processors.clone().acquire_owned().await;
    let permit = permit.map_err(|e| Error::Broken(e.into()))?;
    let user = app.store.user_by_name(name).await?;
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let password = password.to_owned();
    let fits = spawn_blocking(move || {
        // Held until the work is done, whether or not somebody still waits for it.
        let _permit = permit;
        let hash = hash.or_else(|| {
            let known = NOBODY.get();
            known.cloned().or_else(|| {
                let made = hashed(&random::alphanumeric(16), &random::bytes()).ok()?;
                Some(NOBODY.get_or_init(|| made).clone())
            })
        });
        PasswordHash::new(&hash.unwrap_or_default())
            .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    });
    let fits = fits.await.map_err(|e| Error::Broken(e.into()))?;
    Ok(user.filter(|_| fits))
}

//! Client applications.

use crate::catalog::Catalog;
use crate::db::{Error, Row, sql};
use birdhouse_domain::{AppId, Timestamp};

/// A client application; its secrets are sealed.
#[derive(Clone, Debug)]
pub struct ClientApp {
    /// Id.
    pub id: AppId,
    /// Name, displayed to users and in the `source` of Tweets.
    pub name: String,
    /// Homepage.
    pub url: String,
    /// Consumer key.
    pub consumer_key: String,
    /// Sealed consumer secret.
    pub consumer_secret: Vec<u8>,
    /// Registered callback URLs; if empty, any is allowed in OAuth 1.0a.
    pub callbacks: Vec<String>,
    /// Its sealed app-only bearer token, if it has a valid one.
    pub bearer_sealed: Option<Vec<u8>>,
    /// Its OAuth 2.0 client id, if it is a client.
    pub client_id: Option<String>,
    /// Its sealed OAuth 2.0 client secret.
    pub client_secret: Option<Vec<u8>>,
    /// Whether it is a public client, such as a phone app, which cannot keep a secret.
    pub is_public: bool,
    /// When it was created.
    pub created_at: Timestamp,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, url, consumer_key, consumer_secret, callbacks, bearer_sealed, \
             created_at, client_id, client_secret, is_public FROM apps ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<ClientApp, Error> {
    Ok(ClientApp {
        id: AppId(row.int(0)?),
        name: row.text(1)?.to_owned(),
        url: row.text(2)?.to_owned(),
        consumer_key: row.text(3)?.to_owned(),
        consumer_secret: row.bytes(4)?.to_vec(),
        callbacks: row.text(5)?.lines().map(str::to_owned).collect(),
        bearer_sealed: row.opt_bytes(6)?.map(<[u8]>::to_vec),
        created_at: Timestamp(row.int(7)?),
        client_id: row.opt_text(8)?.map(str::to_owned),
        client_secret: row.opt_bytes(9)?.map(<[u8]>::to_vec),
        is_public: row.flag(10)?,
    })
}

impl Catalog {
    /// The app with this id.
    pub async fn app(&self, id: AppId) -> Result<Option<ClientApp>, Error> {
        let row = self.db.query_one(select!("WHERE id = $1"), vec![id.0.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Any app; `None` if there is none.
    pub async fn any_app(&self) -> Result<Option<ClientApp>, Error> {
        let row = self.db.query_one(select!("LIMIT 1"), Vec::new()).await?;
        row.as_ref().map(read).transpose()
    }

    /// The app with this name.
    pub async fn app_by_name(&self, name: &str) -> Result<Option<ClientApp>, Error> {
        let row = self.db.query_one(select!("WHERE name = $1"), vec![name.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The app with this consumer key.
    pub async fn app_by_key(&self, consumer_key: &str) -> Result<Option<ClientApp>, Error> {
        let key = vec![consumer_key.into()];
        let row = self.db.query_one(select!("WHERE consumer_key = $1"), key).await?;
        row.as_ref().map(read).transpose()
    }

    /// The app with this OAuth 2.0 client id.
    pub async fn app_by_client_id(&self, client_id: &str) -> Result<Option<ClientApp>, Error> {
        let row =
            self.db.query_one(select!("WHERE client_id = $1"), vec![client_id.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Makes an app an OAuth 2.0 client; `false` if it is one already.
    pub async fn add_client(&self, id: AppId, client: &str, secret: &[u8]) -> Result<bool, Error> {
        let update = sql(
            "UPDATE apps SET client_id = $1, client_secret = $2 \
             WHERE id = $3 AND client_id IS NULL",
            [client.into(), secret.into(), id.0.into()],
        );
        self.write(vec![update.expect(1)]).await
    }

    /// Sets whether an app is a public client.
    pub async fn set_public(&self, id: AppId, is_public: bool) -> Result<bool, Error> {
        let text = "UPDATE apps SET is_public = $1 WHERE id = $2";
        self.write(vec![sql(text, [is_public.into(), id.0.into()]).expect(1)]).await
    }

    /// Replaces the callback URLs of an app.
    pub async fn set_callbacks(&self, id: AppId, callbacks: &[String]) -> Result<bool, Error> {
        let text = "UPDATE apps SET callbacks = $1 WHERE id = $2";
        self.write(vec![sql(text, [callbacks.join("\n").into(), id.0.into()]).expect(1)]).await
    }

    /// The app whose valid app-only bearer token has this hash.
    pub async fn app_by_bearer(&self, hash: &[u8]) -> Result<Option<ClientApp>, Error> {
        let row = self.db.query_one(select!("WHERE bearer_hash = $1"), vec![hash.into()]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Adds an app; `false` if its name or consumer key is taken.
    pub async fn add_app(&self, app: &ClientApp) -> Result<bool, Error> {
        let insert = sql(
            "INSERT INTO apps (id, name, url, consumer_key, consumer_secret, callbacks, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            [
                app.id.0.into(),
                app.name.as_str().into(),
                app.url.as_str().into(),
                app.consumer_key.as_str().into(),
                app.consumer_secret.as_slice().into(),
                app.callbacks.join("\n").into(),
                app.created_at.0.into(),
            ],
        );
        self.write(vec![insert.expect(1)]).await
    }

    /// Replaces an app's consumer key and sealed secret; `false` if the key is another app's.
    pub async fn set_app_keys(&self, id: AppId, key: &str, secret: &[u8]) -> Result<bool, Error> {
        let update = sql(
            "UPDATE apps SET consumer_key = $1, consumer_secret = $2 WHERE id = $3 \
             AND NOT EXISTS (SELECT 1 FROM apps AS other WHERE other.consumer_key = $1 \
             AND other.id <> $3)",
            [key.into(), secret.into(), id.0.into()],
        );
        self.write(vec![update.expect(1)]).await
    }

    /// Adds a bearer token to an app; `false` if it has one already.
    pub async fn add_bearer(&self, id: AppId, hash: &[u8], sealed: &[u8]) -> Result<bool, Error> {
        let update = sql(
            "UPDATE apps SET bearer_hash = $1, bearer_sealed = $2 \
             WHERE id = $3 AND bearer_hash IS NULL",
            [hash.into(), sealed.into(), id.0.into()],
        );
        self.write(vec![update.expect(1)]).await
    }

    /// Removes an app's bearer token; `false` if it is not this app's.
    pub async fn remove_bearer(&self, id: AppId, hash: &[u8]) -> Result<bool, Error> {
        let update = sql(
            "UPDATE apps SET bearer_hash = NULL, bearer_sealed = NULL \
             WHERE id = $1 AND bearer_hash = $2",
            [id.0.into(), hash.into()],
        );
        self.write(vec![update.expect(1)]).await
    }
}

//! Delegates: users who may describe the media of another.

use crate::catalog::Catalog;
use crate::db::{Error, Value, sql};
use birdhouse_domain::{Timestamp, UserId};

impl Catalog {
    /// Whether a user is a delegate of another.
    pub async fn is_delegate(&self, owner: UserId, delegate: UserId) -> Result<bool, Error> {
        let text = "SELECT 1 FROM delegates WHERE user_id = $1 AND delegate_id = $2";
        let parameters: Vec<Value> = vec![owner.0.into(), delegate.0.into()];
        Ok(self.db.query_one(text, parameters).await?.is_some())
    }

    /// Makes a user a delegate of another. Durable when this returns.
    pub async fn add_delegate(
        &self,
        owner: UserId,
        delegate: UserId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let text = "INSERT INTO delegates (user_id, delegate_id, created_at) VALUES ($1, $2, $3) \
                    ON CONFLICT DO NOTHING";
        self.write(vec![sql(text, [owner.0.into(), delegate.0.into(), now.0.into()])]).await?;
        Ok(())
    }

    /// Ends that; `false` if it was none.
    pub async fn remove_delegate(&self, owner: UserId, delegate: UserId) -> Result<bool, Error> {
        let text = "DELETE FROM delegates WHERE user_id = $1 AND delegate_id = $2";
        self.write(vec![sql(text, [owner.0.into(), delegate.0.into()]).expect(1)]).await
    }

    /// The delegates of a user, by name.
    pub async fn delegates(&self, owner: UserId) -> Result<Vec<(UserId, String)>, Error> {
        let text = "SELECT u.id, u.screen_name FROM delegates AS d \
                    JOIN users AS u ON u.id = d.delegate_id WHERE d.user_id = $1 \
                    ORDER BY u.screen_name_key";
        self.user_names(text, owner).await
    }

    /// Ids and screen names that a query about one user returns.
    pub(crate) async fn user_names(
        &self,
        text: &'static str,
        user: UserId,
    ) -> Result<Vec<(UserId, String)>, Error> {
        let rows = self.db.query(text, vec![user.0.into()]).await?;
        rows.iter().map(|row| Ok((UserId(row.int(0)?), row.text(1)?.to_owned()))).collect()
    }
}

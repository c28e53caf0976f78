//! What users require of the descriptions in their own Tweets.

use crate::catalog::{Catalog, unsigned};
use crate::db::{Error, sql};
use birdhouse_domain::UserId;
use birdhouse_domain::alt_text_lint::Level;
use birdhouse_domain::alt_text_policy::{AltTextPolicy, PolicyMode};

impl Catalog {
    /// A user's policy; that of a user who never set one is off.
    pub async fn alt_text_policy(&self, user: UserId) -> Result<AltTextPolicy, Error> {
        let text = "SELECT mode, minimum, level FROM alt_text_policies WHERE user_id = $1";
        let row = self.db.query_one(text, vec![user.0.into()]).await?;
        let Some(row) = row else { return Ok(AltTextPolicy::default()) };
        Ok(AltTextPolicy {
            mode: PolicyMode::parse(row.text(0)?).unwrap_or(PolicyMode::Require),
            minimum: unsigned(row.int(1)?),
            level: row.opt_text(2)?.and_then(Level::parse),
        })
    }

    /// Sets it. Durable when this returns.
    pub async fn set_alt_text_policy(
        &self,
        user: UserId,
        policy: &AltTextPolicy,
    ) -> Result<(), Error> {
        let text = "INSERT INTO alt_text_policies (user_id, mode, minimum, level) \
                    VALUES ($1, $2, $3, $4) ON CONFLICT (user_id) DO UPDATE \
                    SET mode = excluded.mode, minimum = excluded.minimum, level = excluded.level";
        let parameters = [
            user.0.into(),
            policy.mode.name().into(),
            policy.minimum.into(),
            policy.level.map(Level::name).into(),
        ];
        self.write(vec![sql(text, parameters)]).await?;
        Ok(())
    }
}

//! PostgreSQL: a pool of connections with prepared statements.

mod convert;

use super::migrate::{self, Step};
use super::values::{EngineKind, Error, Migrations, Row, Statement, Value, WriteOutcome};
use convert::{references, row};
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
    Transaction,
};
use std::error::Error as _;
use std::fmt::Write;
use std::time::Duration;
use tokio_postgres::NoTls;
use tokio_postgres::error::{DbError, Severity, SqlState};

/// The longest wait for a connection, free or new.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait for the outcome of a read or a write.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection is waited for whose answer did not come in time: a server process that is stopped,
/// or hangs in its disk, is still connected. Not short, because each may leave such a process behind.
const GIVEN_UP_AFTER: Duration = Duration::from_mins(5);
/// How often a statement is sent that fails in passing, as by a deadlock or a lost connection, before it
/// can have had an effect.
const LOST_TRIES: u32 = 3;
/// Size of the pool.
const CONNECTIONS: usize = 8;
/// Has a COMMIT answered when it is flushed, also where a role or database is set up otherwise; and ends
/// the wait for a row that another connection holds.
const SET_UP: &str = "SELECT set_config('synchronous_commit', 'on', false) \
                      WHERE current_setting('synchronous_commit') = 'off'; \
                      SET lock_timeout = '10s'";
/// A server that is not there any more is noticed after half a minute.
const KEEPALIVE: Duration = Duration::from_secs(10);
const LOST_AFTER: Duration = Duration::from_secs(30);
/// The advisory lock under which migrations run, so that two servers don't run them at the same time.
const LOCK: i64 = 0x6269_7264;

/// An open PostgreSQL database.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
}

fn broken(error: &tokio_postgres::Error) -> Error {
    let detail = error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string);
    let cause = std::error::Error::source(error);
    // After such an error PostgreSQL ends the connection, as it does when it is stopped: also in place
    // of the answer to a COMMIT.
    let severity = error.as_db_error().and_then(DbError::parsed_severity);
    let is_ended = matches!(severity, Some(Severity::Fatal | Severity::Panic));
    if is_ended
        || is_passing(error)
        || error.is_closed()
        || cause.is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
    {
        return Error::Unavailable(detail);
    }
    Error::Broken(detail)
}

/// Whether the same statement may succeed later: a deadlock, a lock that is held too long, a lost
/// connection, a lack of disk or memory, an error of the disk, a cancelled statement or a shutdown, a
/// server that only reads after a failover.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    let code = error.code().map(SqlState::code).unwrap_or_default();
    code == SqlState::READ_ONLY_SQL_TRANSACTION.code()
        || ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))
}

/// An error and what caused it, such as a wrong password or a refused connection.
fn with_causes(error: &tokio_postgres::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        let _written = write!(text, ": {one}");
        cause = one.source();
    }
    text
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|e: tokio_postgres::Error| Error::Broken(e.to_string()))?;
        config.keepalives_idle(KEEPALIVE).keepalives_interval(KEEPALIVE).keepalives_retries(2);
        config.tcp_user_timeout(LOST_AFTER);
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, NoTls, recycling);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECT_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .recycle_timeout(Some(CONNECT_TIMEOUT))
            .post_create(Hook::async_fn(|client, _| {
                let flushed = client.batch_execute(SET_UP);
                Box::pin(async move { flushed.await.map_err(HookError::Backend) })
            }))
            .build();
        let pool = pool.map_err(|e| Error::Broken(e.to_string()))?;
        let opened = Self { pool };
        opened.verify_encoding().await?;
        Ok(opened)
    }

    /// Refuses a database that cannot hold every text.
    async fn verify_encoding(&self) -> Result<(), Error> {
        let rows = self.query("SELECT current_setting('server_encoding')", Vec::new()).await?;
        match rows.first().map(|row| row.text(0)).transpose()? {
            Some("UTF8") => Ok(()),
            other => Err(Error::Broken(format!(
                "its encoding is {}, not UTF8: create the database with `ENCODING 'UTF8' TEMPLATE \
                 template0`",
                other.unwrap_or("unknown")
            ))),
        }
    }

    async fn client(&self) -> Result<Object, Error> {
        self.pool.get().await.map_err(|error| {
            let detail = match &error {
                PoolError::Backend(cause) => with_causes(cause),
                other => other.to_string(),
            };
            Error::Unavailable(detail)
        })
    }

    pub(super) async fn query(
        &self,
        text: &'static str,
        parameters: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        let mut tries = LOST_TRIES;
        loop {
            let client = self.client().await?;
            let outcome = limited(query_on(&client, text, &parameters)).await;
            tries -= 1;
            let is_final = tries == 0 || !is_lost(outcome.as_ref());
            let outcome = release(client, outcome);
            if is_final {
                return outcome;
            }
        }
    }

    pub(super) async fn write(&self, statements: Vec<Statement>) -> Result<WriteOutcome, Error> {
        let mut tries = LOST_TRIES;
        loop {
            let mut client = self.client().await?;
            let mut committing = None;
            let outcome = limited(write_on(&mut client, &statements, &mut committing)).await;
            tries -= 1;
            let is_final = tries == 0 || !is_lost(outcome.as_ref());
            let outcome = release(client, outcome);
            if let Some(sent) = committing {
                return self.resolve(outcome, sent).await;
            }
            if is_final {
                return outcome;
            }
        }
    }

    /// The outcome of a write whose COMMIT was sent, if need be looked up.
    async fn resolve(
        &self,
        outcome: Result<WriteOutcome, Error>,
        sent: Committing,
    ) -> Result<WriteOutcome, Error> {
        let Err(Error::Unavailable(why)) = &outcome else { return outcome };
        match limited(self.is_committed(&sent)).await.flatten() {
            Some(true) => Ok(WriteOutcome::Applied(sent.results)),
            Some(false) => outcome,
            None => Err(Error::Unavailable(format!(
                "{why}; it is unknown whether the write is applied"
            ))),
        }
    }

    /// Whether a transaction whose COMMIT was not answered is applied, once the database answers again
    /// and it is decided; `None` if that cannot be found out.
    ///
    /// A server that crashed may give the id of a lost transaction to another one. So the id counts
    /// only if no recovery can have been in between, or the checkpoint that ended it knew the id.
    async fn is_committed(&self, sent: &Committing) -> Option<bool> {
        let text = concat!(
            "SELECT CASE WHEN ",
            epoch!(),
            " = $2 OR (split_part(",
            epoch!(),
            ", ' ', 1) = split_part($2, ' ', 1) AND $1::text::xid8 < \
             (SELECT (split_part(next_xid, ':', 1)::numeric * 4294967296 \
             + split_part(next_xid, ':', 2)::numeric)::text::xid8 FROM pg_control_checkpoint())) \
             THEN pg_xact_status($1::text::xid8) END"
        );
        loop {
            let parameters = vec![sent.transaction.as_str().into(), sent.epoch.as_str().into()];
            if let Ok(rows) = self.query(text, parameters).await {
                match rows.first()?.opt_text(0).ok()? {
                    Some("committed") => return Some(true),
                    Some("aborted") => return Some(false),
                    Some("in progress") => {}
                    _ => return None,
                }
            }
            pause().await;
        }
    }

    pub(super) async fn migrate(&self, migrations: &'static Migrations) -> Result<(), Error> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(|e| broken(&e))?;
        let lock = format!("SET LOCAL lock_timeout = 0; SELECT pg_advisory_xact_lock({LOCK})");
        transaction.batch_execute(&lock).await.map_err(|e| broken(&e))?;
        transaction.batch_execute(migrate::TABLE).await.map_err(|e| broken(&e))?;
        let text = "SELECT number, checksum FROM schema_migrations";
        let found = transaction.query(text, &[]).await.map_err(|e| broken(&e))?;
        let applied: Vec<(i64, i64)> = found.iter().map(|r| (r.get(0), r.get(1))).collect();
        for Step { number, name, sql } in
            migrate::missing(migrations, EngineKind::Postgres, &applied)?
        {
            transaction.batch_execute(&sql).await.map_err(|e| broken(&e))?;
            let insert = "INSERT INTO schema_migrations (number, name, checksum) \
                          VALUES ($1, $2, $3)";
            let sum = migrate::checksum(&sql);
            transaction.execute(insert, &[&number, &name, &sum]).await.map_err(|e| broken(&e))?;
        }
        transaction.commit().await.map_err(|e| broken(&e))
    }
}

/// `None` if it takes too long.
async fn limited<T>(work: impl Future<Output = T>) -> Option<T> {
    within(OUTCOME_TIMEOUT, work).await
}

#[expect(clippy::disallowed_methods, reason = "the clock of a database server cannot be moved")]
async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}

/// The pause between two looks at a transaction that is not decided yet.
#[expect(clippy::disallowed_methods, reason = "the clock of a database server cannot be moved")]
async fn pause() {
    tokio::time::sleep(Duration::from_millis(50)).await;
}

/// Whether it failed in passing, as by a deadlock, or because the database restarts.
fn is_lost<T>(outcome: Option<&Result<T, Error>>) -> bool {
    matches!(outcome, Some(Err(Error::Unavailable(_))))
}

/// Returns a connection to the pool, unless a new one may do better: this one reaches a server that is
/// stopped, or only reads after a failover. One that still waits for an answer keeps its place in the
/// pool until that comes, it is lost, or some minutes have passed: a server that stalls does not get ever
/// more connections.
fn release<T>(client: Object, outcome: Option<Result<T, Error>>) -> Result<T, Error> {
    let Some(outcome) = outcome else {
        tokio::spawn(async move {
            let _answered = within(GIVEN_UP_AFTER, client.simple_query("")).await;
            // Closes the connection.
            drop(Object::take(client));
        });
        let seconds = OUTCOME_TIMEOUT.as_secs();
        return Err(Error::Unavailable(format!("it did not answer within {seconds} s")));
    };
    if matches!(outcome, Err(Error::Unavailable(_))) {
        drop(Object::take(client));
    }
    outcome
}

async fn query_on(
    client: &Object,
    text: &'static str,
    parameters: &[Value],
) -> Result<Vec<Row>, Error> {
    let prepared = client.prepare_cached(text).await.map_err(|e| broken(&e))?;
    let found = client.query(&prepared, &references(parameters)).await;
    found.map_err(|e| broken(&e))?.iter().map(row).collect()
}

/// Timeline and last checkpoint of the server, which change when it recovers from a crash.
macro_rules! epoch {
    () => {
        "(SELECT left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) || ' ' || checkpoint_lsn::text \
         FROM pg_control_checkpoint())"
    };
}
use epoch;

/// A transaction whose COMMIT was sent.
struct Committing {
    /// Its id, by which its outcome can be looked up.
    transaction: String,
    /// The epoch of that id.
    epoch: String,
    /// The rows that its statements returned.
    results: Vec<Vec<Row>>,
}

async fn write_on(
    client: &mut Object,
    statements: &[Statement],
    committing: &mut Option<Committing>,
) -> Result<WriteOutcome, Error> {
    let transaction = client.transaction().await.map_err(|e| broken(&e))?;
    // Sent together with the first statement.
    let (id, outcome) = tokio::join!(id_of(&transaction), apply(&transaction, statements));
    // After an error of one of them the other reports only that there was one.
    let (id, epoch) = match (id, outcome.as_ref()) {
        (Err(error), Err(_)) if error.code() == Some(&SqlState::IN_FAILED_SQL_TRANSACTION) => {
            return outcome;
        }
        (id, _) => id.map_err(|e| broken(&e))?,
    };
    let outcome = outcome?;
    let WriteOutcome::Applied(results) = outcome else {
        transaction.rollback().await.map_err(|e| broken(&e))?;
        return Ok(outcome);
    };
    *committing = Some(Committing { transaction: id, epoch, results: results.clone() });
    transaction.commit().await.map_err(|e| broken(&e))?;
    Ok(WriteOutcome::Applied(results))
}

/// The id by which the outcome of a transaction can be looked up later, and its epoch.
async fn id_of(transaction: &Transaction<'_>) -> Result<(String, String), tokio_postgres::Error> {
    let text = concat!("SELECT pg_current_xact_id()::text, ", epoch!());
    let prepared = transaction.prepare_cached(text).await?;
    let found = transaction.query_one(&prepared, &[]).await?;
    Ok((found.try_get(0)?, found.try_get(1)?))
}

async fn apply(
    transaction: &Transaction<'_>,
    statements: &[Statement],
) -> Result<WriteOutcome, Error> {
    let mut results = Vec::with_capacity(statements.len());
    for (index, statement) in statements.iter().enumerate() {
        let prepared = transaction.prepare_cached(statement.text).await.map_err(|e| broken(&e))?;
        let parameters = references(&statement.parameters);
        let (rows, changed) = if prepared.columns().is_empty() {
            let changed = transaction.execute(&prepared, &parameters).await;
            (Vec::new(), changed.map_err(|e| broken(&e))?)
        } else {
            let found = transaction.query(&prepared, &parameters).await;
            let found = found.map_err(|e| broken(&e))?;
            let rows: Vec<Row> = found.iter().map(row).collect::<Result<_, _>>()?;
            let count = rows.len() as u64;
            (rows, count)
        };
        if !statement.is_met(changed) {
            return Ok(WriteOutcome::Refused { statement: index });
        }
        results.push(rows);
    }
    Ok(WriteOutcome::Applied(results))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a server only; time passes as soon as nothing else happens.
    #[tokio::test]
    async fn a_connection_that_never_answers_is_given_up_and_replaced() {
        let Ok(url) = std::env::var("TEST_DATABASE_URL") else { return };
        let database = Postgres::open(&url).await.unwrap();
        tokio::time::pause();
        let outcome = database.query("SELECT pg_sleep(60)::text", Vec::new()).await;
        assert!(matches!(outcome, Err(Error::Unavailable(_))), "{outcome:?}");
        assert_eq!(database.pool.status().size, 1, "it keeps its place");
        pause().await;
        tokio::time::advance(GIVEN_UP_AFTER).await;
        pause().await;
        assert_eq!(database.pool.status().size, 0);
        tokio::time::resume();
        assert_eq!(database.query("SELECT 'a'", Vec::new()).await.unwrap().len(), 1);
    }
}

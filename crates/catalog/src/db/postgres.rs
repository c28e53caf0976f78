//! PostgreSQL: a pool of connections with prepared statements.

use super::migrate;
use super::values::{Error, Migration, Row, Statement, Value, WriteOutcome};
use bytes::BytesMut;
use deadpool_postgres::{
    Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Runtime,
    Transaction,
};
use std::error::Error as _;
use std::fmt::Write;
use std::time::Duration;
use tokio_postgres::NoTls;
use tokio_postgres::error::{DbError, Severity, SqlState};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

/// The longest wait for a connection, free or new.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest wait for the outcome of a read or a write.
const OUTCOME_TIMEOUT: Duration = Duration::from_secs(15);
/// How often a statement is sent that fails in passing, as by a deadlock or a lost connection, before it
/// can have had an effect.
const LOST_TRIES: u32 = 3;
/// Size of the pool.
const CONNECTIONS: usize = 8;
/// Has a COMMIT answered when it is flushed, also where a role or database is set up otherwise.
const FLUSH_COMMITS: &str = "SELECT set_config('synchronous_commit', 'on', false) \
                             WHERE current_setting('synchronous_commit') = 'off'";
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

/// Whether the same statement may succeed later: a deadlock, a lost connection, a lack of disk or
/// memory, a cancelled statement or a shutdown, a server that only reads after a failover.
fn is_passing(error: &tokio_postgres::Error) -> bool {
    let code = error.code().map(SqlState::code).unwrap_or_default();
    code == SqlState::READ_ONLY_SQL_TRANSACTION.code()
        || ["08", "40", "53", "57"].iter().any(|class| code.starts_with(class))
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
        let config: tokio_postgres::Config =
            url.parse().map_err(|e: tokio_postgres::Error| Error::Broken(e.to_string()))?;
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, NoTls, recycling);
        let pool = Pool::builder(manager)
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECT_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .recycle_timeout(Some(CONNECT_TIMEOUT))
            .post_create(Hook::async_fn(|client, _| {
                let flushed = client.batch_execute(FLUSH_COMMITS);
                Box::pin(async move { flushed.await.map_err(HookError::Backend) })
            }))
            .build();
        let pool = pool.map_err(|e| Error::Broken(e.to_string()))?;
        let opened = Self { pool };
        drop(opened.client().await?);
        Ok(opened)
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

    pub(super) async fn migrate(&self, migrations: &'static [Migration]) -> Result<(), Error> {
        let mut client = self.client().await?;
        let transaction = client.transaction().await.map_err(|e| broken(&e))?;
        let lock = format!("SELECT pg_advisory_xact_lock({LOCK})");
        transaction.batch_execute(&lock).await.map_err(|e| broken(&e))?;
        transaction.batch_execute(migrate::TABLE).await.map_err(|e| broken(&e))?;
        let text = "SELECT number, checksum FROM schema_migrations";
        let found = transaction.query(text, &[]).await.map_err(|e| broken(&e))?;
        let applied: Vec<(i64, i64)> = found.iter().map(|r| (r.get(0), r.get(1))).collect();
        for Migration { number, name, sql } in migrate::missing(migrations, &applied)? {
            transaction.batch_execute(sql).await.map_err(|e| broken(&e))?;
            let insert = "INSERT INTO schema_migrations (number, name, checksum) \
                          VALUES ($1, $2, $3)";
            let sum = migrate::checksum(sql);
            transaction.execute(insert, &[number, name, &sum]).await.map_err(|e| broken(&e))?;
        }
        transaction.commit().await.map_err(|e| broken(&e))
    }
}

/// `None` if it takes too long.
#[expect(clippy::disallowed_methods, reason = "the clock of a database server cannot be moved")]
async fn limited<T>(work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(OUTCOME_TIMEOUT, work).await.ok()
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

/// Returns a connection to the pool, unless a new one may do better: this one still waits for an answer,
/// or reaches a server that is stopped, or only reads after a failover.
fn release<T>(client: Object, outcome: Option<Result<T, Error>>) -> Result<T, Error> {
    let seconds = OUTCOME_TIMEOUT.as_secs();
    let late = || Err(Error::Unavailable(format!("it did not answer within {seconds} s")));
    let outcome = outcome.unwrap_or_else(late);
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

fn references(parameters: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    parameters.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(number) if *kind == Type::INT4 => i32::try_from(*number)?.to_sql(kind, out),
            Self::Int(number) => number.to_sql(kind, out),
            Self::Text(text) => text.to_sql(kind, out),
            Self::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }

    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::TEXT, Type::VARCHAR, Type::JSON, Type::BYTEA].contains(kind)
    }

    to_sql_checked!();
}

fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    let read = |column: usize| -> Result<Value, Error> {
        let kind = row.columns()[column].type_();
        let value = match *kind {
            Type::INT4 => row.try_get::<_, Option<i32>>(column).map(Value::from),
            Type::INT8 => row.try_get::<_, Option<i64>>(column).map(Value::from),
            Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(column).map(Value::from),
            _ => row.try_get::<_, Option<String>>(column).map(Value::from),
        };
        value.map_err(|e| Error::Broken(e.to_string()))
    };
    (0..row.len()).map(read).collect::<Result<_, _>>().map(Row)
}

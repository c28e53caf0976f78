//! SQLite: a few reader threads, and one writer thread that commits all queued writes together.
//!
//! Group commit makes durable writes fast: one flush to the disk acknowledges all.

mod group_commit;
mod opened;

use super::migrate::{self, Step};
use super::values::{EngineKind, Error, Migrations, Row, Statement, Value, WriteOutcome};
use group_commit::commit_together;
use opened::OpenedFiles;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc as queue, oneshot};

/// Number of reader threads.
const READERS: usize = 2;
/// Maximum number of writes in one commit.
const BATCH: usize = 256;
/// The pauses before a failed read is tried again.
const READ_PAUSES: [Duration; 4] = [
    Duration::from_millis(5),
    Duration::from_millis(20),
    Duration::from_millis(100),
    Duration::from_millis(400),
];
/// Length of the queue of each thread.
const QUEUE_LENGTH: usize = 4096;

type Reply<T> = oneshot::Sender<Result<T, Error>>;

enum Task {
    Write(Vec<Statement>, Reply<WriteOutcome>),
    Migrate(&'static Migrations, Reply<()>),
    Close(oneshot::Sender<()>),
}

struct Read {
    text: &'static str,
    parameters: Vec<Value>,
    reply: Reply<Vec<Row>>,
}

/// An open SQLite file.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: queue::Sender<Task>,
    readers: Arc<Vec<queue::Sender<Read>>>,
    turn: Arc<AtomicUsize>,
    files: Arc<OpenedFiles>,
}

impl Sqlite {
    pub(super) async fn open(path: &Path, may_create: bool) -> Result<Self, Error> {
        let path = path.to_owned();
        let mut flags = OpenFlags::default();
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, may_create);
        let opened = tokio::task::spawn_blocking(move || Self::start(&path, flags)).await;
        opened.map_err(|e| Error::Broken(e.to_string()))?
    }

    fn start(path: &Path, flags: OpenFlags) -> Result<Self, Error> {
        let connection = connect(path, flags)?;
        let files = Arc::new(OpenedFiles::of(&connection, path)?);
        let (writer, tasks) = queue::channel(QUEUE_LENGTH);
        let written = files.clone();
        spawn("sqlite-writer", move || write_loop(connection, &written, tasks))?;
        let mut readers = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let connection = connect(path, flags)?;
            connection.pragma_update(None, "query_only", true).map_err(broken)?;
            let (reader, reads) = queue::channel(QUEUE_LENGTH);
            spawn("sqlite-reader", move || read_loop(&connection, reads))?;
            readers.push(reader);
        }
        files.verify()?;
        Ok(Self { writer, readers: Arc::new(readers), turn: Arc::default(), files })
    }

    /// Fails if the database's files were deleted or replaced. Blocks.
    pub(super) fn verify_files(&self) -> Result<(), Error> {
        self.files.verify()
    }

    pub(super) async fn query(
        &self,
        text: &'static str,
        parameters: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        let (reply, replied) = oneshot::channel();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        self.readers[turn].send(Read { text, parameters, reply }).await.map_err(|_| closed())?;
        replied.await.map_err(|_| closed())?
    }

    pub(super) async fn write(&self, statements: Vec<Statement>) -> Result<WriteOutcome, Error> {
        let (reply, replied) = oneshot::channel();
        self.writer.send(Task::Write(statements, reply)).await.map_err(|_| closed())?;
        replied.await.map_err(|_| closed())?
    }

    pub(super) async fn migrate(&self, migrations: &'static Migrations) -> Result<(), Error> {
        let (reply, replied) = oneshot::channel();
        self.writer.send(Task::Migrate(migrations, reply)).await.map_err(|_| closed())?;
        replied.await.map_err(|_| closed())?
    }

    pub(super) async fn close(self) {
        let (done, closed) = oneshot::channel();
        if self.writer.send(Task::Close(done)).await.is_ok() {
            drop(closed.await);
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    let spawned = thread::Builder::new().name(name.to_owned()).spawn(run);
    spawned.map(drop).map_err(|e| Error::Unavailable(e.to_string()))
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(path, flags).map_err(broken)?;
    connection.busy_timeout(Duration::from_secs(10)).map_err(broken)?;
    connection.set_prepared_statement_cache_capacity(128);
    connection
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA temp_store = MEMORY;",
        )
        .map_err(broken)?;
    Ok(connection)
}

fn closed() -> Error {
    Error::Unavailable("the database is closed".to_owned())
}

fn broken(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(
            ErrorCode::DatabaseBusy
            | ErrorCode::DatabaseLocked
            | ErrorCode::DiskFull
            | ErrorCode::SystemIoFailure
            // Also what a page seems to be whose reading failed before.
            | ErrorCode::DatabaseCorrupt
            | ErrorCode::CannotOpen
            | ErrorCode::OutOfMemory,
        ) => Error::Unavailable(error.to_string()),
        _ => Error::Broken(error.to_string()),
    }
}

fn read_loop(connection: &Connection, mut reads: queue::Receiver<Read>) {
    while let Some(read) = reads.blocking_recv() {
        // Fails only if the caller was dropped.
        drop(read.reply.send(read_patiently(connection, read.text, &read.parameters)));
    }
}

/// A disk may fail for a moment. What was written just now is read to answer: if that fails, a write
/// that is applied is told as refused.
#[expect(clippy::disallowed_methods, reason = "a disk recovers in real time")]
fn read_patiently(
    connection: &Connection,
    text: &str,
    parameters: &[Value],
) -> Result<Vec<Row>, Error> {
    for pause in READ_PAUSES {
        match rows(connection, text, parameters) {
            Err(Error::Unavailable(_)) => thread::sleep(pause),
            outcome => return outcome,
        }
    }
    rows(connection, text, parameters)
}

fn rows(connection: &Connection, text: &str, parameters: &[Value]) -> Result<Vec<Row>, Error> {
    let mut statement = connection.prepare_cached(text).map_err(broken)?;
    bind(&mut statement, parameters)?;
    let columns = statement.column_count();
    let mut found = statement.raw_query();
    let mut all = Vec::new();
    while let Some(row) = found.next().map_err(broken)? {
        let values = (0..columns).map(|column| row.get_ref(column).map(value));
        all.push(Row(values.collect::<Result<_, _>>().map_err(broken)?));
    }
    Ok(all)
}

/// Binds `$1`, `$2`, … by name: SQLite numbers parameters by first appearance, so that the indices
/// may differ.
fn bind(statement: &mut rusqlite::Statement<'_>, parameters: &[Value]) -> Result<(), Error> {
    const NAMES: [&str; 20] = [
        "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14",
        "$15", "$16", "$17", "$18", "$19", "$20",
    ];
    if parameters.len() > NAMES.len() {
        return Err(Error::Broken("a statement has more than 20 parameters".to_owned()));
    }
    for (value, name) in parameters.iter().zip(NAMES) {
        let Some(index) = statement.parameter_index(name).map_err(broken)? else { continue };
        statement.raw_bind_parameter(index, value).map_err(broken)?;
    }
    Ok(())
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        let borrowed = match self {
            Self::Null => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        };
        Ok(rusqlite::types::ToSqlOutput::Borrowed(borrowed))
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Int(number),
        // Unused: no column holds fractions.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

fn write_loop(connection: Connection, files: &OpenedFiles, mut tasks: queue::Receiver<Task>) {
    let mut postponed = VecDeque::new();
    while let Some(task) = postponed.pop_front().or_else(|| tasks.blocking_recv()) {
        match task {
            Task::Migrate(migrations, reply) => drop(reply.send(apply(&connection, migrations))),
            Task::Close(done) => {
                if let Err((_, error)) = connection.close() {
                    tracing::warn!(%error, "the database could not be closed cleanly");
                }
                if done.send(()).is_err() {
                    tracing::debug!("the task that closes the database was dropped");
                }
                return;
            }
            Task::Write(statements, reply) => {
                let mut batch = vec![(statements, reply)];
                while batch.len() < BATCH {
                    match tasks.try_recv() {
                        Ok(Task::Write(statements, reply)) => batch.push((statements, reply)),
                        Ok(other) => {
                            postponed.push_back(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                commit_together(&connection, files, batch);
            }
        }
    }
}

fn run(connection: &Connection, text: &'static str) -> Result<(), Error> {
    connection.prepare_cached(text).and_then(|mut s| s.raw_execute()).map(drop).map_err(broken)
}

fn apply(connection: &Connection, migrations: &'static Migrations) -> Result<(), Error> {
    run(connection, "BEGIN IMMEDIATE")?;
    let applied = apply_migrations(connection, migrations);
    run(connection, if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    applied
}

fn apply_migrations(connection: &Connection, migrations: &'static Migrations) -> Result<(), Error> {
    connection.execute_batch(migrate::TABLE).map_err(broken)?;
    let found = rows(connection, "SELECT number, checksum FROM schema_migrations", &[])?;
    let applied: Vec<(i64, i64)> =
        found.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect::<Result<_, Error>>()?;
    for Step { number, name, sql } in migrate::missing(migrations, EngineKind::Sqlite, &applied)? {
        connection.execute_batch(&sql).map_err(broken)?;
        let insert = "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)";
        let values = [number.into(), name.into(), migrate::checksum(&sql).into()];
        rows(connection, insert, &values)?;
    }
    Ok(())
}

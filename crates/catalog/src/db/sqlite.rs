//! SQLite: a few reader threads, and one writer thread that commits all waiting writes together.
//!
//! Group commit is what makes durable writes fast: one flush to the disk acknowledges all.

use super::migrate;
use super::values::{Error, Migration, Row, Statement, Value, WriteOutcome};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, ToSql};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;
use tokio::sync::{mpsc as queue, oneshot};

/// Threads that read.
const READERS: usize = 2;
/// Writes in one commit, at most.
const BATCH: usize = 256;
/// Writes and reads that may wait for their thread.
const WAITING: usize = 4096;

type Answer<T> = oneshot::Sender<Result<T, Error>>;

enum Task {
    Write(Vec<Statement>, Answer<WriteOutcome>),
    Migrate(&'static [Migration], Answer<()>),
    Close(oneshot::Sender<()>),
}

struct Read {
    text: &'static str,
    parameters: Vec<Value>,
    answer: Answer<Vec<Row>>,
}

/// An open SQLite file.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: queue::Sender<Task>,
    readers: Arc<Vec<queue::Sender<Read>>>,
    turn: Arc<AtomicUsize>,
}

impl Sqlite {
    pub(super) async fn open(path: &Path) -> Result<Self, Error> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || Self::start(&path)).await;
        opened.map_err(|e| Error::Broken(e.to_string()))?
    }

    fn start(path: &Path) -> Result<Self, Error> {
        let connection = connect(path, OpenFlags::default())?;
        let (writer, tasks) = queue::channel(WAITING);
        spawn("sqlite-writer", move || write_loop(connection, tasks))?;
        let mut readers = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let connection = connect(path, OpenFlags::default())?;
            connection.pragma_update(None, "query_only", true).map_err(broken)?;
            let (reader, reads) = queue::channel(WAITING);
            spawn("sqlite-reader", move || read_loop(&connection, reads))?;
            readers.push(reader);
        }
        Ok(Self { writer, readers: Arc::new(readers), turn: Arc::default() })
    }

    pub(super) async fn query(
        &self,
        text: &'static str,
        parameters: Vec<Value>,
    ) -> Result<Vec<Row>, Error> {
        let (answer, answered) = oneshot::channel();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed) % self.readers.len();
        self.readers[turn].send(Read { text, parameters, answer }).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    pub(super) async fn write(&self, statements: Vec<Statement>) -> Result<WriteOutcome, Error> {
        let (answer, answered) = oneshot::channel();
        self.writer.send(Task::Write(statements, answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    pub(super) async fn migrate(&self, steps: &'static [Migration]) -> Result<(), Error> {
        let (answer, answered) = oneshot::channel();
        self.writer.send(Task::Migrate(steps, answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    pub(super) async fn close(self) {
        let (done, is_done) = oneshot::channel();
        if self.writer.send(Task::Close(done)).await.is_ok() {
            drop(is_done.await);
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
    Error::Unavailable("it is closed".to_owned())
}

fn broken(error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull) => {
            Error::Unavailable(error.to_string())
        }
        _ => Error::Broken(error.to_string()),
    }
}

fn read_loop(connection: &Connection, mut reads: queue::Receiver<Read>) {
    while let Some(read) = reads.blocking_recv() {
        // The caller may have gone away meanwhile; then nobody needs the answer.
        drop(read.answer.send(rows(connection, read.text, &read.parameters)));
    }
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

/// Binds `$1`, `$2`, … by their names: SQLite counts parameters by first appearance, so that
/// their places may differ from their numbers.
fn bind(statement: &mut rusqlite::Statement<'_>, parameters: &[Value]) -> Result<(), Error> {
    const NAMES: [&str; 20] = [
        "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14",
        "$15", "$16", "$17", "$18", "$19", "$20",
    ];
    if parameters.len() > NAMES.len() {
        return Err(Error::Broken("a statement has more than 20 parameters".to_owned()));
    }
    for (value, name) in parameters.iter().zip(NAMES) {
        let Some(place) = statement.parameter_index(name).map_err(broken)? else { continue };
        statement.raw_bind_parameter(place, value).map_err(broken)?;
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
        // No statement of ours asks for a fraction.
        ValueRef::Real(number) => Value::Text(number.to_string()),
        ValueRef::Text(text) => Value::Text(String::from_utf8_lossy(text).into_owned()),
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

fn write_loop(connection: Connection, mut tasks: queue::Receiver<Task>) {
    let mut left_over = VecDeque::new();
    while let Some(task) = left_over.pop_front().or_else(|| tasks.blocking_recv()) {
        match task {
            Task::Migrate(steps, answer) => drop(answer.send(apply(&connection, steps))),
            Task::Close(done) => {
                if let Err((_, error)) = connection.close() {
                    tracing::warn!(%error, "the database did not close well");
                }
                if done.send(()).is_err() {
                    tracing::debug!("nobody waited for the database to close");
                }
                return;
            }
            Task::Write(statements, answer) => {
                let mut batch = vec![(statements, answer)];
                while batch.len() < BATCH {
                    match tasks.try_recv() {
                        Ok(Task::Write(statements, answer)) => batch.push((statements, answer)),
                        Ok(other) => {
                            left_over.push_back(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                commit_together(&connection, batch);
            }
        }
    }
}

/// Applies every write of the batch in a savepoint of its own, commits once, and only then
/// answers.
fn commit_together(connection: &Connection, batch: Vec<(Vec<Statement>, Answer<WriteOutcome>)>) {
    let is_alone = batch.len() == 1;
    let begun = run(connection, "BEGIN IMMEDIATE");
    let mut outcomes = Vec::with_capacity(batch.len());
    for (statements, answer) in batch {
        let outcome = match &begun {
            Ok(()) => savepoint(connection, &statements),
            Err(error) => Err(error.clone()),
        };
        outcomes.push((outcome, answer));
    }
    let nothing_to_keep = is_alone && !matches!(outcomes[0].0, Ok(WriteOutcome::Applied(_)));
    let ended = match &begun {
        Ok(()) if nothing_to_keep => run(connection, "ROLLBACK"),
        Ok(()) => run(connection, "COMMIT"),
        Err(error) => Err(error.clone()),
    };
    if ended.is_err() && !connection.is_autocommit() {
        // Answered below as failed; a rollback that fails too leaves nothing to do.
        drop(run(connection, "ROLLBACK"));
    }
    for (outcome, answer) in outcomes {
        let outcome = match &ended {
            Ok(()) => outcome,
            Err(error) => Err(error.clone()),
        };
        drop(answer.send(outcome));
    }
}

fn savepoint(connection: &Connection, statements: &[Statement]) -> Result<WriteOutcome, Error> {
    run(connection, "SAVEPOINT one")?;
    let outcome = execute(connection, statements);
    if !matches!(outcome, Ok(WriteOutcome::Applied(_))) {
        run(connection, "ROLLBACK TO one")?;
    }
    run(connection, "RELEASE one")?;
    outcome
}

fn execute(connection: &Connection, statements: &[Statement]) -> Result<WriteOutcome, Error> {
    let mut answers = Vec::with_capacity(statements.len());
    for (place, statement) in statements.iter().enumerate() {
        let found = rows(connection, statement.text, &statement.parameters)?;
        let changed = if found.is_empty() { connection.changes() } else { found.len() as u64 };
        if !statement.is_met(changed) {
            return Ok(WriteOutcome::Refused { statement: place });
        }
        answers.push(found);
    }
    Ok(WriteOutcome::Applied(answers))
}

fn run(connection: &Connection, text: &'static str) -> Result<(), Error> {
    connection.prepare_cached(text).and_then(|mut s| s.raw_execute()).map(drop).map_err(broken)
}

fn apply(connection: &Connection, steps: &'static [Migration]) -> Result<(), Error> {
    run(connection, "BEGIN IMMEDIATE")?;
    let applied = apply_steps(connection, steps);
    run(connection, if applied.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    applied
}

fn apply_steps(connection: &Connection, steps: &'static [Migration]) -> Result<(), Error> {
    connection.execute_batch(migrate::TABLE).map_err(broken)?;
    let found = rows(connection, "SELECT number, checksum FROM schema_migrations", &[])?;
    let applied: Vec<(i64, i64)> =
        found.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect::<Result<_, Error>>()?;
    for (number, name, text) in migrate::missing(steps, &applied)? {
        connection.execute_batch(text).map_err(broken)?;
        let insert = "INSERT INTO schema_migrations (number, name, checksum) VALUES ($1, $2, $3)";
        let values = [(*number).into(), (*name).into(), migrate::checksum(text).into()];
        rows(connection, insert, &values)?;
    }
    Ok(())
}

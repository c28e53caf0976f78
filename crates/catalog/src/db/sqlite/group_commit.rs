//! Group commit: one flush to the disk acknowledges every write that waits.

use super::opened::OpenedFiles;
use super::{Reply, broken, rows, run};
use crate::db::values::{Error, Statement, WriteOutcome};
use rusqlite::{Connection, ErrorCode};
use std::thread;
use std::time::Duration;

/// How often, and with what pause, a failed COMMIT is overwritten: for about half a minute.
const OVERWRITE_TRIES: u32 = 150;
const OVERWRITE_PAUSE: Duration = Duration::from_millis(200);

/// Applies every write of the batch in a savepoint of its own, commits once, and only then
/// answers.
pub(super) fn commit_together(
    connection: &Connection,
    files: &OpenedFiles,
    batch: Vec<(Vec<Statement>, Reply<WriteOutcome>)>,
) {
    let begun = run(connection, "BEGIN IMMEDIATE");
    let mut outcomes = Vec::with_capacity(batch.len());
    for (statements, _) in &batch {
        outcomes.push(begun.clone().and_then(|()| savepoint(connection, statements)));
        if begun.is_ok() && connection.is_autocommit() {
            break;
        }
    }
    // SQLite itself rolls back the whole transaction after some errors, such as a full disk. What
    // follows would then commit by itself, and what went before is not there any more.
    let is_rolled_back = begun.is_ok() && connection.is_autocommit();
    if is_rolled_back && batch.len() > 1 {
        let alone = batch.into_iter().map(|write| vec![write]);
        return alone.for_each(|write| commit_together(connection, files, write));
    }
    let keeps_nothing = batch.len() == 1 && !matches!(outcomes[0], Ok(WriteOutcome::Applied(_)));
    let ended = match &begun {
        Ok(()) if is_rolled_back => Ok(()),
        Ok(()) if keeps_nothing => run(connection, "ROLLBACK"),
        Ok(()) => commit(connection, files),
        Err(error) => Err(error.clone()),
    };
    for (outcome, (_, reply)) in outcomes.into_iter().zip(batch) {
        drop(reply.send(ended.clone().and(outcome)));
    }
}

/// Commits. What fails is undone for good when this returns.
fn commit(connection: &Connection, files: &OpenedFiles) -> Result<(), Error> {
    if let Err(error) = files.verify() {
        run(connection, "ROLLBACK")?;
        return Err(error);
    }
    let committed = connection.prepare_cached("COMMIT").and_then(|mut s| s.raw_execute());
    let Err(error) = committed else { return Ok(()) };
    if !connection.is_autocommit() {
        // The error is returned below; nothing can be done about a failed rollback.
        drop(run(connection, "ROLLBACK"));
    }
    if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
        overwrite_failed_commit(connection);
    }
    Err(broken(error))
}

/// Makes sure that a COMMIT that failed stays undone: if its last flush failed, all of it is in the
/// log, and the recovery after a crash would find and apply it. Another transaction takes its place
/// in the log. Where that is impossible the process ends, and gives no answer rather than a wrong one.
#[expect(clippy::disallowed_methods, reason = "a disk recovers in real time")]
fn overwrite_failed_commit(connection: &Connection) {
    for _ in 0..OVERWRITE_TRIES {
        match connection.execute_batch("PRAGMA user_version = 0") {
            Ok(()) => return,
            Err(error) => tracing::warn!(%error, "the database cannot undo a failed COMMIT yet"),
        }
        thread::sleep(OVERWRITE_PAUSE);
    }
    tracing::error!(
        "the disk of the database fails, so that it is not known what is stored: the server stops. \
         Repair the disk or free space, and start it again"
    );
    std::process::exit(1);
}

fn savepoint(connection: &Connection, statements: &[Statement]) -> Result<WriteOutcome, Error> {
    run(connection, "SAVEPOINT write")?;
    let outcome = execute(connection, statements);
    if connection.is_autocommit() {
        return outcome;
    }
    if !matches!(outcome, Ok(WriteOutcome::Applied(_))) {
        run(connection, "ROLLBACK TO write")?;
    }
    run(connection, "RELEASE write")?;
    outcome
}

fn execute(connection: &Connection, statements: &[Statement]) -> Result<WriteOutcome, Error> {
    let mut results = Vec::with_capacity(statements.len());
    for (index, statement) in statements.iter().enumerate() {
        let found = rows(connection, statement.text, &statement.parameters)?;
        let changed = match connection.prepare_cached(statement.text).map_err(broken)? {
            returning if returning.column_count() > 0 => found.len() as u64,
            _ => connection.changes(),
        };
        if !statement.is_met(changed) {
            return Ok(WriteOutcome::Refused { statement: index });
        }
        results.push(found);
    }
    Ok(WriteOutcome::Applied(results))
}

#[cfg(test)]
mod tests {
    use super::super::{OpenFlags, connect};
    use super::*;
    use crate::db::values::sql;
    use tokio::sync::oneshot;

    /// A disk that is full makes SQLite roll back the whole transaction of a group.
    #[test]
    fn what_is_answered_as_refused_is_not_there_after_a_full_disk() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("db");
        let connection = connect(&path, OpenFlags::default()).unwrap();
        let files = OpenedFiles::of(&connection, &path).unwrap();
        let schema = "CREATE TABLE t (name TEXT PRIMARY KEY, value BYTEA)";
        connection.execute_batch(schema).unwrap();
        let pages: i64 = connection.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        connection.pragma_update(None, "max_page_count", pages + 8).unwrap();
        let write = |name: &str, bytes: usize| {
            let insert = "INSERT INTO t (name, value) VALUES ($1, $2)";
            let (answer, answered) = oneshot::channel();
            ((vec![sql(insert, [name.into(), vec![1; bytes].into()])], answer), answered)
        };
        let names = ["before", "too large", "after", "last"];
        let (batch, mut answers): (Vec<_>, Vec<_>) = names
            .map(|name| write(name, if name == "too large" { 1 << 20 } else { 10 }))
            .into_iter()
            .unzip();
        commit_together(&connection, &files, batch);
        let mut accepted = Vec::new();
        for (name, answered) in names.iter().zip(&mut answers) {
            if let WriteOutcome::Applied(_) =
                answered.try_recv().unwrap().unwrap_or(WriteOutcome::Refused { statement: 0 })
            {
                accepted.push((*name).to_owned());
            }
        }
        let stored = rows(&connection, "SELECT name FROM t ORDER BY rowid", &[]).unwrap();
        let stored: Vec<_> = stored.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
        assert_eq!(stored, accepted);
        assert_eq!(accepted, ["before", "after", "last"]);
    }
}

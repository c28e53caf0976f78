//! Recognises the files of an open database: what is written to a file that was deleted or replaced
//! is gone when it is closed.

use super::broken;
use crate::db::values::Error;
use rusqlite::Connection;
use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind::NotFound};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Device and inode.
type Identity = (u64, u64);

/// The database, its log and the index of that, as they were when they were opened. Two processes with
/// different indexes write over each other in the log.
#[derive(Debug)]
pub(super) struct OpenedFiles(Vec<(PathBuf, Identity)>);

impl OpenedFiles {
    /// Those of a connection that was just opened from `path`.
    pub(super) fn of(connection: &Connection, path: &Path) -> Result<Self, Error> {
        // The first read opens the log.
        let schema = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()));
        schema.map_err(broken)?;
        // A URI is no path; SQLite knows which it stands for.
        let path = match connection.path() {
            Some(known) if path.starts_with("file:") => known.into(),
            _ => path.to_owned(),
        };
        let beside = |suffix: &str| {
            let mut name = OsString::from(&path);
            name.push(suffix);
            PathBuf::from(name)
        };
        let (log, index) = (beside("-wal"), beside("-shm"));
        let opened = identity(&path).map_err(|error| unreadable(&path, &error))?;
        let mut files = vec![(path, opened)];
        // There are none where SQLite cannot share memory, as on some network file systems.
        let others = [log, index].into_iter();
        files.extend(
            others
                .filter_map(|path| Some((identity(&path).ok()?, path)))
                .map(|(id, path)| (path, id)),
        );
        Ok(Self(files))
    }

    /// Fails if one of them is not there any more, or is another file.
    pub(super) fn verify(&self) -> Result<(), Error> {
        for (path, opened) in &self.0 {
            match identity(path) {
                Ok(found) if found == *opened => {}
                Err(error) if error.kind() != NotFound => return Err(unreadable(path, &error)),
                _ => {
                    return Err(Error::Unavailable(format!(
                        "{} was deleted or replaced while it was open, and nothing more is written: \
                         put that very file back, or stop the server and restore the database from \
                         a backup",
                        path.display()
                    )));
                }
            }
        }
        Ok(())
    }
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::Unavailable(format!("{}: {error}", path.display()))
}

fn identity(path: &Path) -> io::Result<Identity> {
    let found = fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Db;
    use crate::db::values::sql;

    async fn add(db: &Db, name: &str) -> Result<(), Error> {
        let insert = sql("INSERT INTO t (name) VALUES ($1)", [name.into()]);
        db.write(vec![insert]).await.map(drop)
    }

    #[tokio::test]
    async fn nothing_is_written_to_files_that_were_deleted_or_replaced() {
        for (name, is_replaced) in
            [("db", false), ("db", true), ("db-wal", false), ("db-shm", false)]
        {
            let dir = tempfile::tempdir().unwrap();
            let (path, kept) = (dir.path().join(name), dir.path().join("kept"));
            let url = format!("sqlite:{}", dir.path().join("db").display());
            let db = Db::open(&url, true).await.unwrap();
            db.write(vec![sql("CREATE TABLE t (name TEXT)", [])]).await.unwrap();
            add(&db, "before").await.unwrap();
            db.verify_files().unwrap();
            fs::rename(&path, &kept).unwrap();
            if is_replaced {
                fs::copy(&kept, &path).unwrap();
            }
            let refusal = add(&db, "lost").await.unwrap_err().to_string();
            assert!(refusal.contains("was deleted or replaced"), "{refusal}");
            db.verify_files().unwrap_err();
            fs::rename(&kept, &path).unwrap();
            db.verify_files().unwrap();
            add(&db, "after").await.unwrap();
            db.close().await;
            let db = Db::open(&url, false).await.unwrap();
            let rows = db.query("SELECT name FROM t ORDER BY name", Vec::new()).await.unwrap();
            let names: Vec<_> = rows.iter().map(|row| row.text(0).unwrap().to_owned()).collect();
            assert_eq!(names, ["after", "before"], "{name} {is_replaced}");
        }
    }
}

//! What belongs together: the catalog, the key, the data directory and the blob directory of one
//! installation.
//!
//! Each directory carries the id of its installation in a marker file, and the catalog carries it too,
//! with an identification of the key. A directory without the marker is a disk that is not mounted, or
//! another server's: going on there would take live bytes for lost, or make a new key beside
//! secrets that only the old one opens.

use crate::blobs::Blobs;
use crate::config::Config;
use crate::error::Error;
use crate::host::{holder, lock, random};
use crate::vault::{SecretContext, Vault};
use anyhow::{Context, bail, ensure};
use birdhouse_catalog::Catalog;
use birdhouse_catalog::installation::Installation;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How many blobs of an older installation are looked for.
const SAMPLED_BLOBS: i64 = 20;
/// Name of the marker file.
const MARKER: &str = "installation";

/// Brings the schema of the catalog up to date, and verifies that everything belongs together; a new
/// installation is set up.
pub(crate) async fn open_or_create(
    config: &Config,
    catalog: &Catalog,
) -> anyhow::Result<(Installation, Vault)> {
    verify_before_migration(config, catalog).await?;
    catalog.migrate().await?;
    let known = match catalog.installation().await? {
        Some(known) => known,
        None => begin(config, catalog).await?,
    };
    if !known.is_complete {
        verify_blobs(config, catalog).await?;
        verify_key(config, &known)?;
        Blobs::create(&config.blob_dir)?;
        for directory in directories(config) {
            if read_marker(directory)?.is_none() {
                write_marker(directory, &known.id)?;
            }
        }
        verify_markers(config, &known)?;
        if catalog.newest_id().await? == 0 {
            let directory = config.data_dir.display();
            tracing::warn!(
                "a new, empty installation was set up in {directory}; if there was one before, stop this \
                 server, and mount its disk or correct `data_dir`"
            );
        }
        catalog.complete_installation().await?;
    }
    let opened = open(config, catalog).await?;
    // A backup may have left out what was empty; the marker proves that this is the directory.
    Blobs::create(&config.blob_dir)?;
    Ok(opened)
}

/// Refuses a blob directory without a marker that cannot be the one of this database: an empty one for
/// a database that knows blobs, or the reverse.
async fn verify_blobs(config: &Config, catalog: &Catalog) -> anyhow::Result<()> {
    let directory = config.blob_dir.display();
    let known = catalog.blob_rows("", SAMPLED_BLOBS).await?;
    if known.is_empty() {
        ensure!(
            catalog.newest_id().await? > 0 || !Blobs::has_any(&config.blob_dir)?,
            "the database is empty, but {directory} holds blobs: correct `database_url` or `blob_url`"
        );
        return Ok(());
    }
    ensure!(
        known.iter().any(|blob| config.blob_dir.join(&blob.name).exists()),
        "{directory} holds none of the blobs that the database knows: mount its disk, or correct \
         `blob_url`"
    );
    Ok(())
}

/// Verifies that everything belongs together, and changes nothing.
pub(crate) async fn open(
    config: &Config,
    catalog: &Catalog,
) -> anyhow::Result<(Installation, Vault)> {
    let known = catalog.installation().await?;
    let known = known.filter(|known| known.is_complete).context(
        "the database does not belong to an installation yet: start `birdhouse serve` once",
    )?;
    verify_markers(config, &known)?;
    let vault = verify_key(config, &known)?;
    Ok((known, vault))
}

/// The key, if it is that of this installation.
fn verify_key(config: &Config, known: &Installation) -> anyhow::Result<Vault> {
    let vault = Vault::open(&config.data_dir)?;
    ensure!(
        vault.key_id() == known.key_id,
        "the key in {} is not the one that sealed the secrets in the database (its id is {}, not \
         {}): put the right `secret.key` back from a backup",
        config.data_dir.display(),
        vault.key_id(),
        known.key_id
    );
    Ok(vault)
}

/// Whether directories and key are those of this installation.
pub(crate) fn verify(config: &Config, known: &Installation) -> anyhow::Result<()> {
    verify_markers(config, known)?;
    verify_key(config, known).map(drop)
}

/// Refuses to make a database anew where there was one.
pub(crate) fn refuse_lost_database(config: &Config) -> anyhow::Result<()> {
    let Some(file) = missing_file(config) else { return Ok(()) };
    if let Some(id) = read_marker(&config.data_dir)? {
        bail!(
            "{file} is missing, the database of installation {id} in {}: put it back, or restore it from \
             a backup, or correct `database_url`",
            config.data_dir.display()
        );
    }
    Ok(())
}

/// Refuses a directory in which no server has set anything up.
pub(crate) fn refuse_new_directory(config: &Config) -> anyhow::Result<()> {
    refuse_lost_database(config)?;
    if let Some(file) = missing_file(config) {
        let directory = config.data_dir.display();
        bail!(
            "nothing is set up in {directory}, for there is no {file}: start `birdhouse serve` once; if \
             there was an installation, mount its disk or correct `data_dir`"
        );
    }
    Ok(())
}

/// Refuses files of SQLite that are not those which the running server has open: who wrote to both would
/// damage the database, and what it says of them means nothing.
pub(crate) fn refuse_replaced_files(config: &Config) -> anyhow::Result<()> {
    let Some(file) = file(config) else { return Ok(()) };
    let files = ["", "-wal", "-shm"].map(|suffix| PathBuf::from(format!("{file}{suffix}")));
    if let Some(replaced) = holder::replaced(&lock::file(&config.data_dir), &files) {
        bail!(
            "{} was deleted or replaced while the server has it open, which writes nothing more: put that \
             very file back, or stop the server and restore the database from a backup",
            replaced.display()
        );
    }
    Ok(())
}

/// The file of the database, if there is none.
fn missing_file(config: &Config) -> Option<&str> {
    file(config).filter(|file| matches!(Path::new(file).try_exists(), Ok(false)))
}

/// The file of the database, if it is one.
fn file(config: &Config) -> Option<&str> {
    // A URI is no path.
    config.database_url.strip_prefix("sqlite:").filter(|file| !file.starts_with("file:"))
}

/// Refuses directories that belong to another installation before its database is migrated: its own
/// server may be an older version, which could not read it any more.
async fn verify_before_migration(config: &Config, catalog: &Catalog) -> anyhow::Result<()> {
    match catalog.installation().await {
        Ok(Some(known)) if known.is_complete => verify(config, &known),
        // Without a schema, or with one that is older than installations, it is broken.
        Ok(_) | Err(birdhouse_catalog::Error::Broken(_)) => Ok(()),
        Err(away @ birdhouse_catalog::Error::Unavailable(_)) => Err(away.into()),
    }
}

/// Whether both directories carry the marker of this installation.
fn verify_markers(config: &Config, known: &Installation) -> anyhow::Result<()> {
    for directory in directories(config) {
        let marker = directory.join(MARKER);
        match read_marker(directory)? {
            None => bail!(
                "{} is missing: {} is not the directory of this installation; mount its disk, or \
                 correct `data_dir` and `blob_url`. If only this file was lost, put it back from a backup",
                marker.display(),
                directory.display()
            ),
            Some(id) if id != known.id => bail!(
                "{} belongs to installation {id}, but the database to {}: correct `data_dir`, \
                 `blob_url` or `database_url`",
                directory.display(),
                known.id
            ),
            Some(_) => {}
        }
    }
    Ok(())
}

fn directories(config: &Config) -> [&Path; 2] {
    [&config.data_dir, &config.blob_dir]
}

/// Adds the row of a new installation, or of one that is older than installations have an id.
async fn begin(config: &Config, catalog: &Catalog) -> anyhow::Result<Installation> {
    for directory in directories(config) {
        if let Some(id) = read_marker(directory)? {
            bail!(
                "{} belongs to installation {id}, but the database is new: restore the database from \
                 a backup, or correct `database_url`",
                directory.display()
            );
        }
    }
    verify_blobs(config, catalog).await?;
    let highest_id = catalog.newest_id().await?;
    let vault = if highest_id == 0 {
        Vault::open_or_create(&config.data_dir)?
    } else {
        let vault = Vault::open(&config.data_dir)?;
        if let Some(app) = catalog.any_app().await? {
            vault
                .unseal(SecretContext::App(app.id), &app.consumer_secret)
                .map_err(Error::into_anyhow)?;
        }
        vault
    };
    let new = Installation {
        id: random::alphanumeric(20),
        key_id: vault.key_id().to_owned(),
        is_complete: false,
        highest_id,
    };
    ensure!(catalog.add_installation(&new).await?, "another server sets up this database");
    Ok(new)
}

fn read_marker(directory: &Path) -> anyhow::Result<Option<String>> {
    let path = directory.join(MARKER);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write_marker(directory: &Path, id: &str) -> anyhow::Result<()> {
    let (path, draft) = (directory.join(MARKER), directory.join(format!("{MARKER}.new")));
    let mut file = File::create(&draft)?;
    writeln!(file, "{id}")?;
    file.sync_all()?;
    fs::rename(&draft, &path).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(File::open(directory)?.sync_all()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Layer, load};
    use tempfile::TempDir;

    fn config(dir: &Path, database: &str) -> Config {
        let layer = Layer {
            data_dir: Some(dir.join("data")),
            database_url: Some(format!("sqlite:{}", dir.join(database).display())),
            ..Layer::default()
        };
        let none = dir.join("none.toml");
        fs::write(&none, "").unwrap();
        let config = load(layer, Some(&none)).unwrap();
        fs::create_dir_all(&config.data_dir).unwrap();
        config
    }

    async fn start(config: &Config) -> anyhow::Result<(Installation, Vault)> {
        let catalog = Catalog::open_or_create(&config.database_url).await?;
        open_or_create(config, &catalog).await
    }

    async fn refusal(config: &Config) -> String {
        format!("{:#}", start(config).await.err().expect("it is refused"))
    }

    #[tokio::test]
    async fn an_installation_is_recognised() {
        let dir = TempDir::new().unwrap();
        let config = config(dir.path(), "a.db");
        let first = start(&config).await.unwrap();
        let again = start(&config).await.unwrap();
        assert_eq!(first.0.id, again.0.id);
        assert_eq!(first.1.key_id(), again.1.key_id());
    }

    #[tokio::test]
    async fn an_unmounted_blob_directory_is_refused() {
        let dir = TempDir::new().unwrap();
        let config = config(dir.path(), "a.db");
        start(&config).await.unwrap();
        fs::rename(&config.blob_dir, dir.path().join("elsewhere")).unwrap();
        fs::create_dir(&config.blob_dir).unwrap();
        assert!(refusal(&config).await.contains("mount its disk"));
        assert_eq!(fs::read_dir(&config.blob_dir).unwrap().count(), 0, "nothing was made there");
    }

    #[tokio::test]
    async fn a_directory_of_an_older_version_is_not_taken_by_an_empty_database() {
        let dir = TempDir::new().unwrap();
        let config = config(dir.path(), "a.db");
        Blobs::create(&config.blob_dir).unwrap();
        fs::write(config.blob_dir.join("05/12345"), "an image").unwrap();
        assert!(refusal(&config).await.contains("the database is empty, but"));
        assert!(!config.blob_dir.join(MARKER).exists());
    }

    #[tokio::test]
    async fn directories_that_a_backup_left_out_are_made_again() {
        let dir = TempDir::new().unwrap();
        let config = config(dir.path(), "a.db");
        start(&config).await.unwrap();
        fs::remove_dir(config.blob_dir.join("incoming")).unwrap();
        fs::remove_dir(config.blob_dir.join("07")).unwrap();
        start(&config).await.unwrap();
        assert!(config.blob_dir.join("07").exists() && config.blob_dir.join("incoming").exists());
    }

    #[tokio::test]
    async fn a_missing_or_foreign_key_is_refused_and_not_replaced() {
        let dir = TempDir::new().unwrap();
        let config = config(dir.path(), "a.db");
        start(&config).await.unwrap();
        let key = config.data_dir.join("secret.key");
        fs::remove_file(&key).unwrap();
        assert!(refusal(&config).await.contains("from a backup"));
        assert!(!key.exists());
        fs::write(&key, [7; 32]).unwrap();
        assert!(refusal(&config).await.contains("is not the one that sealed"));
    }

    #[tokio::test]
    async fn a_new_database_beside_old_directories_is_refused() {
        let dir = TempDir::new().unwrap();
        start(&config(dir.path(), "a.db")).await.unwrap();
        let other = config(dir.path(), "b.db");
        let refused = refuse_lost_database(&other).unwrap_err().to_string();
        assert!(refused.contains("restore it from a backup"), "{refused}");
        assert!(refusal(&other).await.contains("the database is new"));
    }

    #[tokio::test]
    async fn the_directories_of_another_installation_are_refused() {
        let (dir, other) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        start(&config(dir.path(), "a.db")).await.unwrap();
        let mut foreign = config(other.path(), "b.db");
        start(&foreign).await.unwrap();
        foreign.database_url = config(dir.path(), "a.db").database_url;
        assert!(refusal(&foreign).await.contains("belongs to installation"));
    }

    #[tokio::test]
    async fn a_first_start_that_was_cut_off_is_continued() {
        let dir = TempDir::new().unwrap();
        let config = config(dir.path(), "a.db");
        let catalog = Catalog::open_and_migrate(&config.database_url).await.unwrap();
        let begun = begin(&config, &catalog).await.unwrap();
        assert!(open(&config, &catalog).await.is_err(), "only a server completes it");
        write_marker(&config.data_dir, &begun.id).unwrap();
        let (known, _) = open_or_create(&config, &catalog).await.unwrap();
        assert_eq!(known.id, begun.id);
        assert!(known.is_complete);
    }
}

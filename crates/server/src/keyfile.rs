//! The key that seals secrets, in a file of its own beside the catalog, never inside it.

use anyhow::{Context, ensure};
use birdhouse_oauth::secret::SealKey;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Name of the key's file in the data directory.
pub const KEY_FILE: &str = "secret.key";

/// Makes a folder that only its owner can read, unless it is there.
pub fn make_private_dir(dir: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .with_context(|| format!("cannot make the data directory {}", dir.display()))
}

/// Makes this process the one server of a data directory.
pub fn lock(data_dir: &Path) -> anyhow::Result<File> {
    make_private_dir(data_dir)?;
    let path = data_dir.join("birdhouse.lock");
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path)?;
    file.try_lock()
        .map_err(|error| anyhow::anyhow!("another server uses {} ({error})", data_dir.display()))?;
    Ok(file)
}

/// Reads the key, or makes one on first use. Several processes may do so at the same time: all
/// get the same key.
pub fn load_or_make(data_dir: &Path) -> anyhow::Result<SealKey> {
    let path = data_dir.join(KEY_FILE);
    match fs::read(&path) {
        Ok(bytes) => return parse(&path, &bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let draft = data_dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&crate::random::bytes::<32>())?;
    file.sync_all()?;
    // A hard link fails if another process was faster, so that no key ever replaces another.
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft)?;
    if let Err(error) = linked
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(error).with_context(|| format!("cannot make {}", path.display()));
    }
    File::open(data_dir)?.sync_all()?;
    parse(&path, &fs::read(&path)?)
}

fn parse(path: &Path, bytes: &[u8]) -> anyhow::Result<SealKey> {
    ensure!(bytes.len() == 32, "{} must hold exactly 32 bytes", path.display());
    let mut key = [0; 32];
    key.copy_from_slice(bytes);
    Ok(SealKey::from_bytes(key))
}

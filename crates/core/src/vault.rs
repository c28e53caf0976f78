//! The key that seals the secrets which OAuth 1.0a needs back. It is a file of its own beside the
//! catalog, never inside it.

use crate::error::{Error, Result};
use crate::host::random;
use anyhow::{Context, anyhow, ensure};
use birdhouse_domain::AppId;
use birdhouse_oauth::secret::SealKey;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// Name of the key's file in the data directory.
const KEY_FILE: &str = "secret.key";

/// The place in the catalog that a secret is sealed for. It is authenticated, so that no sealed
/// secret can be moved to another place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place<'a> {
    /// The consumer secret of an app.
    App(AppId),
    /// The secret of an access token.
    Token(&'a str),
    /// The secret of a request token.
    Request(&'a str),
    /// The OAuth 2.0 client secret of an app.
    Client(AppId),
    /// The app-only bearer token of an app.
    Bearer(AppId),
}

impl Place<'_> {
    fn context(self) -> String {
        match self {
            Self::App(id) => format!("app:{id}"),
            Self::Token(token) => format!("token:{token}"),
            Self::Request(token) => format!("request:{token}"),
            Self::Client(id) => format!("client:{id}"),
            Self::Bearer(id) => format!("bearer:{id}"),
        }
    }
}

/// Seals secrets and opens them.
pub(crate) struct Vault {
    key: SealKey,
}

impl Vault {
    /// Reads the key of a data directory, or makes it on first use.
    pub(crate) fn open(data_dir: &Path) -> anyhow::Result<Self> {
        Ok(Self { key: load_or_make(data_dir)? })
    }

    /// Seals a secret for one place in the catalog.
    pub(crate) fn seal(&self, place: Place<'_>, secret: &str) -> Vec<u8> {
        self.key.seal(secret, random::bytes(), &place.context())
    }

    /// Opens a sealed secret; one that does not open means a wrong or damaged key file.
    pub(crate) fn unseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<String> {
        let context = place.context();
        self.key.open(sealed, &context).ok_or_else(|| {
            Error::Broken(anyhow!(
                "the secret of {context} does not open: is {KEY_FILE} the right one?"
            ))
        })
    }
}

/// Reads the key, or makes one on first use. Several processes may do so at the same time: all
/// get the same key.
fn load_or_make(data_dir: &Path) -> anyhow::Result<SealKey> {
    let path = data_dir.join(KEY_FILE);
    match fs::read(&path) {
        Ok(bytes) => return parse(&path, &bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
    let draft = data_dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&random::bytes::<32>())?;
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

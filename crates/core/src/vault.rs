//! Seals the secrets that must be readable, such as those that OAuth 1.0a signs with. The key is a
//! file beside the catalog, never in it.

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

/// What a secret belongs to. It is authenticated, so that a sealed secret cannot be used in another
/// context.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SecretContext<'a> {
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

impl SecretContext<'_> {
    fn to_aad(self) -> String {
        match self {
            Self::App(id) => format!("app:{id}"),
            Self::Token(token) => format!("token:{token}"),
            Self::Request(token) => format!("request:{token}"),
            Self::Client(id) => format!("client:{id}"),
            Self::Bearer(id) => format!("bearer:{id}"),
        }
    }
}

/// Seals and unseals secrets.
pub(crate) struct Vault {
    key: SealKey,
}

impl Vault {
    /// Reads the key of a data directory, or creates it on first use.
    pub(crate) fn open(data_dir: &Path) -> anyhow::Result<Self> {
        Ok(Self { key: load_or_create(data_dir)? })
    }

    /// Seals a secret.
    pub(crate) fn seal(&self, context: SecretContext<'_>, secret: &str) -> Vec<u8> {
        self.key.seal(secret, random::bytes(), &context.to_aad())
    }

    /// Unseals a secret; fails if the key file is a wrong or damaged one.
    pub(crate) fn unseal(&self, context: SecretContext<'_>, sealed: &[u8]) -> Result<String> {
        let context = context.to_aad();
        self.key.open(sealed, &context).ok_or_else(|| {
            Error::Broken(anyhow!(
                "the secret of {context} does not open: is {KEY_FILE} the right one?"
            ))
        })
    }
}

/// Reads the key, or creates it on first use. If several processes do so at the same time, all get
/// the same key.
fn load_or_create(data_dir: &Path) -> anyhow::Result<SealKey> {
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
    // A hard link fails if another process was faster, so that a key is never replaced.
    let linked = fs::hard_link(&draft, &path);
    fs::remove_file(&draft)?;
    if let Err(error) = linked
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(error).with_context(|| format!("cannot create {}", path.display()));
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

//! Seals the secrets that must be readable, such as those that OAuth 1.0a signs with, and signs what
//! browsers send back. The key is a file beside the catalog, never in it.

use crate::error::{Error, Result};
use crate::host::random;
use anyhow::{Context, anyhow};
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
    /// The secret that deliveries to a webhook are signed with.
    Webhook(i64),
}

impl SecretContext<'_> {
    fn to_aad(self) -> String {
        match self {
            Self::App(id) => format!("app:{id}"),
            Self::Token(token) => format!("token:{token}"),
            Self::Request(token) => format!("request:{token}"),
            Self::Client(id) => format!("client:{id}"),
            Self::Bearer(id) => format!("bearer:{id}"),
            Self::Webhook(id) => format!("webhook:{id}"),
        }
    }
}

/// Seals and unseals secrets.
pub(crate) struct Vault {
    key: SealKey,
    signing_key: [u8; 32],
    key_id: String,
}

impl Vault {
    /// Reads the key of a data directory. A missing key is never replaced: what it sealed would be
    /// lost.
    pub(crate) fn open(data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join(KEY_FILE);
        let bytes = fs::read(&path).map_err(|error| {
            let cure = match error.kind() {
                ErrorKind::PermissionDenied => "it must belong to the server's user",
                _ => "put it back from a backup",
            };
            let path = path.display();
            anyhow!(error).context(format!(
                "cannot read {path}, the key that seals the secrets in the database: {cure}"
            ))
        })?;
        Self::parse(&path, &bytes)
    }

    /// Reads the key of a data directory, or makes it for a new installation.
    pub(crate) fn open_or_create(data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join(KEY_FILE);
        if let Err(error) = fs::metadata(&path)
            && error.kind() == ErrorKind::NotFound
        {
            create(data_dir, &path)?;
        }
        Self::open(data_dir)
    }

    fn parse(path: &Path, bytes: &[u8]) -> anyhow::Result<Self> {
        let length = format!("{} must hold exactly 32 bytes", path.display());
        let key: [u8; 32] = bytes.try_into().ok().context(length)?;
        let key_id = blake3::derive_key("birdhouse: identifies the sealing key", &key);
        let key_id = blake3::Hash::from_bytes(key_id).to_hex()[..16].to_owned();
        let signing_key = blake3::derive_key("birdhouse: signs what browsers send back", &key);
        Ok(Self { key: SealKey::from_bytes(key), signing_key, key_id })
    }

    /// Identifies the key without revealing it.
    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Signs a list of texts, of which the first says what the signature is for.
    pub(crate) fn sign(&self, texts: &[&str]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.signing_key);
        for text in texts {
            // With its length before it, no text runs into the next.
            hasher.update(&text.len().to_le_bytes()).update(text.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
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

/// Makes a key. Several processes may do so at the same time: all get the same one.
fn create(data_dir: &Path, path: &Path) -> anyhow::Result<()> {
    let draft = data_dir.join(format!("{KEY_FILE}.{}", std::process::id()));
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(&random::bytes::<32>())?;
    file.sync_all()?;
    // A hard link fails if another process was faster, so that no key ever replaces another.
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    if let Err(error) = linked
        && error.kind() != ErrorKind::AlreadyExists
    {
        return Err(error).with_context(|| format!("cannot create {}", path.display()));
    }
    Ok(File::open(data_dir)?.sync_all()?)
}

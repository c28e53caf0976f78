//! Passwords, hashed with Argon2 on the password thread.

use crate::app::App;
use crate::host::random;
use crate::memory::shares::Holder;
use anyhow::{Context, anyhow};
use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use std::sync::OnceLock;

/// Hashes a password that the operator sets.
pub(crate) async fn hash(app: &App, password: String) -> anyhow::Result<String> {
    let salt = random::bytes::<16>();
    let hash = app.memory.passwords.run(Holder::Trusted, move || hashed(&password, &salt)).await;
    hash.context("too many passwords are being hashed")?
        .map_err(|error| anyhow!("cannot hash the password: {error}"))
}

fn hashed(password: &str, salt: &[u8; 16]) -> argon2::password_hash::Result<String> {
    let salt = SaltString::encode_b64(salt)?;
    Argon2::default().hash_password(password.as_bytes(), &salt).map(|hash| hash.to_string())
}

/// The hash to verify against if no user has the name.
static DUMMY_HASH: OnceLock<String> = OnceLock::new();

/// Whether a password of this holder matches a hash; without a hash, false after the same time. `None`
/// if too many are being compared.
pub(super) async fn matches(
    app: &App,
    holder: Holder,
    password: String,
    hash: Option<String>,
) -> Option<bool> {
    app.memory.passwords.run(holder, move || compare(&password, hash)).await
}

fn compare(password: &str, hash: Option<String>) -> bool {
    let hash = hash.or_else(|| {
        let known = DUMMY_HASH.get();
        known.cloned().or_else(|| {
            let hash = hashed(&random::alphanumeric(16), &random::bytes()).ok()?;
            Some(DUMMY_HASH.get_or_init(|| hash).clone())
        })
    });
    PasswordHash::new(&hash.unwrap_or_default())
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

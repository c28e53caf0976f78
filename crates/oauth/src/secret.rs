//! Secrets: generated from random bytes, sealed if they must be readable, otherwise hashed.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use std::fmt;

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const NONCE_BYTES: usize = 24;

/// Letters and digits from random bytes, two for each character, so that the bias of the
/// remainder is below one in a thousand.
pub fn alphanumeric(random: &[u8], length: usize) -> String {
    let pick = |pair: &[u8]| {
        let number = usize::from(pair[0]) << 8 | usize::from(pair[1]);
        char::from(ALPHABET[number % ALPHABET.len()])
    };
    random.chunks_exact(2).take(length).map(pick).collect()
}

/// The key that seals secrets. Its `Debug` does not reveal it.
#[derive(Clone)]
pub struct SealKey(XChaCha20Poly1305);

impl SealKey {
    /// A key of 32 random bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&bytes.into()))
    }

    /// Seals a secret, authenticated with `context`, with which alone it can be opened. The nonce must
    /// be random; the result starts with it.
    pub fn seal(&self, secret: &str, nonce: [u8; NONCE_BYTES], context: &str) -> Vec<u8> {
        let payload = Payload { msg: secret.as_bytes(), aad: context.as_bytes() };
        let sealed = self.0.encrypt(XNonce::from_slice(&nonce), payload);
        let sealed = sealed.expect("only texts of many gigabytes cannot be sealed");
        [&nonce[..], &sealed].concat()
    }

    /// Opens a sealed secret; `None` for another key or context, or changed content.
    pub fn open(&self, sealed: &[u8], context: &str) -> Option<String> {
        let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
        let payload = Payload { msg: text, aad: context.as_bytes() };
        let secret = self.0.decrypt(XNonce::from_slice(nonce), payload).ok()?;
        String::from_utf8(secret).ok()
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SealKey(…)")
    }
}

/// SHA-256, for tokens that need not be read back. They are random, so no salt is needed.
pub fn hash_token(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_with_its_key_and_context() {
        let key = SealKey::from_bytes([7; 32]);
        let sealed = key.seal("secret", [1; 24], "token:1");
        assert_eq!(key.open(&sealed, "token:1").as_deref(), Some("secret"));
        assert_eq!(key.open(&sealed, "token:2"), None);
        assert_eq!(SealKey::from_bytes([8; 32]).open(&sealed, "token:1"), None);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert_eq!(key.open(&changed, "token:1"), None);
            assert_eq!(key.open(&sealed[..at], "token:1"), None);
        }
        assert_eq!(format!("{key:?}"), "SealKey(…)");
    }

    #[test]
    fn generated_secrets_are_alphanumeric() {
        let random: Vec<u8> = (0..=255).collect();
        let made = alphanumeric(&random, 100);
        assert!(made.len() == 100 && made.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
}

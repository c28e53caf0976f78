//! The one place that asks the system for randomness.
#![expect(clippy::disallowed_methods, reason = "this is the source that all others must use")]

use birdhouse_oauth::secret;
use rand::RngCore;

/// Bytes that nobody can guess.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    rand::rng().fill_bytes(&mut out);
    out
}

/// Letters and digits that nobody can guess.
pub fn alphanumeric(length: usize) -> String {
    let mut raw = vec![0; length * 2];
    rand::rng().fill_bytes(&mut raw);
    secret::alphanumeric(&raw, length)
}

/// Digits that nobody can guess, for a PIN.
pub fn digits(length: usize) -> String {
    (0..length)
        .map(|_| char::from(b'0' + u8::try_from(rand::rng().next_u32() % 10).unwrap_or(0)))
        .collect()
}

//! The one source of randomness.
#![expect(clippy::disallowed_methods, reason = "this is the source that all other code must use")]

use birdhouse_oauth::secret;
use rand::RngCore;

/// Unguessable bytes.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    rand::rng().fill_bytes(&mut out);
    out
}

/// Unguessable letters and digits.
pub fn alphanumeric(length: usize) -> String {
    let mut raw = vec![0; length * 2];
    rand::rng().fill_bytes(&mut raw);
    secret::alphanumeric(&raw, length)
}

/// Unguessable digits, for a PIN.
pub fn digits(length: usize) -> String {
    (0..length)
        .map(|_| char::from(b'0' + u8::try_from(rand::rng().next_u32() % 10).unwrap_or(0)))
        .collect()
}

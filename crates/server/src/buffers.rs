//! Buffers that are used again: a fresh one would be cleared, and mapped page by page, for each
//! piece of a file.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a buffer, which is one piece of a file.
pub const BUFFER_BYTES: usize = 256 * 1024;
/// Buffers kept while nobody needs them.
const KEPT: usize = 64;

/// The buffers that nobody needs just now.
#[derive(Debug, Default)]
pub struct Buffers {
    free: Mutex<Vec<Vec<u8>>>,
}

/// A buffer that goes back when what it holds was sent.
pub struct Lent {
    buffer: Vec<u8>,
    length: usize,
    home: Arc<Buffers>,
}

impl Buffers {
    /// A buffer of at most [`BUFFER_BYTES`], holding whatever it held before.
    pub fn lend(self: &Arc<Self>, length: usize) -> Lent {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = free.unwrap_or_else(|| vec![0; BUFFER_BYTES]);
        Lent { length: length.min(buffer.len()), buffer, home: self.clone() }
    }
}

impl Lent {
    /// The place to fill.
    pub fn place(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.length]
    }

    /// The bytes, once they are there.
    pub fn filled(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut free = self.home.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT {
            free.push(std::mem::take(&mut self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_and_shows_only_what_was_filled() {
        let buffers = Arc::new(Buffers::default());
        let mut first = buffers.lend(3);
        first.place().copy_from_slice(b"abc");
        let bytes = first.filled();
        assert_eq!(&bytes[..], b"abc");
        drop(bytes);
        assert_eq!(buffers.free.lock().unwrap().len(), 1);
        let mut second = buffers.lend(1);
        second.place().copy_from_slice(b"z");
        assert_eq!(&second.filled()[..], b"z");
    }
}

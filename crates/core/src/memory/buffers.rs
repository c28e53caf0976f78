//! A pool of buffers: a new buffer would be zeroed and mapped page by page for each chunk of a file.

use bytes::Bytes;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a large buffer.
const LARGE_BYTES: usize = 256 * 1024;
/// Bytes of a small one, which is not kept.
const SMALL_BYTES: usize = 16 * 1024;
/// How many large buffers there may be: slow readers hold theirs for long. Further ones are small.
const MAX_LARGE: usize = 128;
/// Maximum number of unused buffers.
const MAX_FREE: usize = 64;

/// The unused buffers.
#[derive(Debug, Default)]
pub struct BufferPool {
    free: Mutex<Vec<Vec<u8>>>,
    /// How many large ones are in use.
    used: AtomicUsize,
}

/// A buffer that returns to its pool when it is dropped.
pub struct PooledBuffer {
    buffer: Vec<u8>,
    length: usize,
    pool: Arc<BufferPool>,
}

impl BufferPool {
    /// How much of a file to read at once: less while many are read.
    pub fn piece_bytes(&self) -> usize {
        if self.used.load(Ordering::Relaxed) < MAX_LARGE { LARGE_BYTES } else { SMALL_BYTES }
    }

    /// A buffer of `length`, at most what [`Self::piece_bytes`] said, with arbitrary content.
    pub fn take(self: &Arc<Self>, length: usize) -> PooledBuffer {
        if length <= SMALL_BYTES {
            return PooledBuffer { length, buffer: vec![0; length], pool: self.clone() };
        }
        self.used.fetch_add(1, Ordering::Relaxed);
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = free.unwrap_or_else(|| vec![0; LARGE_BYTES]);
        PooledBuffer { length: length.min(buffer.len()), buffer, pool: self.clone() }
    }
}

impl PooledBuffer {
    /// The bytes to fill.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[..self.length]
    }

    /// The content, once it is complete.
    pub fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for PooledBuffer {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for PooledBuffer {
    fn drop(&mut self) {
        if self.buffer.len() <= SMALL_BYTES {
            return;
        }
        self.pool.used.fetch_sub(1, Ordering::Relaxed);
        let mut free = self.pool.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < MAX_FREE {
            free.push(std::mem::take(&mut self.buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_returns_to_its_pool_and_exposes_only_its_length() {
        let buffers = Arc::new(BufferPool::default());
        let mut first = buffers.take(SMALL_BYTES + 1);
        first.bytes_mut().fill(b'a');
        let bytes = first.into_bytes();
        assert_eq!(&bytes[..], vec![b'a'; SMALL_BYTES + 1]);
        drop(bytes);
        assert_eq!(buffers.free.lock().unwrap().len(), 1);
        let second = buffers.take(SMALL_BYTES + 2);
        assert_eq!(second.into_bytes().len(), SMALL_BYTES + 2);
        let mut small = buffers.take(1);
        small.bytes_mut().copy_from_slice(b"z");
        assert_eq!(&small.into_bytes()[..], b"z");
    }

    #[test]
    fn while_many_read_each_takes_little() {
        let buffers = Arc::new(BufferPool::default());
        let held: Vec<_> = (0..1000).map(|_| buffers.take(buffers.piece_bytes())).collect();
        let bytes: usize = held.iter().map(|held| held.as_ref().len()).sum();
        assert!(bytes < 50 << 20, "{bytes}");
        drop(held);
        assert_eq!(buffers.piece_bytes(), LARGE_BYTES);
    }
}

//! A pool of buffers: a new buffer would be zeroed and mapped page by page for each chunk of a file.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of a buffer, which holds one chunk of a file.
pub const BUFFER_BYTES: usize = 256 * 1024;
/// Maximum number of unused buffers.
const MAX_FREE: usize = 64;

/// The unused buffers.
#[derive(Debug, Default)]
pub struct BufferPool {
    free: Mutex<Vec<Vec<u8>>>,
}

/// A buffer that returns to its pool when it is dropped.
pub struct PooledBuffer {
    buffer: Vec<u8>,
    length: usize,
    pool: Arc<BufferPool>,
}

impl BufferPool {
    /// A buffer of at most [`BUFFER_BYTES`], with arbitrary content.
    pub fn take(self: &Arc<Self>, length: usize) -> PooledBuffer {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let buffer = free.unwrap_or_else(|| vec![0; BUFFER_BYTES]);
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
        let mut first = buffers.take(3);
        first.bytes_mut().copy_from_slice(b"abc");
        let bytes = first.into_bytes();
        assert_eq!(&bytes[..], b"abc");
        drop(bytes);
        assert_eq!(buffers.free.lock().unwrap().len(), 1);
        let mut second = buffers.take(1);
        second.bytes_mut().copy_from_slice(b"z");
        assert_eq!(&second.into_bytes()[..], b"z");
    }
}

//! Whether a client has sent, or is still sending, what nobody has read.

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

/// Whether something of a connection is unread: bytes that came since the last request was read whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Unread(Arc<AtomicBool>);

impl Unread {
    /// Bytes came.
    pub(super) fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether there is something.
    pub(super) fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

/// The body of a request on that connection.
pub(super) struct WatchedBody {
    body: Incoming,
    unread: Unread,
}

impl WatchedBody {
    /// Wraps the body of a request whose head was read.
    pub(super) fn new(body: Incoming, unread: Unread) -> Self {
        let watched = Self { body, unread };
        watched.note_end();
        watched
    }

    fn note_end(&self) {
        if self.body.is_end_stream() {
            self.unread.clear();
        }
    }
}

impl Body for WatchedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            Poll::Ready(None) => self.unread.clear(),
            Poll::Ready(Some(Ok(_))) => self.note_end(),
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

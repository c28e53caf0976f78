//! A connection to a client that may read slowly, or may still be sending what was refused.

use super::read::body::MIN_BYTES_PER_SECOND;
use super::unread::Unread;
use birdhouse_core::host::clock::Clock;
use birdhouse_core::host::socket::{discard_on_close, unacknowledged_bytes};
use std::io;
use std::os::fd::RawFd;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// What is thrown away at most of a body that was refused, so that its sender reads the answer.
const LINGER_BYTES: u64 = 64 << 20;
/// The longest time for that, however steadily bytes come.
const LINGER_TIME: Duration = Duration::from_mins(2);

type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A connection to a client.
pub(super) struct Connection<S> {
    pub(super) stream: S,
    /// The socket below the stream.
    pub(super) socket: RawFd,
    pub(super) unread: Unread,
}

/// How long a client is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// That it takes what is written.
    pub(super) idle: Duration,
    /// That more comes of what was refused. A client in a train may need some seconds for the next bytes.
    pub(super) linger: Duration,
}

/// A connection on which a write fails whose client takes next to nothing for a while, and which is
/// closed without losing the answer. Reads have their own timeouts, for heads and bodies.
pub(super) struct ClientStream<S> {
    stream: S,
    socket: RawFd,
    unread: Unread,
    clock: Clock,
    patience: Patience,
    /// Set while a write waits.
    waiting: Option<Waiting>,
    /// Set while the connection is closed.
    linger: Option<Linger>,
}

struct Waiting {
    sleep: Sleep,
    /// What the client had not acknowledged when the sleep began.
    unacknowledged: u64,
}

struct Linger {
    silence: Sleep,
    end: Sleep,
    bytes_left: u64,
}

impl<S> ClientStream<S> {
    /// Wraps a connection.
    pub(super) fn new(connection: Connection<S>, clock: Clock, patience: Patience) -> Self {
        let Connection { stream, socket, unread } = connection;
        Self { stream, socket, unread, clock, patience, waiting: None, linger: None }
    }

    /// Returns the result of a write, or an error if the client took next to nothing for a while. A
    /// socket takes more only when a good part of its buffer is free: what counts is what is sent.
    fn or_timeout<T>(
        &mut self,
        context: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if result.is_ready() {
            self.waiting = None;
            return result;
        }
        loop {
            let (clock, idle, socket) = (&self.clock, self.patience.idle, self.socket);
            let waiting = self.waiting.get_or_insert_with(|| Waiting {
                sleep: Box::pin(clock.sleep(idle)),
                unacknowledged: unacknowledged_bytes(socket),
            });
            ready!(waiting.sleep.as_mut().poll(context));
            let sent = waiting.unacknowledged.saturating_sub(unacknowledged_bytes(socket));
            if sent == 0
                || u128::from(sent) * 1000 < idle.as_millis() * u128::from(MIN_BYTES_PER_SECOND)
            {
                discard_on_close(socket);
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.waiting = None;
        }
    }
}

impl<S: AsyncRead + Unpin> ClientStream<S> {
    /// Reads what still comes, and throws it away: closing earlier would reset the connection, and
    /// the client would see that instead of the answer.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let (clock, silence) = (&self.clock, self.patience.linger);
        let linger = self.linger.get_or_insert_with(|| Linger {
            silence: Box::pin(clock.sleep(silence)),
            end: Box::pin(clock.sleep(LINGER_TIME)),
            bytes_left: LINGER_BYTES,
        });
        if linger.end.as_mut().poll(context).is_ready() {
            return Poll::Ready(());
        }
        let mut space = [0; 16 * 1024];
        loop {
            let mut buffer = ReadBuf::new(&mut space);
            match Pin::new(&mut self.stream).poll_read(context, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    let read = buffer.filled().len() as u64;
                    let Some(left) = linger.bytes_left.checked_sub(read) else {
                        return Poll::Ready(());
                    };
                    linger.bytes_left = left;
                    linger.silence = Box::pin(clock.sleep(silence));
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return linger.silence.as_mut().poll(context),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ClientStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.unread.set();
        }
        polled
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for ClientStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.or_timeout(context, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.or_timeout(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            let closed = Pin::new(&mut self.stream).poll_shutdown(context);
            ready!(self.or_timeout(context, closed))?;
        }
        // Who has been read to the end, and is idle, holds up neither a place nor a stop.
        if self.unread.is_set() {
            ready!(self.poll_linger(context));
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.or_timeout(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

//! Connections: accepted up to a limit, with timeouts, drained on stop.

use super::client_stream::{ClientStream, Connection, Patience};
use super::clock_timer::ClockTimer;
use super::read::hosts::Peer;
use super::unread::{Unread, WatchedBody};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use birdhouse_core::app::Shared;
use birdhouse_core::host::telemetry::CONNECTIONS_REFUSED;
use birdhouse_core::memory::shares::Share;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Serves the connections of a listener.
#[derive(Clone)]
pub struct ConnectionServer {
    app: Shared,
    router: Router,
    stop: watch::Receiver<bool>,
}

/// An accepted connection, before the TLS handshake.
struct AcceptedConnection {
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    watcher: Watcher,
    slot: Share,
}

impl ConnectionServer {
    /// A server that runs until `stop` is `true`.
    pub fn new(app: Shared, router: Router, stop: watch::Receiver<bool>) -> Self {
        Self { app, router, stop }
    }

    /// Accepts connections until `stop`, then waits for running requests, up to the drain time.
    pub async fn run(mut self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        let graceful = Arc::new(GracefulShutdown::new());
        let mut connections = tokio::task::JoinSet::new();
        while let Some((stream, address, slot)) = self.accept(&listener).await {
            while connections.try_join_next().is_some() {}
            let (this, tls) = (self.clone(), tls.clone());
            let watcher = graceful.watcher();
            let accepted = AcceptedConnection { stream, address, tls, watcher, slot };
            connections.spawn(this.connection(accepted));
        }
        drop(listener);
        let limit = Duration::from_millis(self.app.config.limits.drain_ms);
        if let Ok(graceful) = Arc::try_unwrap(graceful)
            && self.app.clock.timeout(limit, graceful.shutdown()).await.is_none()
        {
            tracing::warn!("requests still running at the end of the drain time were aborted");
        }
    }

    /// The next connection whose address has not had its share yet; `None` on `stop`.
    async fn accept(&mut self, listener: &TcpListener) -> Option<(TcpStream, SocketAddr, Share)> {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = self.stop.wait_for(|stop| *stop) => return None,
            };
            let (stream, address) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection");
                    self.app.clock.sleep(Duration::from_millis(50)).await;
                    continue;
                }
            };
            // While none is free, further connections wait in the kernel's queue.
            let slot = tokio::select! {
                slot = self.app.memory.permits.connection(address.ip()) => slot,
                _ = self.stop.wait_for(|stop| *stop) => return None,
            };
            if let Some(slot) = slot {
                return Some((stream, address, slot));
            }
            metrics::counter!(CONNECTIONS_REFUSED).increment(1);
        }
    }

    async fn connection(self, accepted: AcceptedConnection) {
        let AcceptedConnection { stream, address, tls, watcher, slot } = accepted;
        // Fails if the client has closed already, which is not worth logging.
        drop(stream.set_nodelay(true));
        let socket = stream.as_raw_fd();
        let peer = Peer { address, is_tls: tls.is_some() };
        let head = Duration::from_millis(self.app.config.limits.head_ms);
        match tls {
            None => self.serve(stream, socket, peer, watcher).await,
            Some(tls) => {
                let accepted = self.app.clock.timeout(head, tls.accept(stream)).await;
                if let Some(Ok(stream)) = accepted {
                    self.serve(stream, socket, peer, watcher).await;
                }
            }
        }
        drop(slot);
    }

    async fn serve<S>(&self, stream: S, socket: RawFd, peer: Peer, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (limits, unread) = (&self.app.config.limits, Unread::default());
        let patience = Patience {
            idle: Duration::from_millis(limits.idle_ms),
            linger: Duration::from_millis(limits.head_ms),
        };
        let connection = Connection { stream, socket, unread: unread.clone() };
        let stream = ClientStream::new(connection, self.app.clock.clone(), patience);
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(|body| Body::new(WatchedBody::new(body, unread.clone())));
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(ClockTimer(self.app.clock.clone()))
            .header_read_timeout(Duration::from_millis(limits.head_ms))
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

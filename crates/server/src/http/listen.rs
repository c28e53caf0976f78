//! Connections: accepted up to a limit, watched for silence, drained on stop.

use super::call::Peer;
use crate::app::Shared;
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// What every listener shares.
#[derive(Clone)]
pub struct Listening {
    app: Shared,
    router: Router,
    slots: Arc<Semaphore>,
    stop: watch::Receiver<bool>,
}

impl Listening {
    /// Prepares to listen until `stop` says `true`.
    pub fn new(app: Shared, router: Router, stop: watch::Receiver<bool>) -> Self {
        let slots = Arc::new(Semaphore::new(app.config.limits.connections));
        Self { app, router, slots, stop }
    }

    /// Accepts connections until told to stop, then lets running requests end.
    pub async fn run(mut self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        let graceful = Arc::new(GracefulShutdown::new());
        let mut connections = tokio::task::JoinSet::new();
        loop {
            // No more connections are accepted than there are slots; the rest wait in the
            // kernel's queue.
            let slot = tokio::select! {
                slot = self.slots.clone().acquire_owned() => slot,
                _ = self.stop.wait_for(|stop| *stop) => break,
            };
            let Ok(slot) = slot else { break };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = self.stop.wait_for(|stop| *stop) => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, address)) => {
                    let (this, tls) = (self.clone(), tls.clone());
                    let watcher = graceful.watcher();
                    connections.spawn(this.connection(stream, address, (tls, watcher, slot)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        }
        drop(listener);
        let limit = Duration::from_millis(self.app.config.limits.drain_ms);
        if let Ok(graceful) = Arc::try_unwrap(graceful)
            && tokio::time::timeout(limit, graceful.shutdown()).await.is_err()
        {
            tracing::warn!("requests still ran at the end of the drain time and were cut off");
        }
    }

    async fn connection(
        self,
        stream: TcpStream,
        address: SocketAddr,
        (tls, watcher, slot): (
            Option<TlsAcceptor>,
            hyper_util::server::graceful::Watcher,
            OwnedSemaphorePermit,
        ),
    ) {
        // A client that closes at once is no accident worth a line.
        drop(stream.set_nodelay(true));
        let peer = Peer { address, is_tls: tls.is_some() };
        let head = Duration::from_millis(self.app.config.limits.head_ms);
        match tls {
            None => self.serve(stream, peer, watcher).await,
            Some(tls) => {
                let shaken = tokio::time::timeout(head, tls.accept(stream)).await;
                if let Ok(Ok(stream)) = shaken {
                    self.serve(stream, peer, watcher).await;
                }
            }
        }
        drop(slot);
    }

    async fn serve<S>(&self, stream: S, peer: Peer, watcher: hyper_util::server::graceful::Watcher)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let idle = super::idle_limit(&self.app);
        let stream = super::patient::Patient::new(stream, idle);
        let router = self.router.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(peer);
            router.clone().oneshot(request)
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(Duration::from_millis(self.app.config.limits.head_ms))
            .max_buf_size(64 * 1024)
            .serve_connection(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

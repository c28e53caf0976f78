//! The Birdhouse server: HTTP over the operations of `birdhouse_core`. An endpoint parses a
//! request, calls an action, and renders its result.

pub mod http;

use crate::http::listen::ConnectionServer;
use crate::http::tls_dev;
use anyhow::Context;
use birdhouse_core::app::Shared;
use birdhouse_core::jobs;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// A server with bound listeners, ready to run.
pub struct Server {
    app: Shared,
    plain: TcpListener,
    tls: Option<(TcpListener, tokio_rustls::TlsAcceptor)>,
}

impl Server {
    /// Binds the listeners; fails if an address is unavailable.
    pub async fn bind(app: Shared) -> anyhow::Result<Self> {
        let address = app.config.listen;
        let plain = TcpListener::bind(address).await;
        let plain = plain.with_context(|| format!("cannot listen on {address}"))?;
        let tls = match app.config.tls_listen {
            None => None,
            Some(address) => {
                let acceptor = tls_dev::acceptor(&app.config.data_dir)?;
                let listener = TcpListener::bind(address).await;
                Some((listener.with_context(|| format!("cannot listen on {address}"))?, acceptor))
            }
        };
        Ok(Self { app, plain, tls })
    }

    /// The address of the listener without TLS.
    pub fn address(&self) -> anyhow::Result<std::net::SocketAddr> {
        Ok(self.plain.local_addr()?)
    }

    /// Serves until `stop` is `true`, then waits for running requests; a job that is interrupted is
    /// taken again at the next start. Fails if another server took over the database.
    pub async fn run(self, mut stop: watch::Receiver<bool>) -> anyhow::Result<()> {
        let (halt, halted) = watch::channel(false);
        let router = http::router(self.app.clone());
        let connections = ConnectionServer::new(self.app.clone(), router, halted.clone());
        let app = self.app.clone();
        let jobs = tokio::spawn(async move {
            let mut outcome = Ok(());
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                ended = jobs::run(app, halted) => outcome = ended,
            }
            halt.send_replace(true);
            outcome
        });
        let plain = connections.clone().run(self.plain, None);
        match self.tls {
            None => plain.await,
            Some((listener, acceptor)) => {
                tokio::join!(plain, connections.run(listener, Some(acceptor)));
            }
        }
        let outcome = jobs.await?;
        self.app.close().await;
        outcome
    }
}

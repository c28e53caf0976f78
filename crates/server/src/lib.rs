//! The Birdhouse server: HTTP over the operations of `birdhouse_core`. An endpoint parses a
//! request, calls an action, and renders its result.

pub mod http;

use crate::http::listen::ConnectionServer;
use crate::http::tls_dev;
use anyhow::Context;
use birdhouse_core::app::Shared;
use birdhouse_core::config::Config;
use birdhouse_core::jobs;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Bound listeners.
pub struct Listeners {
    plain: TcpListener,
    tls: Option<TcpListener>,
}

impl Listeners {
    /// Binds them, and corrects the addresses and the public URL of the settings; fails if an address
    /// is unavailable.
    pub async fn bind(config: &mut Config) -> anyhow::Result<Self> {
        let plain = bind("listen", config.listen).await?;
        let tls = match config.tls_listen {
            None => None,
            Some(address) => Some(bind("tls_listen", address).await?),
        };
        let tls_address = tls.as_ref().map(TcpListener::local_addr).transpose()?;
        config.set_bound(plain.local_addr()?, tls_address);
        Ok(Self { plain, tls })
    }
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address).await;
    listener.with_context(|| format!("cannot listen on {address} (`{key}`)"))
}

/// A server with bound listeners, ready to run.
pub struct Server {
    app: Shared,
    plain: TcpListener,
    tls: Option<(TcpListener, tokio_rustls::TlsAcceptor)>,
}

impl Server {
    /// A server on these listeners.
    pub fn new(app: Shared, listeners: Listeners) -> anyhow::Result<Self> {
        let Listeners { plain, tls } = listeners;
        let tls = match tls {
            None => None,
            Some(listener) => Some((listener, tls_dev::acceptor(&app.config.data_dir)?)),
        };
        Ok(Self { app, plain, tls })
    }

    /// The address of the listener without TLS.
    pub fn address(&self) -> anyhow::Result<SocketAddr> {
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

//! Connections to addresses that requests may be sent to.

use crate::address::{Network, is_public};
use crate::failure::Failure;
use crate::target::{Host, Target};
use rustls_pki_types::ServerName;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{OnceCell, OwnedSemaphorePermit};
use tokio::task::spawn_blocking;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsConnector, client};

/// How many addresses of a host are tried, and how long each.
const ADDRESSES: usize = 3;
const CONNECT_TIME: Duration = Duration::from_secs(5);

/// Finds the addresses of a name with a port. Blocks.
pub type Resolve = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;
/// Sleeps, by the clock of who uses this.
pub type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A connection, with or without TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl Stream for TcpStream {}
impl Stream for client::TlsStream<TcpStream> {}

/// Makes connections.
pub(crate) struct Connector {
    pub(crate) allowed: Vec<Network>,
    pub(crate) resolve: Resolve,
    pub(crate) sleep: Sleep,
    pub(crate) tls: OnceCell<Arc<ClientConfig>>,
}

impl Connector {
    /// Whether a request to a URL may be sent to an address.
    pub(crate) fn may_reach(&self, target: &Target, ip: IpAddr) -> bool {
        is_public(ip)
            || self.allowed.iter().any(|network| network.contains(ip))
            || target.is_operators && target.host == Host::Address(ip)
    }

    /// Connects to the first address of the host that requests may be sent to and that answers.
    pub(crate) async fn connect(
        &self,
        target: &Target,
        permit: Arc<OwnedSemaphorePermit>,
    ) -> Result<Box<dyn Stream>, Failure> {
        let addresses = match &target.host {
            Host::Address(ip) => vec![SocketAddr::new(*ip, target.port)],
            Host::Name(name) => self.resolve(name.clone(), target.port, permit).await,
        };
        let allowed = addresses.into_iter().filter(|address| self.may_reach(target, address.ip()));
        let mut failure = Failure::NoPublicAddress;
        // What was resolved is connected to: a second lookup could have another answer.
        for address in allowed.take(ADDRESSES) {
            match self.connect_to(target, address).await {
                Ok(stream) => return self.secure(target, stream).await,
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// The addresses of a name; none if it is unknown. The permit is kept as long as the thread is.
    async fn resolve(
        &self,
        name: String,
        port: u16,
        permit: Arc<OwnedSemaphorePermit>,
    ) -> Vec<SocketAddr> {
        let resolve = self.resolve.clone();
        let found = spawn_blocking(move || {
            let found = resolve(&name, port);
            drop(permit);
            found
        });
        found.await.ok().and_then(Result::ok).unwrap_or_default()
    }

    async fn connect_to(&self, target: &Target, address: SocketAddr) -> Result<TcpStream, Failure> {
        let stream = tokio::select! {
            stream = TcpStream::connect(address) => stream.map_err(Failure::Unconnected)?,
            () = (self.sleep)(CONNECT_TIME) => {
                return Err(Failure::Unconnected(io::ErrorKind::TimedOut.into()));
            }
        };
        let peer = stream.peer_addr().map_err(Failure::Unconnected)?;
        if self.may_reach(target, peer.ip()) { Ok(stream) } else { Err(Failure::NoPublicAddress) }
    }

    /// Adds TLS if the URL has it.
    async fn secure(&self, target: &Target, stream: TcpStream) -> Result<Box<dyn Stream>, Failure> {
        if !target.is_tls {
            return Ok(Box::new(stream));
        }
        let invalid = |_| Failure::Untrusted(io::ErrorKind::InvalidInput.into());
        let name = match &target.host {
            Host::Name(name) => {
                ServerName::try_from(name.trim_end_matches('.').to_owned()).map_err(invalid)?
            }
            Host::Address(ip) => ServerName::IpAddress((*ip).into()),
        };
        let config = self.tls.get_or_try_init(system_tls).await?.clone();
        let stream = TlsConnector::from(config).connect(name, stream).await;
        Ok(Box::new(stream.map_err(Failure::Untrusted)?))
    }
}

/// TLS with the certificate authorities of this machine, which are read once.
async fn system_tls() -> Result<Arc<ClientConfig>, Failure> {
    let load = || {
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        roots
    };
    let roots = spawn_blocking(load).await.map_err(|_| Failure::NoAuthorities)?;
    if roots.is_empty() {
        return Err(Failure::NoAuthorities);
    }
    tls(roots)
}

/// TLS with these certificate authorities.
pub(crate) fn tls(roots: RootCertStore) -> Result<Arc<ClientConfig>, Failure> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Failure::NoAuthorities)?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

//! Sends requests within limits.

use crate::address::{Network, is_public};
use crate::connect::{connect, tls};
use crate::exchange::exchange;
use crate::failure::Failure;
use crate::target::{Host, Target};
use bytes::Bytes;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Requests at once; more wait, within their time.
pub const CONCURRENT: usize = 64;
/// The most bytes of a message.
const MESSAGE_BYTES: usize = 16 << 20;

/// Finds the addresses of a name with a port. Blocks.
pub type Resolve = Arc<dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync>;
/// Sleeps, by the clock of who uses this.
pub type Sleep = Arc<dyn Fn(Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send + Sync>;

/// A POST of JSON.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// Where it is sent.
    pub target: &'a Target,
    /// Headers beside those that every message has.
    pub headers: Vec<(&'static str, String)>,
    /// The JSON.
    pub body: Bytes,
    /// How long all of it may take: waiting, connecting, sending and reading.
    pub time: Duration,
    /// The most bytes of the answer's body; 0: it is not read.
    pub answer_bytes: usize,
}

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status, which is none of a redirect.
    pub status: u16,
    /// The body, if it was wanted.
    pub body: Bytes,
}

/// Sends requests to public addresses, and to those that the operator allows.
pub struct Outbound {
    allowed: Vec<Network>,
    permits: Arc<Semaphore>,
    pub(crate) resolve: Resolve,
    pub(crate) sleep: Sleep,
    pub(crate) tls: OnceCell<Arc<ClientConfig>>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl Outbound {
    /// With the resolver of this machine; `allowed` may be reached although it is not public.
    pub fn new(allowed: Vec<Network>, sleep: Sleep) -> Self {
        let resolve: Resolve =
            Arc::new(|name, port| (name, port).to_socket_addrs().map(Iterator::collect));
        let permits = Arc::new(Semaphore::new(CONCURRENT));
        Self { allowed, permits, resolve, sleep, tls: OnceCell::new() }
    }

    /// With another resolver.
    #[must_use]
    pub fn with_resolver(self, resolve: Resolve) -> Self {
        Self { resolve, ..self }
    }

    /// With these certificate authorities instead of those of this machine.
    pub fn with_roots(self, roots: RootCertStore) -> Result<Self, Failure> {
        Ok(Self { tls: OnceCell::new_with(Some(tls(roots)?)), ..self })
    }

    /// Whether a request to a URL may be sent to an address.
    pub(crate) fn may_reach(&self, target: &Target, ip: IpAddr) -> bool {
        is_public(ip)
            || self.allowed.iter().any(|network| network.contains(ip))
            || target.is_operators && target.host == Host::Address(ip)
    }

    /// Whether a URL can be refused without a lookup: its host is an address that may not be reached.
    pub fn refuses(&self, target: &Target) -> bool {
        match target.host {
            Host::Address(ip) => !self.may_reach(target, ip),
            Host::Name(_) => false,
        }
    }

    /// Sends a message, and reads the answer within its limits. Whatever status is no redirect is an answer.
    pub async fn post(&self, message: &Message<'_>) -> Result<Answer, Failure> {
        if message.body.len() > MESSAGE_BYTES {
            return Err(Failure::MessageTooLarge { limit: MESSAGE_BYTES });
        }
        let sent = async {
            let permit = self.permits.clone().acquire_owned().await;
            let permit = Arc::new(permit.map_err(|_| Failure::TimedOut(message.time))?);
            let stream = connect(self, message.target, permit.clone()).await?;
            exchange(stream, message).await
        };
        tokio::select! {
            biased;
            answer = sent => answer,
            () = (self.sleep)(message.time) => Err(Failure::TimedOut(message.time)),
        }
    }
}

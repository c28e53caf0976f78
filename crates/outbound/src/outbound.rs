//! Sends requests within limits.

use crate::address::Network;
use crate::connect::{Connector, Resolve, Sleep, tls};
use crate::exchange::exchange;
use crate::failure::Failure;
use crate::message::{Answer, Message};
use crate::target::{Host, Target};
use std::fmt;
use std::net::ToSocketAddrs;
use std::sync::Arc;
use tokio::sync::{OnceCell, Semaphore};
use tokio_rustls::rustls::RootCertStore;

/// Requests at once; more wait, within their time.
pub const CONCURRENT: usize = 64;
/// The most bytes of a message.
const MESSAGE_BYTES: usize = 16 << 20;

/// Sends requests to public addresses, and to those that the operator allows.
pub struct Outbound {
    connector: Connector,
    permits: Arc<Semaphore>,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound").field("allowed", &self.connector.allowed).finish_non_exhaustive()
    }
}

impl Outbound {
    /// With the resolver of this machine; `allowed` may be reached although it is not public.
    pub fn new(allowed: Vec<Network>, sleep: Sleep) -> Self {
        let resolve: Resolve =
            Arc::new(|name, port| (name, port).to_socket_addrs().map(Iterator::collect));
        let connector = Connector { allowed, resolve, sleep, tls: OnceCell::new() };
        Self { connector, permits: Arc::new(Semaphore::new(CONCURRENT)) }
    }

    /// With another resolver.
    #[must_use]
    pub fn with_resolver(mut self, resolve: Resolve) -> Self {
        self.connector.resolve = resolve;
        self
    }

    /// With these certificate authorities instead of those of this machine.
    pub fn with_roots(mut self, roots: RootCertStore) -> Result<Self, Failure> {
        self.connector.tls = OnceCell::new_with(Some(tls(roots)?));
        Ok(self)
    }

    /// Whether a URL can be refused without a lookup: its host is an address that may not be reached.
    pub fn refuses(&self, target: &Target) -> bool {
        match target.host {
            Host::Address(ip) => !self.connector.may_reach(target, ip),
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
            let stream = self.connector.connect(message.target, permit.clone()).await?;
            exchange(stream, message).await
        };
        tokio::select! {
            biased;
            answer = sent => answer,
            () = (self.connector.sleep)(message.time) => Err(Failure::TimedOut(message.time)),
        }
    }
}

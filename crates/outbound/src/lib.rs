//! Requests to other machines: to webhooks and to a captioning service.
//!
//! Whoever names a URL must not reach through this server what only this server can reach. So the address
//! that is really connected to is checked, whatever the URL looks like and whatever a name resolves to;
//! redirects are not followed, and proxies of the environment are not used. Time, bytes and the number of
//! requests at once are limited.

mod address;
mod connect;
mod exchange;
mod failure;
mod message;
mod outbound;
mod target;

pub use address::{Network, NetworkError, is_public};
pub use connect::{Resolve, Sleep};
pub use failure::Failure;
pub use message::{Answer, Message};
pub use outbound::{CONCURRENT, Outbound};
pub use target::{Target, TargetError};

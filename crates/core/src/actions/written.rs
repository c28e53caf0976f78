//! Reading what was just written.

use crate::app::App;
use crate::error::{Error, Result};
use birdhouse_domain::Fault;
use std::time::Duration;

/// How often, and with what pause, a read is repeated while the database is away.
const READS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// Reads what a response says of a write. The write is applied: while the database is away, as it is
/// when it restarts, the read is repeated rather than told to the client as a refusal.
pub(super) async fn read_written<T, F>(app: &App, read: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    for _ in 1..READS {
        match read().await {
            Err(Error::Refused(Fault::Unavailable(_))) => app.clock.sleep(PAUSE).await,
            other => return other,
        }
    }
    read().await
}

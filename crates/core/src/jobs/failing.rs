//! Background loops that fail: each trouble is logged once, and once it is over; and they try again ever
//! less often.

use crate::app::Shared;
use crate::error::Result;
use crate::memory::troubles::LoopId;
use std::time::Duration;

/// The pause after the first failure; it doubles with each further one, so many times.
const PAUSE: Duration = Duration::from_secs(1);
const DOUBLINGS: u32 = 4;

/// How a loop fares.
pub(super) struct LoopHealth {
    app: Shared,
    id: LoopId,
    /// In a row.
    failures: u32,
}

impl LoopHealth {
    /// Of a loop that has not begun yet.
    pub(super) fn new(app: &Shared) -> Self {
        Self { app: app.clone(), id: app.memory.troubles.add_loop(), failures: 0 }
    }

    /// Takes note of how one turn of the loop ended.
    pub(super) fn note<T>(&mut self, outcome: Result<T>) -> Option<T> {
        let troubles = &self.app.memory.troubles;
        match outcome {
            Ok(result) => {
                self.failures = 0;
                if let Some(error) = troubles.end(self.id) {
                    tracing::info!(%error, "background work goes on");
                }
                Some(result)
            }
            Err(error) => {
                self.failures = self.failures.saturating_add(1);
                if troubles.begin(self.id, &error.to_string()) {
                    tracing::error!(%error, "background work failed");
                }
                None
            }
        }
    }

    /// How long to wait until the next turn.
    pub(super) fn pause(&self) -> Duration {
        pause_after(self.failures)
    }
}

fn pause_after(failures: u32) -> Duration {
    PAUSE * 2_u32.pow(failures.saturating_sub(1).min(DOUBLINGS))
}

/// Logs a failure of work that no loop soon tries again.
pub(super) fn log_failure<T>(outcome: Result<T>) {
    if let Err(error) = outcome {
        tracing::error!(%error, "background work failed");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_fails_waits_ever_longer_but_not_long() {
        let seconds = [0, 1, 2, 3, 4, 5, 6, 7, u32::MAX].map(|count| pause_after(count).as_secs());
        assert_eq!(seconds, [1, 1, 2, 4, 8, 16, 16, 16, 16]);
    }
}

//! The timer of the HTTP library, driven by [`Clock`].

use birdhouse_core::host::clock::Clock;
use hyper::rt::{Sleep, Timer};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

/// A [`Timer`] that uses [`Clock`].
#[derive(Clone, Debug)]
pub(super) struct ClockTimer(pub(super) Clock);

/// The sleep future of [`ClockTimer`].
struct ClockSleep(Pin<Box<dyn Future<Output = ()> + Send + Sync>>);

impl Timer for ClockTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(ClockSleep(Box::pin(self.0.sleep(duration))))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        self.sleep(deadline.saturating_duration_since(self.now()))
    }
}

impl Future for ClockSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(context)
    }
}

impl Sleep for ClockSleep {}

//! Fixed rate windows, each of which starts with its first call.

/// The limit and length of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Calls in one window.
    pub limit: u32,
    /// Length of a window, in seconds.
    pub seconds: i64,
}

/// One running window.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    used: u32,
    resets_at: i64,
    seconds: i64,
}

/// The status of a window, as reported to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowStatus {
    /// Calls in one window (`x-rate-limit-limit`).
    pub limit: u32,
    /// Calls left (`x-rate-limit-remaining`).
    pub remaining: u32,
    /// When the window ends, in seconds since 1970 (`x-rate-limit-reset`).
    pub reset: i64,
    /// Whether this call exceeds the limit.
    pub is_exceeded: bool,
}

impl Window {
    /// A window that opens now, with no call counted.
    pub fn open(allowance: Allowance, now: i64) -> Self {
        Self { used: 0, resets_at: now + allowance.seconds, seconds: allowance.seconds }
    }

    /// Whether the window has ended, or began under a clock that was ahead: it would last for as long
    /// as that clock was.
    pub fn is_over(&self, now: i64) -> bool {
        // A request that read the clock just before the window opened is counted in it.
        let is_from_future = self.resets_at - now > self.seconds + 1;
        now >= self.resets_at || is_from_future
    }

    /// Counts one call; if the window has ended, a new one opens with it.
    pub fn count(&mut self, allowance: Allowance, now: i64) -> WindowStatus {
        if self.is_over(now) {
            *self = Self::open(allowance, now);
        }
        let is_exceeded = self.used >= allowance.limit;
        if !is_exceeded {
            self.used += 1;
        }
        WindowStatus { is_exceeded, ..self.status(allowance, now) }
    }

    /// Takes back one counted call.
    pub fn refund(&mut self) {
        self.used = self.used.saturating_sub(1);
    }

    /// Reports without counting.
    pub fn status(&self, allowance: Allowance, now: i64) -> WindowStatus {
        if self.is_over(now) {
            return Self::open(allowance, now).status(allowance, now);
        }
        let remaining = allowance.limit.saturating_sub(self.used);
        WindowStatus {
            limit: allowance.limit,
            remaining,
            reset: self.resets_at,
            is_exceeded: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_counts_down_refuses_and_opens_again() {
        let two = Allowance { limit: 2, seconds: 900 };
        let mut window = Window::open(two, 1000);
        let remaining: Vec<u32> = (0..2).map(|_| window.count(two, 1001).remaining).collect();
        assert_eq!(remaining, [1, 0]);
        let refused = window.count(two, 1899);
        assert!(refused.is_exceeded && refused.reset == 1900 && refused.remaining == 0);
        let again = window.count(two, 1900);
        assert!(!again.is_exceeded && again.reset == 2800 && again.remaining == 1);
    }

    #[test]
    fn a_window_of_a_clock_that_was_ahead_ends_when_it_is_corrected() {
        let one = Allowance { limit: 1, seconds: 900 };
        let mut window = Window::open(one, 61_000);
        assert!(!window.count(one, 61_000).is_exceeded);
        assert!(window.count(one, 60_999).is_exceeded, "it read the clock a little earlier");
        assert_eq!(window.status(one, 1000).remaining, 1);
        assert!(window.is_over(1000));
        let again = window.count(one, 1000);
        assert!(!again.is_exceeded && again.reset == 1900);
    }
}

//! Slows down guessing of passwords: so many attempts for a name in a quarter of an hour.

use birdhouse_domain::rate::{Allowance, Window};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const ALLOWANCE: Allowance = Allowance { limit: 10, seconds: 900 };
/// Names that are remembered; made-up ones must not fill the memory.
const MAX_NAMES: usize = 10_000;

/// Attempts to sign in.
#[derive(Debug, Default)]
pub struct SignIns {
    windows: Mutex<HashMap<String, Window>>,
}

impl SignIns {
    /// Counts an attempt; `false` if there were too many. `now` in seconds since 1970.
    pub fn may_try(&self, name: &str, now: i64) -> bool {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= MAX_NAMES {
            windows.retain(|_, window| !window.is_over(now));
        }
        if windows.len() >= MAX_NAMES {
            return false;
        }
        let name = name.chars().take(20).collect::<String>().to_ascii_lowercase();
        let window = windows.entry(name).or_insert_with(|| Window::open(ALLOWANCE, now));
        !window.count(ALLOWANCE, now).is_exceeded
    }
}

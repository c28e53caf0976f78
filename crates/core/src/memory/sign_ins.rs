//! Slows down the guessing of passwords: ten attempts for a name in a quarter of an hour.

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
        let name = name.chars().take(20).collect::<String>().to_ascii_lowercase();
        if windows.len() >= MAX_NAMES && !windows.contains_key(&name) {
            windows.retain(|_, window| !window.is_over(now));
            let oldest = windows.iter().min_by_key(|(_, w)| w.status(ALLOWANCE, now).reset);
            // A client that makes up names must not lock out everybody else.
            if let Some(oldest) = oldest.map(|(name, _)| name.clone())
                && windows.len() >= MAX_NAMES
            {
                windows.remove(&oldest);
            }
        }
        let window = windows.entry(name).or_insert_with(|| Window::open(ALLOWANCE, now));
        !window.count(ALLOWANCE, now).is_exceeded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_names_lock_nobody_out() {
        let attempts = SignIns::default();
        for _ in 0..10 {
            assert!(attempts.may_try("alice", 0));
        }
        assert!(!attempts.may_try("ALICE", 1), "guessing is slowed down");
        for n in 0..MAX_NAMES + 10 {
            assert!(attempts.may_try(&format!("name{n}"), 2));
        }
        assert!(attempts.may_try("bob", 3));
        assert!(attempts.windows.lock().unwrap().len() <= MAX_NAMES + 1);
    }
}

//! Limits sign-in attempts to ten for each name in a quarter of an hour, against password guessing.

use birdhouse_domain::rate::{Allowance, Window};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const ALLOWANCE: Allowance = Allowance { limit: 10, seconds: 900 };
/// Maximum number of remembered names, so that invented ones do not fill the memory.
const MAX_NAMES: usize = 10_000;

/// Sign-in attempts by name.
#[derive(Debug, Default)]
pub struct SignIns {
    windows: Mutex<HashMap<String, Window>>,
}

impl SignIns {
    /// Counts an attempt; `false` if it exceeds the limit. `now` in seconds since 1970.
    pub fn may_try(&self, name: &str, now: i64) -> bool {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let name = name.chars().take(20).collect::<String>().to_ascii_lowercase();
        if windows.len() >= MAX_NAMES && !windows.contains_key(&name) {
            windows.retain(|_, window| !window.is_over(now));
            let oldest = windows.iter().min_by_key(|(_, w)| w.status(ALLOWANCE, now).reset);
            // A client that invents names must not lock out other users.
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
    fn invented_names_do_not_lock_out_other_users() {
        let attempts = SignIns::default();
        for _ in 0..10 {
            assert!(attempts.may_try("alice", 0));
        }
        assert!(!attempts.may_try("ALICE", 1), "the limit ignores case");
        for n in 0..MAX_NAMES + 10 {
            assert!(attempts.may_try(&format!("name{n}"), 2));
        }
        assert!(attempts.may_try("bob", 3));
        assert!(attempts.windows.lock().unwrap().len() <= MAX_NAMES + 1);
    }
}

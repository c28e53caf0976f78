//! What keeps background loops from their work: the same trouble is reported once, and not by every loop
//! each time that it tries again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Names a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct LoopId(u64);

/// The last errors of the loops that fail.
#[derive(Debug, Default)]
pub(crate) struct Troubles {
    next: AtomicU64,
    errors: Mutex<HashMap<LoopId, String>>,
}

impl Troubles {
    /// A name for another loop.
    pub(crate) fn add_loop(&self) -> LoopId {
        LoopId(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// A loop failed; whether no loop did so by this error yet.
    pub(crate) fn begin(&self, of: LoopId, error: &str) -> bool {
        let mut errors = self.errors();
        let is_new = !errors.values().any(|known| known == error);
        errors.insert(of, error.to_owned());
        is_new
    }

    /// A loop succeeded; the error that none fails by any more.
    pub(crate) fn end(&self, of: LoopId) -> Option<String> {
        let mut errors = self.errors();
        let ended = errors.remove(&of)?;
        (!errors.values().any(|other| *other == ended)).then_some(ended)
    }

    fn errors(&self) -> MutexGuard<'_, HashMap<LoopId, String>> {
        self.errors.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trouble_of_many_loops_is_new_once_and_over_once() {
        let troubles = Troubles::default();
        let loops = [(); 5].map(|()| troubles.add_loop());
        let new = |error| loops.iter().filter(|one| troubles.begin(**one, error)).count();
        assert_eq!(new("the database is gone"), 1);
        assert_eq!(new("the database is gone"), 0, "still");
        assert_eq!(new("it is locked"), 1);
        assert_eq!(
            loops.iter().filter_map(|one| troubles.end(*one)).collect::<Vec<_>>(),
            ["it is locked"]
        );
        assert_eq!(troubles.end(loops[0]), None);
        assert_eq!(new("the database is gone"), 1, "again");
    }
}

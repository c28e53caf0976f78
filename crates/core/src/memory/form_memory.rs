//! Memory for form bodies: bounded for all requests together, and to half of it for each caller.

use birdhouse_domain::{Fault, RateLimitKey};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is reserved.
#[derive(Debug)]
pub struct FormMemory {
    max_bytes: usize,
    reserved: Mutex<Reserved>,
}

#[derive(Debug, Default)]
struct Reserved {
    all: usize,
    by_caller: HashMap<RateLimitKey, usize>,
}

/// Reserved memory; dropping it gives it back.
#[derive(Debug)]
pub struct FormLease {
    memory: Arc<FormMemory>,
    caller: RateLimitKey,
    bytes: usize,
}

impl FormMemory {
    /// At most `max_bytes` together.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, reserved: Mutex::default() }
    }

    /// A lease of no bytes yet.
    pub fn lease(self: &Arc<Self>, caller: RateLimitKey) -> FormLease {
        FormLease { memory: self.clone(), caller, bytes: 0 }
    }

    /// Bytes reserved at the moment.
    pub fn reserved_bytes(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> MutexGuard<'_, Reserved> {
        self.reserved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FormLease {
    /// Reserves this many bytes in all; [`Fault::Overloaded`] if too little is left.
    pub fn grow_to(&mut self, bytes: usize) -> Result<(), Fault> {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        let mut reserved = self.memory.lock();
        let own = reserved.by_caller.get(&self.caller).copied().unwrap_or_default() + more;
        if own > self.memory.max_bytes / 2 || reserved.all + more > self.memory.max_bytes {
            return Err(Fault::Overloaded);
        }
        reserved.by_caller.insert(self.caller, own);
        reserved.all += more;
        self.bytes += more;
        Ok(())
    }
}

impl Drop for FormLease {
    fn drop(&mut self) {
        if self.bytes == 0 {
            return;
        }
        let mut reserved = self.memory.lock();
        reserved.all -= self.bytes;
        if let Entry::Occupied(mut own) = reserved.by_caller.entry(self.caller) {
            *own.get_mut() -= self.bytes.min(*own.get());
            if *own.get() == 0 {
                own.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use birdhouse_domain::AppId;

    #[test]
    fn one_caller_gets_half_and_everything_is_given_back() {
        let memory = Arc::new(FormMemory::new(100));
        let lease = |app| memory.lease(RateLimitKey::App(AppId(app)));
        let (mut one, mut two, mut other) = (lease(1), lease(1), lease(2));
        assert_eq!(one.grow_to(40), Ok(()));
        assert_eq!(two.grow_to(11), Err(Fault::Overloaded));
        assert_eq!(two.grow_to(10), Ok(()));
        assert_eq!(other.grow_to(50), Ok(()));
        assert_eq!(lease(3).grow_to(1), Err(Fault::Overloaded));
        drop((one, two, other));
        assert_eq!(memory.reserved_bytes(), 0);
        assert_eq!(lease(1).grow_to(50), Ok(()));
    }
}

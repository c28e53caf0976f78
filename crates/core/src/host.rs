//! What the machine provides: time, randomness, disks, locks, logs and metrics.

pub mod clock;
pub mod disk;
pub mod lock;
pub mod random;
pub mod telemetry;

//! Services of the machine: time, randomness, disks, locks and metrics.

pub mod clock;
pub mod disk;
pub mod lock;
pub mod random;
pub mod socket;
pub mod telemetry;

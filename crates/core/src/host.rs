//! Services of the machine: time, randomness, disks, locks, limits and metrics.

pub mod clock;
pub mod disk;
pub(crate) mod holder;
pub mod lock;
pub mod open_files;
pub mod random;
pub mod socket;
pub mod telemetry;

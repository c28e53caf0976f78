//! Host names of the real service.

/// Hosts that clients sign for without being able to reach another.
pub const WELL_KNOWN_HOSTS: [&str; 4] =
    ["api.twitter.com", "upload.twitter.com", "api.x.com", "upload.x.com"];

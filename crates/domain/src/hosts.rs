//! Host names of the real service.

/// Hosts that are hard-coded in clients, and so in what they sign.
pub const WELL_KNOWN_HOSTS: [&str; 4] =
    ["api.twitter.com", "upload.twitter.com", "api.x.com", "upload.x.com"];

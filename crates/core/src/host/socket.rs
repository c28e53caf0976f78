//! What the kernel knows of a connection.

use std::os::fd::RawFd;

/// Bytes that were written to a TCP socket and that its peer has not acknowledged; 0 if unknown.
#[expect(unsafe_code, reason = "TIOCOUTQ has no safe wrapper")]
pub fn unacknowledged_bytes(socket: RawFd) -> u64 {
    let mut bytes: libc::c_int = 0;
    // SAFETY: the call writes one integer to where the pointer points, or fails; a descriptor that is
    // not open, or no socket, makes it fail.
    let status = unsafe { libc::ioctl(socket, libc::TIOCOUTQ, &raw mut bytes) };
    if status == 0 { u64::try_from(bytes).unwrap_or(0) } else { 0 }
}

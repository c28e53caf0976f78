//! What the kernel knows of a connection, and does with it.

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

/// Has what is not sent yet thrown away when the socket is closed: the kernel would go on offering it to
/// a peer that does not take it, and keep it in memory meanwhile.
#[expect(unsafe_code, reason = "SO_LINGER has no safe wrapper for a descriptor")]
pub fn discard_on_close(socket: RawFd) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let length = libc::socklen_t::try_from(size_of::<libc::linger>()).unwrap_or_default();
    let value = (&raw const linger).cast();
    // SAFETY: the call reads the structure that it is given, or fails, which changes nothing.
    unsafe { libc::setsockopt(socket, libc::SOL_SOCKET, libc::SO_LINGER, value, length) };
}

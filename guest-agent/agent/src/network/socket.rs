//! What the standard library has no functions for.

use crate::fd::check;
use std::io;
use std::mem::size_of_val;
use std::net::SocketAddr;
use std::os::unix::io::AsRawFd;

/// Sets a socket option.
pub fn set_option<T>(socket: &impl AsRawFd, level: libc::c_int, name: libc::c_int, value: &T) -> io::Result<()> {
    let length = size_of_val(value) as libc::socklen_t;
    // SAFETY: `value` lives through the call and has that length; what it points to lives as long as its owner.
    check(unsafe { libc::setsockopt(socket.as_raw_fd(), level, name, (value as *const T).cast(), length) }).map(drop)
}

/// Sends small messages at once.
pub fn no_delay(socket: &impl AsRawFd) {
    let one: libc::c_int = 1;
    let _ = set_option(socket, libc::IPPROTO_TCP, libc::TCP_NODELAY, &one);
}

/// Calls a function with an address in the kernel's form.
pub fn with_name<T>(address: SocketAddr, call: impl FnOnce(*const libc::sockaddr, libc::socklen_t) -> T) -> T {
    match address {
        SocketAddr::V4(address) => {
            // SAFETY: all-zero is a valid address.
            let mut name: libc::sockaddr_in = unsafe { std::mem::zeroed() };
            name.sin_family = libc::AF_INET as libc::sa_family_t;
            name.sin_addr.s_addr = u32::from_ne_bytes(address.ip().octets());
            name.sin_port = address.port().to_be();
            call((&name as *const libc::sockaddr_in).cast(), size_of_val(&name) as libc::socklen_t)
        }
        SocketAddr::V6(address) => {
            // SAFETY: all-zero is a valid address.
            let mut name: libc::sockaddr_in6 = unsafe { std::mem::zeroed() };
            name.sin6_family = libc::AF_INET6 as libc::sa_family_t;
            name.sin6_addr.s6_addr = address.ip().octets();
            name.sin6_port = address.port().to_be();
            call((&name as *const libc::sockaddr_in6).cast(), size_of_val(&name) as libc::socklen_t)
        }
    }
}

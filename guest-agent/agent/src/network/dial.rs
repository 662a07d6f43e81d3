//! Connects to programs of the guest.

use super::socket::{no_delay, with_name};
use crate::fd::{check, check_fd, set_nonblocking};
use std::io;
use std::mem::size_of_val;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::io::{AsRawFd, OwnedFd};
use tokio::io::unix::AsyncFd;

/// Connects to a port of 127.0.0.1, and of ::1 if no program listens there.
pub async fn connect(port: u16) -> io::Result<OwnedFd> {
    match connect_to(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)).await {
        Ok(socket) => Ok(socket),
        // What the first address says counts: a guest may have no IPv6.
        Err(failure) => connect_to(SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), port)).await.map_err(|_| failure),
    }
}

async fn connect_to(to: SocketAddr) -> io::Result<OwnedFd> {
    let family = if to.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    // SAFETY: takes no pointers.
    let socket = check_fd(unsafe { libc::socket(family, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) })?;
    set_nonblocking(&socket)?;
    no_delay(&socket);
    let started = with_name(to, |name, length| {
        // SAFETY: `name` lives through the call and has that length.
        check(unsafe { libc::connect(socket.as_raw_fd(), name, length) })
    });
    match started {
        Err(error) if error.raw_os_error() == Some(libc::EINPROGRESS) => {}
        Err(error) => return Err(error),
        Ok(_) => return Ok(socket),
    }
    let socket = AsyncFd::new(socket)?;
    let _ = socket.writable().await?;
    let mut error: libc::c_int = 0;
    let mut length = size_of_val(&error) as libc::socklen_t;
    // SAFETY: the kernel writes one int.
    check(unsafe {
        let error = (&mut error as *mut libc::c_int).cast();
        libc::getsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_ERROR, error, &mut length)
    })?;
    if error != 0 {
        return Err(io::Error::from_raw_os_error(error));
    }
    Ok(socket.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_is_tried_if_nothing_listens_on_ipv4() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        runtime.block_on(async {
            connect(port).await.unwrap();
            drop(listener);
            let error = connect(port).await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
        });
    }
}

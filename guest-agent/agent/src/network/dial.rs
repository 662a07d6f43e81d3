//! Connects to programs of the guest.

use super::socket::{bind, no_delay, set_option, with_name};
use crate::fd::{check, check_fd, set_nonblocking};
use crate::proto::ConnectionTarget;
use std::io;
use std::mem::size_of_val;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::io::{AsRawFd, OwnedFd};
use tokio::io::unix::AsyncFd;

/// Where to connect to, and from which address.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    addresses: Vec<SocketAddr>,
    source: Option<IpAddr>,
}

impl Target {
    pub fn check(message: &ConnectionTarget) -> Result<Target, String> {
        let port = u16::try_from(message.port).ok().filter(|port| *port > 0);
        let port = port.ok_or_else(|| format!("target.port is {}; give 1 to 65535", message.port))?;
        let source = match &message.source[..] {
            [] => None,
            octets => Some(address("source", octets)?),
        };
        let addresses = match &message.address[..] {
            [] => vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
            octets => vec![address("address", octets)?],
        };
        if source.map_or(false, |source| addresses.iter().any(|to| to.is_ipv4() != source.is_ipv4())) {
            return Err("target.source must be of the same family as target.address".to_owned());
        }
        let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, port)).collect();
        Ok(Target { addresses, source })
    }

    /// Connects to the first address on which a program listens.
    pub async fn connect(&self) -> io::Result<OwnedFd> {
        let mut failure = io::Error::from_raw_os_error(libc::ECONNREFUSED);
        for (index, address) in self.addresses.iter().enumerate() {
            match connect(*address, self.source).await {
                Ok(socket) => return Ok(socket),
                // What the first address says counts: a guest may have no IPv6.
                Err(error) if index == 0 => failure = error,
                Err(_) => {}
            }
        }
        Err(failure)
    }
}

fn address(field: &str, octets: &[u8]) -> Result<IpAddr, String> {
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return Ok(octets.into());
    }
    let octets = <[u8; 16]>::try_from(octets);
    octets.map(IpAddr::from).map_err(|_| format!("target.{field} must have 4 or 16 bytes"))
}

async fn connect(to: SocketAddr, source: Option<IpAddr>) -> io::Result<OwnedFd> {
    let family = if to.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    // SAFETY: takes no pointers.
    let socket = check_fd(unsafe { libc::socket(family, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) })?;
    set_nonblocking(&socket)?;
    no_delay(&socket);
    if let Some(source) = source {
        let one: libc::c_int = 1;
        // The address belongs to another box, not to a device of this one.
        match source {
            IpAddr::V4(_) => set_option(&socket, libc::IPPROTO_IP, libc::IP_TRANSPARENT, &one)?,
            IpAddr::V6(_) => set_option(&socket, libc::IPPROTO_IPV6, libc::IPV6_TRANSPARENT, &one)?,
        }
        bind(&socket, SocketAddr::new(source, 0))?;
    }
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

    fn target(port: u32, address: &[u8], source: &[u8]) -> Result<Target, String> {
        Target::check(&ConnectionTarget { port, address: address.to_vec(), source: source.to_vec() })
    }

    #[test]
    fn an_invalid_target_is_reported_with_its_field() {
        assert!(target(0, &[], &[]).unwrap_err().contains("target.port is 0"));
        assert!(target(65_536, &[], &[]).unwrap_err().contains("65536"));
        assert!(target(1, &[1, 2, 3], &[]).unwrap_err().contains("target.address"));
        assert!(target(1, &[0; 16], &[127, 0, 0, 1]).unwrap_err().contains("same family"));
    }

    #[test]
    fn ipv6_is_tried_if_nothing_listens_on_ipv4() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = std::net::TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
        let port = u32::from(listener.local_addr().unwrap().port());
        runtime.block_on(async {
            target(port, &[], &[]).unwrap().connect().await.unwrap();
            drop(listener);
            let error = target(port, &[], &[]).unwrap().connect().await.unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ECONNREFUSED));
        });
    }
}

//! Sees the SYNs of the guest's programs, and sends packets of the agent's own.

use super::filter::{
    attach_filter, instruction, AND, JUMP_IF_ANY_BIT, JUMP_IF_EQUAL, LOAD_BYTE, LOAD_BYTE_INDIRECT, LOAD_HALF,
    LOAD_IPV4_HEADER_LENGTH, LOAD_MARK, LOAD_WORD, RETURN, SYN, SYN_AND_ACK, TCP_FLAGS,
};
use super::netlink::index_of;
use super::socket::{set_option, with_name};
use super::steering::MARK;
use crate::fd::{check, check_fd};
use std::io;
use std::mem::size_of_val;
use std::net::SocketAddr;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::task::{Context, Poll};
use tokio::io::unix::AsyncFd;

/// The longest headers of IPv4 and TCP, 60 bytes each. Nothing else of a packet is needed.
const SNAP_BYTES: usize = 120;

/// Room for some thousand SYNs that the agent has not read yet. More are dropped, and programs send them again.
const BUFFER_BYTES: libc::c_int = 1 << 20;

/// The loopback device, as the agent needs it.
pub struct Wire {
    taps: [AsyncFd<OwnedFd>; 2],
    ipv4: OwnedFd,
    ipv6: OwnedFd,
}

impl Wire {
    pub fn open() -> io::Result<Wire> {
        Ok(Wire {
            taps: [
                AsyncFd::new(tap(libc::ETH_P_IP, &ipv4_syns())?)?,
                AsyncFd::new(tap(libc::ETH_P_IPV6, &ipv6_syns())?)?,
            ],
            ipv4: raw(libc::AF_INET, libc::IPPROTO_IP, libc::IP_HDRINCL)?,
            ipv6: raw(libc::AF_INET6, libc::IPPROTO_IPV6, libc::IPV6_HDRINCL)?,
        })
    }

    /// Reads one packet that may be a SYN of a program.
    pub fn poll_read<'a>(&self, cx: &mut Context<'_>, buffer: &'a mut [u8; SNAP_BYTES]) -> Poll<io::Result<&'a [u8]>> {
        for tap in &self.taps {
            while let Poll::Ready(ready) = tap.poll_read_ready(cx) {
                match crate::fd::read(tap.as_raw_fd(), buffer) {
                    Ok(length) => return Poll::Ready(Ok(&buffer[..length])),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready?.clear_ready(),
                    Err(error) => return Poll::Ready(Err(error)),
                }
            }
        }
        Poll::Pending
    }

    /// A buffer for [`Wire::poll_read`].
    pub fn buffer() -> [u8; SNAP_BYTES] {
        [0; SNAP_BYTES]
    }

    /// Sends a packet to the address that it names. The kernel has delivered it when this returns.
    pub fn send(&self, packet: &[u8], to: SocketAddr) -> io::Result<()> {
        let socket = if to.is_ipv4() { &self.ipv4 } else { &self.ipv6 };
        // A raw socket takes no port.
        let sent = with_name(SocketAddr::new(to.ip(), 0), |name, length| {
            // SAFETY: packet and address live through the call and have these lengths.
            unsafe { libc::sendto(socket.as_raw_fd(), packet.as_ptr().cast(), packet.len(), 0, name, length) }
        });
        if sent < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }
}

/// A packet socket on the loopback device (packet(7)), which gets what the filter accepts, from the IP header on.
fn tap(protocol: libc::c_int, filter: &[libc::sock_filter]) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // Without a protocol it gets nothing before it is bound, when the filter is in place.
    // SAFETY: takes no pointers.
    let socket = check_fd(unsafe { libc::socket(libc::AF_PACKET, kind, 0) })?;
    attach_filter(&socket, filter)?;
    set_option(&socket, libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, &BUFFER_BYTES)?;
    // SAFETY: all-zero is a valid address.
    let mut name: libc::sockaddr_ll = unsafe { std::mem::zeroed() };
    name.sll_family = libc::AF_PACKET as u16;
    name.sll_protocol = (protocol as u16).to_be();
    name.sll_ifindex = index_of("lo")? as libc::c_int;
    let length = size_of_val(&name) as libc::socklen_t;
    // SAFETY: `name` lives through the call and has that length.
    check(unsafe { libc::bind(socket.as_raw_fd(), (&name as *const libc::sockaddr_ll).cast(), length) })?;
    Ok(socket)
}

/// A socket for packets with their IP headers (raw(7)).
fn raw(family: libc::c_int, level: libc::c_int, with_header: libc::c_int) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: takes no pointers.
    let socket = check_fd(unsafe { libc::socket(family, kind, libc::IPPROTO_RAW) })?;
    let one: libc::c_int = 1;
    set_option(&socket, level, with_header, &one)?;
    set_option(&socket, libc::SOL_SOCKET, libc::SO_MARK, &MARK)?;
    Ok(socket)
}

/// Accepts SYNs that are not from the agent and not to a loopback address.
fn ipv4_syns() -> [libc::sock_filter; 14] {
    const FRAGMENT_OFFSET: u32 = 0x1fff;
    [
        instruction(LOAD_BYTE, 9, 0, 0), // protocol
        instruction(JUMP_IF_EQUAL, libc::IPPROTO_TCP as u32, 0, 11),
        instruction(LOAD_HALF, 6, 0, 0),
        instruction(JUMP_IF_ANY_BIT, FRAGMENT_OFFSET, 9, 0),
        instruction(LOAD_BYTE, 16, 0, 0), // first octet of the destination
        instruction(JUMP_IF_EQUAL, 127, 7, 0),
        instruction(LOAD_IPV4_HEADER_LENGTH, 0, 0, 0),
        instruction(LOAD_BYTE_INDIRECT, TCP_FLAGS, 0, 0),
        instruction(AND, SYN_AND_ACK, 0, 0),
        instruction(JUMP_IF_EQUAL, SYN, 0, 3),
        instruction(LOAD_WORD, LOAD_MARK, 0, 0),
        instruction(JUMP_IF_EQUAL, MARK, 1, 0),
        instruction(RETURN, SNAP_BYTES as u32, 0, 0),
        instruction(RETURN, 0, 0, 0),
    ]
}

/// Accepts SYNs that are not from the agent. Extension headers do not occur before a TCP header that Linux sends.
fn ipv6_syns() -> [libc::sock_filter; 9] {
    [
        instruction(LOAD_BYTE, 6, 0, 0), // next header
        instruction(JUMP_IF_EQUAL, libc::IPPROTO_TCP as u32, 0, 6),
        instruction(LOAD_BYTE, 40 + TCP_FLAGS, 0, 0),
        instruction(AND, SYN_AND_ACK, 0, 0),
        instruction(JUMP_IF_EQUAL, SYN, 0, 3),
        instruction(LOAD_WORD, LOAD_MARK, 0, 0),
        instruction(JUMP_IF_EQUAL, MARK, 1, 0),
        instruction(RETURN, SNAP_BYTES as u32, 0, 0),
        instruction(RETURN, 0, 0, 0),
    ]
}

//! Configures network devices, addresses, routes and rules: rtnetlink(7).

use crate::fd::{check, check_fd};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};

/// Attributes and their headers are aligned to this (NLMSG_ALIGNTO, RTA_ALIGNTO).
const ALIGNMENT: usize = 4;

const HEADER_BYTES: usize = 16;

/// One request.
pub struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// Starts a request with the struct that its type has. `flags` are added to those of every request.
    pub fn new(message_type: u16, flags: libc::c_int, body: &[u8]) -> Request {
        let mut bytes = vec![0; HEADER_BYTES];
        let flags = (libc::NLM_F_REQUEST | libc::NLM_F_ACK | flags) as u16;
        bytes[4..6].copy_from_slice(&message_type.to_ne_bytes());
        bytes[6..8].copy_from_slice(&flags.to_ne_bytes());
        bytes.extend_from_slice(body);
        Request { bytes }
    }

    pub fn attribute(mut self, kind: u16, value: &[u8]) -> Request {
        self.align();
        let length = (ALIGNMENT + value.len()) as u16;
        self.bytes.extend_from_slice(&length.to_ne_bytes());
        self.bytes.extend_from_slice(&kind.to_ne_bytes());
        self.bytes.extend_from_slice(value);
        self
    }

    fn align(&mut self) {
        while self.bytes.len() % ALIGNMENT != 0 {
            self.bytes.push(0);
        }
    }

    fn finish(mut self) -> Vec<u8> {
        self.align();
        let length = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        self.bytes
    }
}

/// A connection to the kernel.
pub struct Netlink {
    socket: OwnedFd,
}

impl Netlink {
    pub fn open() -> io::Result<Netlink> {
        let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC;
        // SAFETY: takes no pointers.
        let socket = check_fd(unsafe { libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE) })?;
        Ok(Netlink { socket })
    }

    /// Makes a request. The kernel carries it out before this returns.
    pub fn request(&self, request: Request) -> io::Result<()> {
        let bytes = request.finish();
        // SAFETY: the kernel reads as many bytes as `bytes` has.
        let sent = unsafe { libc::send(self.socket.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), 0) };
        if sent < 0 {
            return Err(io::Error::last_os_error());
        }
        let mut answer = [0u8; 512];
        // SAFETY: the kernel writes at most as many bytes as `answer` has.
        let got = unsafe { libc::recv(self.socket.as_raw_fd(), answer.as_mut_ptr().cast(), answer.len(), 0) };
        // An acknowledgement is an NLMSG_ERROR: the header, then zero or a negative errno.
        if got < HEADER_BYTES as isize + 4 {
            return Err(if got < 0 { io::Error::last_os_error() } else { io::ErrorKind::UnexpectedEof.into() });
        }
        let code = i32::from_ne_bytes([answer[16], answer[17], answer[18], answer[19]]);
        if code == 0 {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(-code))
        }
    }
}

/// Returns the index of a device.
pub fn index_of(device: &str) -> io::Result<u32> {
    let name = std::ffi::CString::new(device).map_err(|_| io::ErrorKind::InvalidInput)?;
    // SAFETY: a NUL-terminated string that lives through the call.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    check(if index == 0 { -1 } else { 0 }).map(|_| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_aligned_and_counted() {
        let bytes = Request::new(7, 0, &[1, 2]).attribute(3, b"eth0\0").finish();
        assert_eq!(bytes[..4], (bytes.len() as u32).to_ne_bytes());
        assert_eq!(bytes[16..], [
            &[1, 2, 0, 0][..],
            &[9, 0, 3, 0], b"eth0\0\0\0\0",
        ].concat()[..]);
    }

    #[test]
    fn the_kernels_errors_are_returned() {
        let error = Netlink::open().unwrap().request(Request::new(libc::RTM_NEWADDR, 0, &[0; 8])).unwrap_err();
        assert!(error.raw_os_error().is_some(), "{error}");
    }
}

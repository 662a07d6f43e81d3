//! Gives the agent's listening sockets every TCP connection to an address that is not the guest's own.
//!
//! A BPF program chooses the listening socket for each SYN (the kernel's Documentation/bpf/prog_sk_lookup). On the
//! accepted socket, getsockname(2) returns the address that the program connected to.
//!
//! A program's connect(2) must fail if the host refuses, so the kernel must not answer a SYN before the host has
//! decided. A filter on the listening socket therefore drops every SYN without [`MARK`]. The agent sees the SYN by other
//! means ([`super::wire`]), and sends it again with the mark if the host agrees.

use super::bpf::{self, Assembler, Register, R0, R1, R2, R3, R6, R7, R8, STACK};
use super::filter::{
    attach_filter, instruction, AND, JUMP_IF_EQUAL, LOAD_BYTE, LOAD_MARK, LOAD_WORD, RETURN, SYN, SYN_AND_ACK, TCP_FLAGS,
};
use super::interface::Addresses;
use super::socket::{bind, set_option};
use crate::fd::{check, check_fd, open_at};
use std::ffi::CString;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::io::{AsRawFd, OwnedFd};

/// On packets that the agent sends.
pub const MARK: u32 = 0x0b0c_511e;

/// Connections that were completed and wait for the agent to accept them.
const BACKLOG: libc::c_int = 4096;

const SK_PASS: i32 = 1;

/// Keys in the map of sockets.
const IPV4_LISTENER: i32 = 0;
const IPV6_LISTENER: i32 = 1;

// Fields of struct bpf_sk_lookup in linux/bpf.h.
const FAMILY: i16 = 8;
const PROTOCOL: i16 = 12;
const LOCAL_IP4: i16 = 40;
const LOCAL_IP6: i16 = 44;

/// The listening sockets, and the program that leads connections to them.
pub struct Steering {
    /// For IPv4 and for IPv6.
    pub listeners: [OwnedFd; 2],
    /// The guest's own IPv4 address. Its IPv6 address does not change.
    own: OwnedFd,
    /// Closing it detaches the program.
    _attached: OwnedFd,
}

impl Steering {
    pub fn begin(addresses: Addresses) -> Result<Steering, String> {
        let failed = |what: &'static str| move |error: io::Error| format!("cannot {what} for connections: {error}");
        let listeners = [
            listen(Ipv4Addr::LOCALHOST.into()).map_err(failed("listen"))?,
            listen(Ipv6Addr::LOCALHOST.into()).map_err(failed("listen"))?,
        ];
        let sockets = bpf::socket_map(&[listeners[0].as_raw_fd(), listeners[1].as_raw_fd()])
            .map_err(failed("make a BPF map"))?;
        let own = bpf::value_map(4).map_err(failed("make a BPF map"))?;
        let path = CString::new("/proc/self/ns/net").expect("a constant without NUL");
        let namespace = open_at(None, &path, libc::O_RDONLY).map_err(failed("open the network namespace"))?;
        let program = program(addresses.ipv6, &own, &sockets).load_sk_lookup().map_err(failed("load a BPF program"))?;
        let attached = bpf::attach_sk_lookup(&program, &namespace).map_err(failed("attach the BPF program"))?;
        let steering = Steering { listeners, own, _attached: attached };
        steering.change(addresses.ipv4)?;
        Ok(steering)
    }

    /// Leaves connections to this address to the guest's programs from now on.
    pub fn change(&self, own: Ipv4Addr) -> Result<(), String> {
        bpf::update(&self.own, 0, &own.octets()).map_err(|error| format!("cannot change the address in a BPF map: {error}"))
    }
}

/// Listens for connections of one family. The address does not matter, but a wildcard would take the port from programs.
fn listen(address: IpAddr) -> io::Result<OwnedFd> {
    let (family, level, transparent) = match address {
        IpAddr::V4(_) => (libc::AF_INET, libc::IPPROTO_IP, libc::IP_TRANSPARENT),
        IpAddr::V6(_) => (libc::AF_INET6, libc::IPPROTO_IPV6, libc::IPV6_TRANSPARENT),
    };
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: takes no pointers.
    let socket = check_fd(unsafe { libc::socket(family, kind, 0) })?;
    let one: libc::c_int = 1;
    // The answer to a SYN comes from an address that no device has.
    set_option(&socket, level, transparent, &one)?;
    attach_filter(&socket, &only_marked_syns())?;
    bind(&socket, SocketAddr::new(address, 0))?;
    // SAFETY: takes no pointers.
    check(unsafe { libc::listen(socket.as_raw_fd(), BACKLOG) })?;
    Ok(socket)
}

/// The kernel runs the filter of a listening socket on each packet for it, from the TCP header on.
fn only_marked_syns() -> [libc::sock_filter; 7] {
    [
        instruction(LOAD_BYTE, TCP_FLAGS, 0, 0),
        instruction(AND, SYN_AND_ACK, 0, 0),
        instruction(JUMP_IF_EQUAL, SYN, 0, 2),
        instruction(LOAD_WORD, LOAD_MARK, 0, 0),
        instruction(JUMP_IF_EQUAL, MARK, 0, 1),
        instruction(RETURN, u32::MAX, 0, 0),
        instruction(RETURN, 0, 0, 0),
    ]
}

fn program(own_ipv6: Ipv6Addr, own_ipv4: &OwnedFd, sockets: &OwnedFd) -> Assembler {
    // Addresses are in memory in network order.
    let word = |octets: [u8; 4]| u32::from_ne_bytes(octets);
    let mut program = Assembler::default();
    program
        .copy(R6, R1)
        .load(R2, R1, PROTOCOL)
        .if_not_equal(R2, libc::IPPROTO_TCP as u32, "pass")
        .set(R8, IPV4_LISTENER)
        .load(R2, R1, FAMILY)
        .if_equal(R2, libc::AF_INET6 as u32, "ipv6")
        .load(R2, R1, LOCAL_IP4)
        .and(R2, word([255, 0, 0, 0]) as i32)
        .if_equal(R2, word(Ipv4Addr::new(127, 0, 0, 0).octets()), "pass");
    look_up(&mut program, own_ipv4, "no value");
    program
        .load(R3, R0, 0)
        .load(R2, R6, LOCAL_IP4)
        .if_same(R2, R3, "pass")
        .label("no value")
        .go_to("assign")
        .label("ipv6")
        .set(R8, IPV6_LISTENER);
    for (address, other) in [(own_ipv6, "no own address"), (Ipv6Addr::LOCALHOST, "no loopback")] {
        for (index, part) in address.octets().chunks(4).enumerate() {
            program
                .load(R2, R6, LOCAL_IP6 + 4 * index as i16)
                .if_not_equal(R2, word([part[0], part[1], part[2], part[3]]), other);
        }
        program.go_to("pass").label(other);
    }
    program.label("assign");
    look_up_key(&mut program, sockets, R8, "pass");
    program
        .copy(R7, R0)
        .copy(R1, R6)
        .copy(R2, R0)
        .set(R3, 0)
        .call(bpf::HELPER_SK_ASSIGN)
        .copy(R1, R7)
        .call(bpf::HELPER_SK_RELEASE)
        .label("pass")
        .set(R0, SK_PASS)
        .exit();
    program
}

/// Looks up the one value of a map.
fn look_up(program: &mut Assembler, map: &OwnedFd, missing: &'static str) {
    program.set(R7, 0);
    look_up_key(program, map, R7, missing);
}

/// Looks up the value under the key in a register.
fn look_up_key(program: &mut Assembler, map: &OwnedFd, key: Register, missing: &'static str) {
    program
        .store_register(STACK, -4, key)
        .copy(R2, STACK)
        .add(R2, -4)
        .load_map(R1, map)
        .call(bpf::HELPER_MAP_LOOKUP_ELEM)
        .if_null(R0, missing);
}

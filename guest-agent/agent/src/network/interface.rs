//! The guest's network device, and how TCP connections to the rest of the world reach the loopback device.
//!
//! The device has the box's addresses, since programs look for one that is not loopback (getaddrinfo(3) with
//! AI_ADDRCONFIG does). No packet leaves through it. A rule sends TCP, and only TCP, to a table whose one route makes
//! every address local. So everything else finds no route and fails at once with ENETUNREACH: UDP, ping.

use super::netlink::{index_of, Netlink, Request};
use super::steering::MARK;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const DEVICE: &str = "eth0";
const LOOPBACK: &str = "lo";

/// The table of the routes for TCP, and the priority of the rules that lead to it: after the table of local addresses,
/// before the main table.
const TABLE: u8 = 100;
const PRIORITY: u32 = 100;

// linux/fib_rules.h, linux/rtnetlink.h and linux/if_link.h, as far as the crate libc lacks them.
const FR_ACT_TO_TBL: u8 = 1;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
const FRA_IP_PROTO: u16 = 22;
const IFLA_INFO_KIND: u16 = 1;

/// The addresses of the box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    pub ipv4: Ipv4Addr,
    pub ipv6: Ipv6Addr,
}

impl Addresses {
    pub fn check(message: &crate::proto::GuestNetwork) -> Result<Addresses, String> {
        let ipv4 = <[u8; 4]>::try_from(&message.ipv4[..])
            .map_err(|_| format!("network.ipv4 has {} bytes; give 4", message.ipv4.len()))?;
        let ipv6 = <[u8; 16]>::try_from(&message.ipv6[..])
            .map_err(|_| format!("network.ipv6 has {} bytes; give 16", message.ipv6.len()))?;
        let addresses = Addresses { ipv4: ipv4.into(), ipv6: ipv6.into() };
        for address in addresses.all() {
            if address.is_loopback() || address.is_multicast() || address.is_unspecified() {
                return Err(format!("network has the address {address}; give one that a device can have"));
            }
        }
        Ok(addresses)
    }
}

impl Addresses {
    /// Whether this is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.all().contains(&address)
    }

    fn all(&self) -> [IpAddr; 2] {
        [IpAddr::V4(self.ipv4), IpAddr::V6(self.ipv6)]
    }
}

/// Replaces the IPv4 address.
pub fn change(former: Ipv4Addr, own: Ipv4Addr) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot change the address of the network device: {error}");
    let netlink = Netlink::open().map_err(failed)?;
    let (device, loopback) = (index_of(DEVICE).map_err(failed)?, index_of(LOOPBACK).map_err(failed)?);
    netlink.request(address_request(libc::RTM_NEWADDR, own.into(), device)).map_err(failed)?;
    netlink.request(route(own.into(), loopback)).map_err(failed)?;
    netlink.request(address_request(libc::RTM_DELADDR, former.into(), device)).map_err(failed)
}

/// Makes the device and the routes.
pub fn set_up(addresses: Addresses) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot set up the network device: {error}");
    let netlink = Netlink::open().map_err(failed)?;
    netlink.request(link(0, 0, 0).attribute(libc::IFLA_IFNAME, b"eth0\0").nested(libc::IFLA_LINKINFO, IFLA_INFO_KIND, b"dummy")).map_err(failed)?;
    // It needs no address of its own choice, and nothing tells it about routes.
    for (setting, value) in [("addr_gen_mode", "1"), ("accept_ra", "0")] {
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{DEVICE}/{setting}"), value);
    }
    let device = index_of(DEVICE).map_err(failed)?;
    netlink.request(link(device, libc::IFF_UP as u32, libc::IFF_UP as u32)).map_err(failed)?;
    let loopback = index_of(LOOPBACK).map_err(failed)?;
    for address in addresses.all() {
        netlink.request(address_request(libc::RTM_NEWADDR, address, device)).map_err(failed)?;
        // A packet with a header of the agent's own is of no protocol that a rule could know.
        let ours = [(FRA_FWMARK, MARK.to_ne_bytes().to_vec()), (FRA_IP_PROTO, vec![libc::IPPROTO_TCP as u8])];
        for (condition, value) in ours {
            netlink.request(rule(address, condition, &value)).map_err(failed)?;
        }
        netlink.request(route(address, loopback)).map_err(failed)?;
    }
    Ok(())
}

fn link(index: u32, flags: u32, change: u32) -> Request {
    let create = if index == 0 { libc::NLM_F_CREATE | libc::NLM_F_EXCL } else { 0 };
    // struct ifinfomsg: family, padding, type, index, flags, change.
    let mut body = vec![0; 4];
    body.extend_from_slice(&index.to_ne_bytes());
    body.extend_from_slice(&flags.to_ne_bytes());
    body.extend_from_slice(&change.to_ne_bytes());
    Request::new(libc::RTM_NEWLINK, create, &body)
}

fn address_request(kind: u16, address: IpAddr, device: u32) -> Request {
    let (family, bits, octets) = parts(address);
    // struct ifaddrmsg: family, prefix length, flags, scope, index. No other host could have the address.
    let mut body = vec![family, bits, libc::IFA_F_NODAD as u8, libc::RT_SCOPE_UNIVERSE];
    body.extend_from_slice(&device.to_ne_bytes());
    let create = if kind == libc::RTM_NEWADDR { libc::NLM_F_CREATE | libc::NLM_F_EXCL } else { 0 };
    Request::new(kind, create, &body)
        .attribute(libc::IFA_LOCAL, &octets)
        .attribute(libc::IFA_ADDRESS, &octets)
}

fn rule(address: IpAddr, condition: u16, value: &[u8]) -> Request {
    // struct fib_rule_hdr: family, lengths of destination and source, tos, table, two reserved bytes, action, flags.
    let mut body = vec![parts(address).0, 0, 0, 0, TABLE, 0, 0, FR_ACT_TO_TBL];
    body.extend_from_slice(&0u32.to_ne_bytes());
    Request::new(libc::RTM_NEWRULE, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &body)
        .attribute(FRA_PRIORITY, &PRIORITY.to_ne_bytes())
        .attribute(condition, value)
}

/// The route of all addresses. Replaces one from another source.
fn route(source: IpAddr, loopback: u32) -> Request {
    let (family, _, octets) = parts(source);
    // struct rtmsg: family, lengths of destination and source, tos, table, protocol, scope, type, flags.
    let mut body =
        vec![family, 0, 0, 0, TABLE, libc::RTPROT_STATIC, libc::RT_SCOPE_HOST, libc::RTN_LOCAL];
    body.extend_from_slice(&0u32.to_ne_bytes());
    Request::new(libc::RTM_NEWROUTE, libc::NLM_F_CREATE | libc::NLM_F_REPLACE, &body)
        .attribute(libc::RTA_OIF, &loopback.to_ne_bytes())
        .attribute(libc::RTA_PREFSRC, &octets)
}

/// Family, number of bits, octets.
fn parts(address: IpAddr) -> (u8, u8, Vec<u8>) {
    match address {
        IpAddr::V4(address) => (libc::AF_INET as u8, 32, address.octets().to_vec()),
        IpAddr::V6(address) => (libc::AF_INET6 as u8, 128, address.octets().to_vec()),
    }
}

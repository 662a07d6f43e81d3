//! The guest's network card: its addresses and routes.
//!
//! A rule sends TCP, and only TCP, to a table whose one route leads to the card. So everything else finds no route and
//! fails at once with ENETUNREACH: UDP, ping. There is nobody else on the link, so nothing resolves addresses there.

use super::netlink::{index_of, Netlink, Request};
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const DEVICE: &str = "eth0";

/// The table of the routes for TCP, and the priority of the rules that lead to it: after the table of local addresses,
/// before the main table.
const TABLE: u8 = 100;
const PRIORITY: u32 = 100;

// linux/fib_rules.h, as far as the crate libc lacks them.
const FR_ACT_TO_TBL: u8 = 1;
const FRA_PRIORITY: u16 = 6;
const FRA_IP_PROTO: u16 = 22;

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
    fn all(&self) -> [IpAddr; 2] {
        [IpAddr::V4(self.ipv4), IpAddr::V6(self.ipv6)]
    }
}

/// Replaces the IPv4 address.
pub fn change(former: Ipv4Addr, own: Ipv4Addr) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot change the address of the network card: {error}");
    let netlink = Netlink::open().map_err(failed)?;
    let device = index_of(DEVICE).map_err(failed)?;
    netlink.request(address_request(libc::RTM_NEWADDR, own.into(), device)).map_err(failed)?;
    netlink.request(route(own.into(), device)).map_err(failed)?;
    netlink.request(address_request(libc::RTM_DELADDR, former.into(), device)).map_err(failed)
}

/// Gives the card its addresses and makes the routes.
pub fn set_up(addresses: Addresses) -> Result<(), String> {
    let failed = |error: io::Error| format!("cannot set up the network card: {error}");
    let netlink = Netlink::open().map_err(failed)?;
    // It needs no address of its own choice, no other machine has its address, and nothing tells it about routes.
    for (setting, value) in [("addr_gen_mode", "1"), ("accept_dad", "0"), ("accept_ra", "0"), ("router_solicitations", "0")] {
        let _ = fs::write(format!("/proc/sys/net/ipv6/conf/{DEVICE}/{setting}"), value);
    }
    let device = index_of(DEVICE).map_err(failed)?;
    let flags = (libc::IFF_UP | libc::IFF_NOARP) as u32;
    netlink.request(link(device, flags)).map_err(failed)?;
    for address in addresses.all() {
        netlink.request(address_request(libc::RTM_NEWADDR, address, device)).map_err(failed)?;
        netlink.request(tcp_rule(address)).map_err(failed)?;
        netlink.request(route(address, device)).map_err(failed)?;
    }
    Ok(())
}

/// Sets flags of a device.
fn link(index: u32, flags: u32) -> Request {
    // struct ifinfomsg: family, padding, type, index, flags, change.
    let mut body = vec![0; 4];
    body.extend_from_slice(&index.to_ne_bytes());
    body.extend_from_slice(&flags.to_ne_bytes());
    body.extend_from_slice(&flags.to_ne_bytes());
    Request::new(libc::RTM_NEWLINK, 0, &body)
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

fn tcp_rule(address: IpAddr) -> Request {
    // struct fib_rule_hdr: family, lengths of destination and source, tos, table, two reserved bytes, action, flags.
    let mut body = vec![parts(address).0, 0, 0, 0, TABLE, 0, 0, FR_ACT_TO_TBL];
    body.extend_from_slice(&0u32.to_ne_bytes());
    Request::new(libc::RTM_NEWRULE, libc::NLM_F_CREATE | libc::NLM_F_EXCL, &body)
        .attribute(FRA_PRIORITY, &PRIORITY.to_ne_bytes())
        .attribute(FRA_IP_PROTO, &[libc::IPPROTO_TCP as u8])
}

/// The route to all addresses. Replaces one from another source.
fn route(source: IpAddr, device: u32) -> Request {
    let (family, _, octets) = parts(source);
    // struct rtmsg: family, lengths of destination and source, tos, table, protocol, scope, type, flags.
    let mut body =
        vec![family, 0, 0, 0, TABLE, libc::RTPROT_STATIC, libc::RT_SCOPE_LINK, libc::RTN_UNICAST];
    body.extend_from_slice(&0u32.to_ne_bytes());
    Request::new(libc::RTM_NEWROUTE, libc::NLM_F_CREATE | libc::NLM_F_REPLACE, &body)
        .attribute(libc::RTA_OIF, &device.to_ne_bytes())
        .attribute(libc::RTA_PREFSRC, &octets)
}

/// Family, number of bits, octets.
fn parts(address: IpAddr) -> (u8, u8, Vec<u8>) {
    match address {
        IpAddr::V4(address) => (libc::AF_INET as u8, 32, address.octets().to_vec()),
        IpAddr::V6(address) => (libc::AF_INET6 as u8, 128, address.octets().to_vec()),
    }
}

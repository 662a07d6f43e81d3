//! TCP packets over IPv4 (RFC 791) and IPv6 (RFC 8200): reads a SYN, and makes the packets that refuse it.

use std::net::{IpAddr, SocketAddr};

const TCP: u8 = libc::IPPROTO_TCP as u8;
const MIN_IPV4_HEADER: usize = 20;
const IPV6_HEADER: usize = 40;
const MIN_TCP_HEADER: usize = 20;
const HOP_LIMIT: u8 = 64;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// Why a connection is refused, as the program sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// ECONNREFUSED.
    Refused,
    /// EHOSTUNREACH.
    HostUnreachable,
    /// ENETUNREACH.
    NetworkUnreachable,
    /// Forbidden by a policy: EHOSTUNREACH over IPv4, EACCES over IPv6.
    Prohibited,
}

/// The first packet of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Syn {
    pub from: SocketAddr,
    pub to: SocketAddr,
    pub sequence: u32,
    packet: Vec<u8>,
    tcp: usize,
}

impl Syn {
    /// Reads a packet from its IP header on. Returns `None` if it is not a complete SYN. Whatever follows the headers is
    /// dropped; the program's kernel sends it again.
    pub fn parse(packet: &[u8]) -> Option<Syn> {
        let (from, to, tcp): (IpAddr, IpAddr, usize) = match packet.first()? >> 4 {
            4 if packet.len() >= MIN_IPV4_HEADER && packet[9] == TCP => {
                let is_fragment = u16::from_be_bytes([packet[6], packet[7]]) & 0x3fff != 0;
                let header = usize::from(packet[0] & 0x0f) * 4;
                if is_fragment || header < MIN_IPV4_HEADER {
                    return None;
                }
                let address = |at: usize| <[u8; 4]>::try_from(&packet[at..at + 4]).map(IpAddr::from).ok();
                (address(12)?, address(16)?, header)
            }
            6 if packet.len() >= IPV6_HEADER && packet[6] == TCP => {
                let address = |at: usize| <[u8; 16]>::try_from(&packet[at..at + 16]).map(IpAddr::from).ok();
                (address(8)?, address(24)?, IPV6_HEADER)
            }
            _ => return None,
        };
        let header = packet.get(tcp..).filter(|header| header.len() >= MIN_TCP_HEADER)?;
        if header[13] & (SYN | ACK | RST | FIN) != SYN {
            return None;
        }
        let end = tcp + usize::from(header[12] >> 4) * 4;
        if end < tcp + MIN_TCP_HEADER || end > packet.len() {
            return None;
        }
        let port = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let mut syn = Syn {
            from: SocketAddr::new(from, port(0)),
            to: SocketAddr::new(to, port(2)),
            sequence: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            packet: packet[..end].to_vec(),
            tcp,
        };
        syn.complete();
        Some(syn)
    }

    /// The packet, to be sent again.
    pub fn packet(&self) -> &[u8] {
        &self.packet
    }

    /// Sets length and checksum, which a packet on the loopback device may lack. The kernel sets those of IPv4 headers.
    fn complete(&mut self) {
        let tcp_length = self.packet.len() - self.tcp;
        match self.to {
            SocketAddr::V4(_) => {
                let length = self.packet.len() as u16;
                self.packet[2..4].copy_from_slice(&length.to_be_bytes());
            }
            SocketAddr::V6(_) => self.packet[4..6].copy_from_slice(&(tcp_length as u16).to_be_bytes()),
        }
        set_tcp_checksum(&mut self.packet[self.tcp..], self.from.ip(), self.to.ip());
    }

    /// Makes the packet that refuses the connection.
    pub fn refusal(&self, refusal: Refusal) -> Vec<u8> {
        match (refusal, self.to) {
            (Refusal::Refused, _) => self.reset(),
            // Destination unreachable (RFC 792, RFC 1812 section 5.2.7.1): net, host, prohibited.
            (Refusal::NetworkUnreachable, SocketAddr::V4(_)) => self.icmp(3, 0),
            (Refusal::HostUnreachable, SocketAddr::V4(_)) => self.icmp(3, 1),
            (Refusal::Prohibited, SocketAddr::V4(_)) => self.icmp(3, 13),
            // Destination unreachable (RFC 4443, section 3.1): no route, address, prohibited.
            (Refusal::NetworkUnreachable, SocketAddr::V6(_)) => self.icmp(1, 0),
            (Refusal::HostUnreachable, SocketAddr::V6(_)) => self.icmp(1, 3),
            (Refusal::Prohibited, SocketAddr::V6(_)) => self.icmp(1, 1),
        }
    }

    /// A reset that acknowledges the SYN (RFC 9293, section 3.5.2).
    fn reset(&self) -> Vec<u8> {
        let mut tcp = [0; MIN_TCP_HEADER];
        tcp[0..2].copy_from_slice(&self.to.port().to_be_bytes());
        tcp[2..4].copy_from_slice(&self.from.port().to_be_bytes());
        tcp[8..12].copy_from_slice(&self.sequence.wrapping_add(1).to_be_bytes());
        tcp[12] = (MIN_TCP_HEADER as u8 / 4) << 4;
        tcp[13] = RST | ACK;
        set_tcp_checksum(&mut tcp, self.to.ip(), self.from.ip());
        self.answer(TCP, &tcp)
    }

    /// An error with the start of the packet that it is about.
    fn icmp(&self, kind: u8, code: u8) -> Vec<u8> {
        let mut message = vec![kind, code, 0, 0, 0, 0, 0, 0];
        message.extend_from_slice(&self.packet[..self.packet.len().min(self.tcp + MIN_TCP_HEADER)]);
        let (protocol, pseudo) = match self.to {
            SocketAddr::V4(_) => (libc::IPPROTO_ICMP as u8, 0),
            SocketAddr::V6(_) => {
                let protocol = libc::IPPROTO_ICMPV6 as u8;
                (protocol, pseudo_sum(self.to.ip(), self.from.ip(), protocol, message.len()))
            }
        };
        let checksum = fold(pseudo + sum(&message));
        message[2..4].copy_from_slice(&checksum.to_be_bytes());
        self.answer(protocol, &message)
    }

    /// Puts an IP header in front, from the SYN's destination to its source.
    fn answer(&self, protocol: u8, payload: &[u8]) -> Vec<u8> {
        let mut packet;
        match (self.to.ip(), self.from.ip()) {
            (IpAddr::V4(to), IpAddr::V4(from)) => {
                packet = vec![0; MIN_IPV4_HEADER];
                packet[0] = 0x45;
                let length = (MIN_IPV4_HEADER + payload.len()) as u16;
                packet[2..4].copy_from_slice(&length.to_be_bytes());
                packet[8] = HOP_LIMIT;
                packet[9] = protocol;
                packet[12..16].copy_from_slice(&to.octets());
                packet[16..20].copy_from_slice(&from.octets());
                let checksum = fold(sum(&packet));
                packet[10..12].copy_from_slice(&checksum.to_be_bytes());
            }
            (IpAddr::V6(to), IpAddr::V6(from)) => {
                packet = vec![0; IPV6_HEADER];
                packet[0] = 0x60;
                packet[4..6].copy_from_slice(&(payload.len() as u16).to_be_bytes());
                packet[6] = protocol;
                packet[7] = HOP_LIMIT;
                packet[8..24].copy_from_slice(&to.octets());
                packet[24..40].copy_from_slice(&from.octets());
            }
            _ => unreachable!("both addresses of a packet are of one family"),
        }
        packet.extend_from_slice(payload);
        packet
    }
}

fn set_tcp_checksum(segment: &mut [u8], from: IpAddr, to: IpAddr) {
    segment[16..18].fill(0);
    let checksum = fold(pseudo_sum(from, to, TCP, segment.len()) + sum(segment));
    segment[16..18].copy_from_slice(&checksum.to_be_bytes());
}

/// The sum of the pseudo header (RFC 9293, section 3.1; RFC 8200, section 8.1).
fn pseudo_sum(from: IpAddr, to: IpAddr, protocol: u8, length: usize) -> u32 {
    let octets = |address: IpAddr| match address {
        IpAddr::V4(address) => sum(&address.octets()),
        IpAddr::V6(address) => sum(&address.octets()),
    };
    octets(from) + octets(to) + u32::from(protocol) + length as u32
}

/// Adds 16-bit words. The data is far too short to overflow.
fn sum(data: &[u8]) -> u32 {
    data.chunks(2).map(|word| u32::from(word[0]) << 8 | word.get(1).map_or(0, |&low| u32::from(low))).sum()
}

/// The Internet checksum of a sum (RFC 1071).
fn fold(mut sum: u32) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    /// A SYN from 192.0.2.1:4097 to 198.51.100.2:443 with an MSS option, and its checksum missing.
    fn ipv4() -> Vec<u8> {
        let mut packet = vec![0x45, 0, 0, 0, 0, 1, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2];
        packet.extend_from_slice(&[0x10, 0x01, 0x01, 0xbb, 0, 0, 0, 7, 0, 0, 0, 0, 0x60, 0x02, 0xff, 0xff, 0, 0, 0, 0]);
        packet.extend_from_slice(&[2, 4, 0xff, 0xd7]);
        packet
    }

    fn ipv6() -> Vec<u8> {
        let mut packet = vec![0x60, 0, 0, 0, 0, 24, 6, 64];
        for last in [1, 2] {
            packet.extend_from_slice(&[0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last]);
        }
        packet.extend_from_slice(&ipv4()[20..]);
        packet
    }

    /// Whether the checksum of the part from `start` on is right.
    fn is_valid(part: &[u8], pseudo: u32) -> bool {
        fold(pseudo + sum(part)) == 0
    }

    #[test]
    fn a_syn_is_read_and_completed() {
        for packet in [ipv4(), ipv6()] {
            let syn = Syn::parse(&packet).unwrap();
            assert_eq!((syn.from.port(), syn.to.port(), syn.sequence), (4097, 443, 7));
            let segment = &syn.packet()[syn.tcp..];
            assert!(is_valid(segment, pseudo_sum(syn.from.ip(), syn.to.ip(), TCP, segment.len())));
        }
        assert_eq!(Syn::parse(&ipv4()).unwrap().to.to_string(), "198.51.100.2:443");
        assert_eq!(Syn::parse(&ipv6()).unwrap().to.to_string(), "[2001:db8::2]:443");
    }

    #[test]
    fn what_is_no_complete_syn_is_left_out() {
        let change = |at: usize, value: u8| {
            let mut packet = ipv4();
            packet[at] = value;
            packet
        };
        assert!(Syn::parse(&change(9, 17)).is_none(), "UDP");
        assert!(Syn::parse(&change(6, 0x20)).is_none(), "a fragment");
        assert!(Syn::parse(&change(0, 0x44)).is_none(), "a short header");
        assert!(Syn::parse(&change(33, 0x12)).is_none(), "SYN and ACK");
        assert!(Syn::parse(&change(32, 0xf0)).is_none(), "options that are missing");
        for length in 0..ipv4().len() {
            assert!(Syn::parse(&ipv4()[..length]).is_none(), "{length}");
        }
    }

    #[test]
    fn data_behind_the_headers_is_dropped() {
        let mut packet = ipv4();
        packet.extend_from_slice(b"early data");
        assert_eq!(Syn::parse(&packet).unwrap().packet().len(), 44);
    }

    #[test]
    fn a_refusal_goes_back_with_valid_checksums() {
        for packet in [ipv4(), ipv6()] {
            let syn = Syn::parse(&packet).unwrap();
            let header = syn.tcp;
            let reset = syn.refusal(Refusal::Refused);
            assert_eq!(reset[header..header + 4], [0x01, 0xbb, 0x10, 0x01]);
            assert_eq!(reset[header + 8..header + 12], [0, 0, 0, 8]);
            assert!(is_valid(&reset[header..], pseudo_sum(syn.to.ip(), syn.from.ip(), TCP, MIN_TCP_HEADER)));
            for refusal in [Refusal::HostUnreachable, Refusal::NetworkUnreachable, Refusal::Prohibited] {
                let error = syn.refusal(refusal);
                let icmp = &error[header..];
                let pseudo = match syn.to {
                    SocketAddr::V4(_) => 0,
                    SocketAddr::V6(_) => {
                        pseudo_sum(syn.to.ip(), syn.from.ip(), libc::IPPROTO_ICMPV6 as u8, icmp.len())
                    }
                };
                assert!(is_valid(icmp, pseudo), "{refusal:?}");
                assert_eq!(icmp[8..], syn.packet()[..header + MIN_TCP_HEADER]);
            }
        }
    }

    #[test]
    fn any_packet_is_read_or_left_out() {
        fuzz::run("any_packet", 2000, |random| {
            let mut packet = if random.one_in(2) { ipv4() } else { ipv6() };
            fuzz::mutate(random, &mut packet);
            if let Some(syn) = Syn::parse(&packet) {
                for refusal in [Refusal::Refused, Refusal::Prohibited] {
                    assert!(syn.refusal(refusal).len() <= 8 + 60 + 60 + 40);
                }
                assert_eq!(Syn::parse(syn.packet()).as_ref(), Some(&syn));
            }
        });
    }
}

//! DNS messages (RFC 1035, section 4), as far as a resolver for addresses needs them.

use crate::proto::AddressFamily;
use std::fmt::Write;

pub const HEADER_BYTES: usize = 12;

/// The size of a UDP response for those who name none (RFC 1035, section 4.2.1).
const MIN_UDP_BYTES: usize = 512;

/// The largest UDP response. Loopback could carry more, but the requester must have asked for it (RFC 6891).
pub const MAX_UDP_BYTES: usize = 4096;

/// A name in text form (RFC 1035, section 2.3.4, without the length of the last label).
const MAX_NAME_CHARACTERS: usize = 253;

// Flags of the second word of a header.
const RESPONSE: u16 = 1 << 15;
const OPCODE: u16 = 0b1111 << 11;
const TRUNCATED: u16 = 1 << 9;
const RECURSION_DESIRED: u16 = 1 << 8;
const RECURSION_AVAILABLE: u16 = 1 << 7;

const CLASS_IN: u16 = 1;
const TYPE_A: u16 = 1;
const TYPE_PTR: u16 = 12;
const TYPE_AAAA: u16 = 28;
const TYPE_OPT: u16 = 41;
const TYPE_SVCB: u16 = 64;
const TYPE_HTTPS: u16 = 65;

/// A pointer to the name in the question (RFC 1035, section 4.1.4).
const QUESTIONS_NAME: u16 = 0xc000 | HEADER_BYTES as u16;

/// The result of a query (RFC 1035, section 4.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    NoError = 0,
    FormatError = 1,
    ServerFailure = 2,
    NotFound = 3,
    NotImplemented = 4,
}

/// What a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Addresses of a name, in lower case and without the final dot.
    Addresses(String, AddressFamily),
    /// Nothing that the host can tell; the answer is this code, and empty.
    Nothing(Code),
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    id: u16,
    flags: u16,
    /// The question as it was sent.
    question: Vec<u8>,
    /// The largest UDP response that the requester takes, if the query has an OPT record.
    udp_bytes: Option<usize>,
    pub wanted: Wanted,
}

impl Query {
    /// Returns `None` for what is not a query and gets no response.
    pub fn parse(message: &[u8]) -> Option<Query> {
        let word = |at: usize| Some(u16::from_be_bytes([*message.get(at)?, *message.get(at + 1)?]));
        let (id, flags) = (word(0)?, word(2)?);
        let counts = [word(4)?, word(6)?, word(8)?, word(10)?];
        if flags & RESPONSE != 0 {
            return None;
        }
        let query = |question: &[u8], udp_bytes, wanted| {
            Some(Query { id, flags, question: question.to_vec(), udp_bytes, wanted })
        };
        if flags & OPCODE != 0 {
            return query(&[], None, Wanted::Nothing(Code::NotImplemented));
        }
        let malformed = || query(&[], None, Wanted::Nothing(Code::FormatError));
        let (name, end) = match name(&message[HEADER_BYTES..]) {
            Some((name, length)) if counts[0] == 1 => (name, HEADER_BYTES + length),
            _ => return malformed(),
        };
        let (kind, class) = match (word(end), word(end + 2)) {
            (Some(kind), Some(class)) => (kind, class),
            _ => return malformed(),
        };
        let udp_bytes = if counts[1] == 0 && counts[2] == 0 && counts[3] > 0 {
            // Its name is the root, one byte; its class is the size.
            let at = end + 4;
            match (message.get(at), word(at + 1), word(at + 3)) {
                (Some(0), Some(TYPE_OPT), Some(size)) => Some(usize::from(size).clamp(MIN_UDP_BYTES, MAX_UDP_BYTES)),
                _ => None,
            }
        } else {
            None
        };
        let wanted = match (class, kind, name) {
            (CLASS_IN, TYPE_A, Some(name)) => Wanted::Addresses(name, AddressFamily::Ipv4),
            (CLASS_IN, TYPE_AAAA, Some(name)) => Wanted::Addresses(name, AddressFamily::Ipv6),
            // No host could have such a name.
            (CLASS_IN, TYPE_A | TYPE_AAAA, None) | (CLASS_IN, TYPE_PTR, _) => Wanted::Nothing(Code::NotFound),
            (CLASS_IN, TYPE_SVCB | TYPE_HTTPS, _) => Wanted::Nothing(Code::NoError),
            _ => Wanted::Nothing(Code::NotImplemented),
        };
        query(&message[HEADER_BYTES..end + 4], udp_bytes, wanted)
    }

    /// Makes a response with as many of the addresses as fit into `limit` bytes, or into what the requester takes by UDP
    /// if there is no limit.
    pub fn response(&self, code: Code, addresses: &[Vec<u8>], ttl_seconds: u32, limit: Option<usize>) -> Vec<u8> {
        let limit = limit.unwrap_or_else(|| self.udp_bytes.unwrap_or(MIN_UDP_BYTES));
        let complete = self.encode(code, addresses, ttl_seconds, 0);
        if complete.len() <= limit {
            return complete;
        }
        self.encode(code, &[], ttl_seconds, TRUNCATED)
    }

    fn encode(&self, code: Code, addresses: &[Vec<u8>], ttl_seconds: u32, flags: u16) -> Vec<u8> {
        let flags = RESPONSE | self.flags & (OPCODE | RECURSION_DESIRED) | RECURSION_AVAILABLE | flags | code as u16;
        let mut message = Vec::new();
        let mut word = |value: u16| message.extend_from_slice(&value.to_be_bytes());
        word(self.id);
        word(flags);
        word(u16::from(!self.question.is_empty()));
        word(addresses.len() as u16);
        word(0);
        word(u16::from(self.udp_bytes.is_some()));
        message.extend_from_slice(&self.question);
        for address in addresses {
            let kind = if address.len() == 4 { TYPE_A } else { TYPE_AAAA };
            for value in [QUESTIONS_NAME, kind, CLASS_IN] {
                message.extend_from_slice(&value.to_be_bytes());
            }
            message.extend_from_slice(&ttl_seconds.to_be_bytes());
            message.extend_from_slice(&(address.len() as u16).to_be_bytes());
            message.extend_from_slice(address);
        }
        if self.udp_bytes.is_some() {
            message.push(0);
            for value in [TYPE_OPT, MAX_UDP_BYTES as u16, 0, 0, 0] {
                message.extend_from_slice(&value.to_be_bytes());
            }
        }
        message
    }
}

/// Reads a name. Returns its text, unless a host cannot have it, and the number of bytes.
fn name(bytes: &[u8]) -> Option<(Option<String>, usize)> {
    let mut text = String::new();
    let mut usual = true;
    let mut at = 0;
    loop {
        let length = usize::from(*bytes.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        // A question comes first, so there is nothing that it could point to.
        if length > 63 {
            return None;
        }
        if !text.is_empty() {
            text.push('.');
        }
        for &byte in bytes.get(at..at + length)? {
            usual &= byte.is_ascii_graphic() && byte != b'.';
            let _ = text.write_char(char::from(byte.to_ascii_lowercase()));
        }
        at += length;
        if text.len() > MAX_NAME_CHARACTERS {
            return None;
        }
    }
    Some(((usual && text.is_ascii() && !text.is_empty()).then(|| text), at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn query(name: &[&[u8]], kind: u16, opt: Option<u16>) -> Vec<u8> {
        let mut message = vec![0xab, 0xcd, 1, 0, 0, 1, 0, 0, 0, 0, 0, u8::from(opt.is_some())];
        for label in name {
            message.push(label.len() as u8);
            message.extend_from_slice(label);
        }
        message.push(0);
        message.extend_from_slice(&kind.to_be_bytes());
        message.extend_from_slice(&[0, 1]);
        if let Some(size) = opt {
            message.extend_from_slice(&[0, 0, 41]);
            message.extend_from_slice(&size.to_be_bytes());
            message.extend_from_slice(&[0; 6]);
        }
        message
    }

    fn wanted(name: &[&[u8]], kind: u16) -> Wanted {
        Query::parse(&query(name, kind, None)).unwrap().wanted
    }

    #[test]
    fn queries_for_addresses_are_read() {
        let name = || "www.example.org".to_owned();
        assert_eq!(wanted(&[b"WWW", b"example", b"org"], 1), Wanted::Addresses(name(), AddressFamily::Ipv4));
        assert_eq!(wanted(&[b"www", b"example", b"org"], 28), Wanted::Addresses(name(), AddressFamily::Ipv6));
    }

    #[test]
    fn other_queries_are_answered_at_once() {
        assert_eq!(wanted(&[b"7", b"in-addr", b"arpa"], 12), Wanted::Nothing(Code::NotFound));
        assert_eq!(wanted(&[b"example"], 65), Wanted::Nothing(Code::NoError));
        assert_eq!(wanted(&[b"example"], 15), Wanted::Nothing(Code::NotImplemented));
        for label in [&b"a b"[..], b"a.b", b"\xff", b"\0"] {
            assert_eq!(wanted(&[label, b"org"], 1), Wanted::Nothing(Code::NotFound), "{label:?}");
        }
        assert_eq!(wanted(&[], 1), Wanted::Nothing(Code::NotFound), "the root");
        assert_eq!(wanted(&[&[b'a'; 63][..]; 4], 1), Wanted::Nothing(Code::FormatError), "255 characters");
    }

    #[test]
    fn a_response_repeats_the_question() {
        let message = query(&[b"a", b"org"], 1, None);
        let response =
            Query::parse(&message).unwrap().response(Code::NoError, &[vec![192, 0, 2, 1]], 30, None);
        assert_eq!(response[..12], [0xab, 0xcd, 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
        assert_eq!(response[12..message.len()], message[12..]);
        assert_eq!(response[message.len()..], [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 192, 0, 2, 1]);
    }

    #[test]
    fn a_response_that_is_too_long_is_truncated() {
        let many = vec![vec![7; 16]; 30];
        for (opt, fits) in [(None, false), (Some(512), false), (Some(4096), true)] {
            let query = Query::parse(&query(&[b"a"], 28, opt)).unwrap();
            let response = query.response(Code::NoError, &many, 1, None);
            assert_eq!(response[2] & 2 == 0, fits, "{opt:?}");
            assert_eq!(response[7] == 30, fits, "{opt:?}");
            assert_eq!(query.response(Code::NoError, &many, 1, Some(65_535))[7], 30);
        }
    }

    #[test]
    fn any_message_is_answered_or_left_out() {
        fuzz::run("any_message_is_answered", 2000, |random| {
            let mut message = query(&[b"www", b"example", b"org"], 1, Some(1232));
            fuzz::mutate(random, &mut message);
            if let Some(query) = Query::parse(&message) {
                if let Wanted::Addresses(name, _) = &query.wanted {
                    assert!((1..=MAX_NAME_CHARACTERS).contains(&name.len()) && name.is_ascii(), "{name}");
                }
                assert!(query.response(Code::NotFound, &[vec![1; 4]], 1, None).len() <= MAX_UDP_BYTES);
            }
        });
    }
}

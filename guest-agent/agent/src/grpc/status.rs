//! The status of a call.

use crate::text::shortened;
use http::{HeaderMap, HeaderValue};
use std::fmt::Write;

/// The status codes the agent uses; numbers from "Status codes and their use in gRPC".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    Ok = 0,
    Cancelled = 1,
    InvalidArgument = 3,
    NotFound = 5,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Aborted = 10,
    Unimplemented = 12,
    Internal = 13,
}

/// A code with a message for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub code: Code,
    pub message: String,
}

/// The message shares the size limit of its header block; a longer message is cut.
const MAX_MESSAGE_BYTES: usize = 2000;

impl Status {
    pub const OK: Status = Status { code: Code::Ok, message: String::new() };

    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Status { code, message: message.into() }
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Status::new(Code::InvalidArgument, message)
    }

    /// Sets `grpc-status` and, if there is a message, `grpc-message`.
    pub fn write_to(&self, headers: &mut HeaderMap) {
        headers.insert("grpc-status", HeaderValue::from(self.code as u16));
        if self.message.is_empty() {
            return;
        }
        if let Ok(value) = HeaderValue::from_str(&percent_encode(&self.message)) {
            headers.insert("grpc-message", value);
        }
    }
}

/// `Percent-Encoded` of the gRPC specification: printable ASCII except `%` stays as it is; every other byte of the
/// UTF-8 form becomes `%XX`.
fn percent_encode(message: &str) -> String {
    let mut encoded = String::with_capacity(message.len());
    for &byte in shortened(message, MAX_MESSAGE_BYTES).as_bytes() {
        if (0x20..=0x7e).contains(&byte) && byte != b'%' {
            encoded.push(byte as char);
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string cannot fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn what_is_not_printable_ascii_is_percent_encoded() {
        assert_eq!(percent_encode("user \"bob\": 100%\n"), "user \"bob\": 100%25%0A");
        assert_eq!(percent_encode("é"), "%C3%A9");
        assert_eq!(percent_encode("~\u{7f}"), "~%7F");
    }

    #[test]
    fn a_status_becomes_headers() {
        let mut headers = HeaderMap::new();
        Status::invalid("cwd: \u{1}").write_to(&mut headers);
        assert_eq!(headers["grpc-status"], "3");
        assert_eq!(headers["grpc-message"], "cwd: %01");
    }

    #[test]
    fn ok_carries_no_message() {
        let mut headers = HeaderMap::new();
        Status::OK.write_to(&mut headers);
        assert_eq!(headers["grpc-status"], "0");
        assert!(!headers.contains_key("grpc-message"));
    }

    #[test]
    fn a_long_message_is_cut() {
        let mut headers = HeaderMap::new();
        Status::invalid("x".repeat(100_000)).write_to(&mut headers);
        assert_eq!(headers["grpc-message"].len(), MAX_MESSAGE_BYTES + "...".len());
    }

    #[test]
    fn any_message_is_text_when_it_was_sent() {
        fuzz::run("any_message_is_text", 300, |random| {
            let message: String = (0..random.below(300)).map(|_| random.text(20)).collect();
            let mut headers = HeaderMap::new();
            fuzz::assert_allocates_at_most(64 * 1024, || Status::invalid(&message[..]).write_to(&mut headers));
            let encoded = headers.get("grpc-message").map_or("", |value| value.to_str().unwrap());
            let mut bytes = Vec::new();
            let mut parts = encoded.split('%');
            bytes.extend_from_slice(parts.next().unwrap_or("").as_bytes());
            for part in parts {
                bytes.push(u8::from_str_radix(&part[..2], 16).unwrap());
                bytes.extend_from_slice(part[2..].as_bytes());
            }
            let decoded = String::from_utf8(bytes).expect("text");
            assert_eq!(decoded, shortened(&message, MAX_MESSAGE_BYTES));
        });
    }
}

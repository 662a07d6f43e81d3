//! Length-prefixed messages: one byte that is 1 if the message is compressed, four bytes of length (big endian), then
//! the message.

use super::{Code, Status};
use bytes::{Buf, Bytes, BytesMut};

/// The number of bytes in front of each message.
pub const PREFIX_LENGTH: usize = 5;

/// Returns the prefix of an uncompressed message of `length` bytes.
pub fn prefix(length: usize) -> [u8; PREFIX_LENGTH] {
    let length = u32::try_from(length).expect("messages are far below 4 GiB").to_be_bytes();
    [0, length[0], length[1], length[2], length[3]]
}

/// Splits a stream of bytes into messages.
pub struct Decoder {
    buffer: BytesMut,
    limit: usize,
}

impl Decoder {
    /// A message longer than `limit` bytes is an error.
    pub fn new(limit: usize) -> Self {
        Decoder { buffer: BytesMut::new(), limit }
    }

    pub fn push(&mut self, data: Bytes) {
        self.buffer.extend_from_slice(&data);
    }

    /// Returns the next complete message, if there is one.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Bytes>, Status> {
        if self.buffer.len() < PREFIX_LENGTH {
            return Ok(None);
        }
        if self.buffer[0] != 0 {
            return Err(Status::new(Code::Unimplemented, "message is compressed; send it uncompressed"));
        }
        let length = u32::from_be_bytes([self.buffer[1], self.buffer[2], self.buffer[3], self.buffer[4]]) as usize;
        if length > self.limit {
            let message = format!("message of {length} bytes is too long; at most {} are accepted", self.limit);
            return Err(Status::new(Code::ResourceExhausted, message));
        }
        if self.buffer.len() < PREFIX_LENGTH + length {
            return Ok(None);
        }
        self.buffer.advance(PREFIX_LENGTH);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    /// Checks that the stream does not end in the middle of a message.
    pub fn finish(&self) -> Result<(), Status> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        Err(Status::new(Code::InvalidArgument, "the request ended in the middle of a message"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn stream(messages: &[&[u8]]) -> Vec<u8> {
        messages.iter().flat_map(|m| prefix(m.len()).into_iter().chain(m.iter().copied())).collect()
    }

    #[test]
    fn messages_come_out_however_the_stream_is_cut() {
        let bytes = stream(&[b"one", b"", b"three"]);
        for cut in 0..=bytes.len() {
            let mut decoder = Decoder::new(100);
            let mut messages = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                decoder.push(Bytes::copy_from_slice(part));
                while let Some(message) = decoder.next().unwrap() {
                    messages.push(message);
                }
            }
            assert_eq!(messages, [&b"one"[..], b"", b"three"], "cut at {cut}");
            decoder.finish().unwrap();
        }
    }

    #[test]
    fn a_message_over_the_limit_is_refused_before_it_arrives() {
        let mut decoder = Decoder::new(4);
        decoder.push(Bytes::copy_from_slice(&prefix(5)));
        let status = decoder.next().unwrap_err();
        assert_eq!(status.code, Code::ResourceExhausted);
        assert!(status.message.contains("5 bytes"), "{}", status.message);
    }

    #[test]
    fn a_message_of_exactly_the_limit_is_taken() {
        let mut decoder = Decoder::new(4);
        decoder.push(Bytes::from(stream(&[b"four"])));
        assert_eq!(decoder.next().unwrap().unwrap(), &b"four"[..]);
    }

    #[test]
    fn a_compressed_message_is_refused() {
        let mut decoder = Decoder::new(4);
        decoder.push(Bytes::from_static(&[1, 0, 0, 0, 0]));
        assert_eq!(decoder.next().unwrap_err().code, Code::Unimplemented);
    }

    #[test]
    fn a_stream_must_not_end_inside_a_message() {
        let mut decoder = Decoder::new(4);
        decoder.push(Bytes::from_static(&[0, 0, 0, 0, 1]));
        assert_eq!(decoder.next().unwrap(), None);
        assert_eq!(decoder.finish().unwrap_err().code, Code::InvalidArgument);
    }

    #[test]
    fn a_stream_of_any_bytes_is_split_or_refused_within_the_limit() {
        const LIMIT: usize = 5000;
        fuzz::run("a_stream_of_any_bytes", 500, |random| {
            let mut sent = Vec::new();
            for _ in 0..random.below(10) {
                let around_limit = LIMIT - 3 + random.below(6);
                sent.push(if random.one_in(4) { vec![7; around_limit] } else { random.bytes(LIMIT) });
            }
            let valid = stream(&sent.iter().map(|message| &message[..]).collect::<Vec<_>>());
            let mut bytes = valid.clone();
            if random.one_in(2) {
                fuzz::mutate(random, &mut bytes);
            }
            let mut received: Vec<Bytes> = Vec::new();
            let mut decoder = Decoder::new(LIMIT);
            let mut refused = false;
            'stream: for piece in random.pieces(&bytes, 1000) {
                decoder.push(Bytes::copy_from_slice(piece));
                assert!(decoder.buffer.len() <= PREFIX_LENGTH + LIMIT + piece.len());
                loop {
                    match decoder.next() {
                        Ok(Some(message)) => received.push(message),
                        Ok(None) => break,
                        Err(status) => {
                            assert!(matches!(status.code, Code::Unimplemented | Code::ResourceExhausted));
                            refused = true;
                            break 'stream;
                        }
                    }
                }
            }
            if bytes == valid && sent.iter().all(|message| message.len() <= LIMIT) {
                assert!(!refused && decoder.finish().is_ok());
                assert_eq!(received, sent);
            }
            assert!(received.iter().all(|message| message.len() <= LIMIT));
        });
    }
}

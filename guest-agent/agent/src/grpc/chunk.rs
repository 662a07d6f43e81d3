//! Messages with nothing but data: read from a descriptor, and framed without copying the data.

use super::{prefix, PREFIX_LENGTH};
use crate::fd;
use bytes::{BufMut, Bytes, BytesMut};
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::io::RawFd;

/// A full pipe, in one read.
pub const CHUNK_BYTES: usize = 64 * 1024;

/// Space in front of the data: the prefix, the field's tag, and its length as a varint of at most three bytes.
const HEAD_BYTES: usize = PREFIX_LENGTH + 1 + 3;

/// Makes messages that have one field of bytes.
pub struct Chunks {
    tag: u8,
    buffer: BytesMut,
}

impl Chunks {
    /// `field` is the field's number, 15 at most.
    pub fn new(field: u8) -> Chunks {
        // Number << 3 | 2 (length-delimited).
        Chunks { tag: field << 3 | 2, buffer: BytesMut::new() }
    }

    /// Reads once, at most `limit` bytes and at most [`CHUNK_BYTES`]. [`Chunks::take`] must follow if bytes were read.
    pub fn read(&mut self, file: RawFd, limit: usize) -> io::Result<usize> {
        let limit = limit.min(CHUNK_BYTES);
        self.buffer.reserve(HEAD_BYTES + limit);
        let room = self.buffer.chunk_mut();
        let room_length = room.len();
        // SAFETY: the memory is ours and as long as that; it may be uninitialised, which MaybeUninit says.
        let room: &mut [MaybeUninit<u8>] =
            unsafe { std::slice::from_raw_parts_mut(room.as_mut_ptr().cast(), room_length) };
        let (head, data) = room.split_at_mut(HEAD_BYTES);
        head.fill(MaybeUninit::new(0));
        let n = fd::read_uninit(file, &mut data[..limit])?;
        if n > 0 {
            // SAFETY: the head was just filled, and the kernel has filled `n` bytes behind it.
            unsafe { self.buffer.advance_mut(HEAD_BYTES + n) };
        }
        Ok(n)
    }

    /// Makes a message of the first `kept` of the `read` bytes. The others are dropped.
    pub fn take(&mut self, read: usize, kept: usize) -> Bytes {
        let mut whole = self.buffer.split_to(HEAD_BYTES + read);
        whole.truncate(HEAD_BYTES + kept);
        message(self.tag, whole, kept)
    }
}

/// Fills in what is in front of the data.
fn message(tag: u8, mut whole: BytesMut, length: usize) -> Bytes {
    let mut field = [tag, 0, 0, 0];
    let mut field_length = 1;
    let mut rest = length;
    loop {
        let more = rest >= 0x80;
        field[field_length] = (rest & 0x7f) as u8 | if more { 0x80 } else { 0 };
        field_length += 1;
        rest >>= 7;
        if !more {
            break;
        }
    }
    let start = HEAD_BYTES - PREFIX_LENGTH - field_length;
    whole[start..start + PREFIX_LENGTH].copy_from_slice(&prefix(field_length + length));
    whole[start + PREFIX_LENGTH..HEAD_BYTES].copy_from_slice(&field[..field_length]);
    whole.freeze().slice(start..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::{exec_response::Message, ExecResponse};
    use prost::Message as _;
    use std::os::unix::io::AsRawFd;

    fn decoded(field: u8, data: &[u8]) -> Message {
        let mut whole = BytesMut::from(&[0; HEAD_BYTES][..]);
        whole.extend_from_slice(data);
        let framed = message(field << 3 | 2, whole, data.len());
        assert_eq!(framed[..PREFIX_LENGTH], prefix(framed.len() - PREFIX_LENGTH));
        ExecResponse::decode(&framed[PREFIX_LENGTH..]).unwrap().message.unwrap()
    }

    #[test]
    fn a_message_follows_the_protocol() {
        for length in [1, 127, 128, 16383, 16384, CHUNK_BYTES] {
            let data = vec![b'x'; length];
            assert_eq!(decoded(2, &data), Message::Stdout(data.clone()), "{length}");
            assert_eq!(decoded(3, &data), Message::Stderr(data), "{length}");
        }
    }

    #[test]
    fn no_more_than_the_limit_is_read() {
        let (ours, theirs) = fd::pipe().unwrap();
        fd::write(theirs.as_raw_fd(), b"abcdef").unwrap();
        let mut chunks = Chunks::new(2);
        assert_eq!(chunks.read(ours.as_raw_fd(), 4).unwrap(), 4);
        assert!(chunks.take(4, 4).ends_with(b"abcd"));
        assert_eq!(chunks.read(ours.as_raw_fd(), 4).unwrap(), 2);
        assert!(chunks.take(2, 1).ends_with(b"e"));
    }
}

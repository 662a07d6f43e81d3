//! Finds the start of a new HTTP/2 connection in the bytes of the port.
//!
//! Unlike a socket, a port is one endless stream. Usually the kernel reports that the host has disconnected before the
//! next connection arrives. But if the host disconnects and reconnects while the guest is not running (paused, saved,
//! restored as a clone), the agent only sees the preface of the new connection where the next frame should be.

/// RFC 9113, section 3.4.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// RFC 9113, section 4.1.
pub const FRAME_HEADER_LENGTH: usize = 9;

/// RFC 9113, section 6.10: continues the header block of the frame before it.
const CONTINUATION: u8 = 9;

enum Position {
    Preface { seen: usize },
    Header { bytes: [u8; FRAME_HEADER_LENGTH], seen: usize },
    Payload { left: usize },
}

/// Follows the frames of one connection, starting with its preface.
pub struct Frames {
    position: Position,
    header_block: usize,
}

impl Default for Frames {
    fn default() -> Self {
        Frames { position: Position::Preface { seen: 0 }, header_block: 0 }
    }
}

impl Frames {
    /// The length of the current frame, with those before it that it continues.
    pub fn header_block(&self) -> usize {
        self.header_block
    }

    /// The bytes of a frame's header that is not complete yet. They may be the start of a preface.
    pub fn incomplete_header(&self) -> &[u8] {
        match &self.position {
            Position::Header { bytes, seen } => &bytes[..*seen],
            _ => &[],
        }
    }

    /// Consumes the next bytes. Returns `Some(n)` when the preface of a new connection is found where a frame should
    /// start: its first [`FRAME_HEADER_LENGTH`] bytes end before `bytes[n]`.
    ///
    /// These bytes cannot be a frame header: they would announce 5 MiB, far more than the agent's
    /// SETTINGS_MAX_FRAME_SIZE.
    pub fn find_preface(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        while at < bytes.len() {
            let here = bytes.len() - at;
            match &mut self.position {
                Position::Preface { seen } => {
                    let step = here.min(PREFACE.len() - *seen);
                    at += step;
                    *seen += step;
                    if *seen == PREFACE.len() {
                        self.position = Position::Payload { left: 0 };
                    }
                }
                Position::Payload { left: 0 } => {
                    self.position = Position::Header { bytes: [0; FRAME_HEADER_LENGTH], seen: 0 };
                }
                Position::Payload { left } => {
                    let step = here.min(*left);
                    at += step;
                    *left -= step;
                }
                Position::Header { bytes: header, seen } => {
                    let step = here.min(FRAME_HEADER_LENGTH - *seen);
                    header[*seen..*seen + step].copy_from_slice(&bytes[at..at + step]);
                    at += step;
                    *seen += step;
                    if *seen == FRAME_HEADER_LENGTH {
                        if header[..] == PREFACE[..FRAME_HEADER_LENGTH] {
                            return Some(at);
                        }
                        let left = u32::from_be_bytes([0, header[0], header[1], header[2]]) as usize;
                        let before = if header[3] == CONTINUATION { self.header_block } else { 0 };
                        self.header_block = before.saturating_add(left);
                        self.position = Position::Payload { left };
                    }
                }
            }
        }
        None
    }
}

/// Returns the position of a preface in `bytes`.
pub fn position_of_preface(bytes: &[u8]) -> Option<usize> {
    bytes.windows(PREFACE.len()).position(|window| window == PREFACE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    fn frame(payload: &[u8]) -> Vec<u8> {
        let mut bytes = (payload.len() as u32).to_be_bytes()[1..].to_vec();
        bytes.extend_from_slice(&[0, 0, 0, 0, 0, 1]);
        bytes.extend_from_slice(payload);
        bytes
    }

    fn connection() -> Vec<u8> {
        [PREFACE.to_vec(), frame(b"settings"), frame(b""), frame(PREFACE)].concat()
    }

    #[test]
    fn a_payload_that_looks_like_a_preface_is_not_one() {
        let bytes = connection();
        for cut in 0..bytes.len() {
            let mut frames = Frames::default();
            assert_eq!(frames.find_preface(&bytes[..cut]), None);
            assert_eq!(frames.find_preface(&bytes[cut..]), None);
        }
    }

    #[test]
    fn a_preface_between_frames_starts_a_new_connection() {
        let old = connection();
        let bytes = [old.clone(), connection()].concat();
        let end = old.len() + FRAME_HEADER_LENGTH;
        for cut in 0..end {
            let mut frames = Frames::default();
            assert_eq!(frames.find_preface(&bytes[..cut]), None);
            assert_eq!(frames.find_preface(&bytes[cut..]), Some(end - cut), "cut at {cut}");
        }
    }

    #[test]
    fn a_header_block_is_as_long_as_its_frames_together() {
        let of_kind = |kind: u8, payload: &[u8]| {
            let mut bytes = frame(payload);
            bytes[3] = kind;
            bytes
        };
        let block = [of_kind(1, &[0; 300]), of_kind(9, &[0; 20]), of_kind(9, &[0; 5])].concat();
        let mut frames = Frames::default();
        frames.find_preface(&[PREFACE.to_vec(), frame(b"settings"), block].concat());
        assert_eq!(frames.header_block(), 325);
        frames.find_preface(&frame(b"data"));
        assert_eq!(frames.header_block(), 4);
    }

    #[test]
    fn a_preface_is_found_behind_stale_bytes() {
        assert_eq!(position_of_preface(&[b"PRI * stale".to_vec(), connection()].concat()), Some(11));
        assert_eq!(position_of_preface(&PREFACE[..23]), None);
    }

    #[test]
    fn cuts_do_not_change_what_is_found() {
        fuzz::run("cuts_do_not_change", 500, |random| {
            let mut bytes = connection();
            fuzz::mutate(random, &mut bytes);
            if random.one_in(2) {
                bytes.extend(connection());
            }
            let expected = Frames::default().find_preface(&bytes);
            let (mut frames, mut seen, mut found) = (Frames::default(), 0, None);
            for piece in random.pieces(&bytes, 40) {
                found = frames.find_preface(piece).map(|end| seen + end);
                if found.is_some() {
                    break;
                }
                seen += piece.len();
            }
            assert_eq!(found, expected);
        });
    }
}

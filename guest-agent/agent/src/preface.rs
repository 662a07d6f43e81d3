//! Finds the start of a new HTTP/2 connection in the bytes of the port.
//!
//! Unlike a socket, a port is one endless stream. Usually the kernel reports that the host has disconnected before the
//! next connection arrives. But if the host disconnects and reconnects while the guest is not running (paused, saved,
//! restored as a clone), the agent only sees the preface of the new connection where the next frame should be.

/// RFC 9113, section 3.4.
pub const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// RFC 9113, section 4.1.
pub const FRAME_HEADER_LENGTH: usize = 9;

enum Position {
    Preface { seen: usize },
    Header { bytes: [u8; FRAME_HEADER_LENGTH], seen: usize },
    Payload { left: usize },
}

/// Follows the frames of one connection, starting with its preface.
pub struct Frames {
    position: Position,
}

impl Default for Frames {
    fn default() -> Self {
        Frames { position: Position::Preface { seen: 0 } }
    }
}

impl Frames {
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
    fn a_preface_is_found_behind_stale_bytes() {
        assert_eq!(position_of_preface(&[b"PRI * stale".to_vec(), connection()].concat()), Some(11));
        assert_eq!(position_of_preface(&PREFACE[..23]), None);
    }
}

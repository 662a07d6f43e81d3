//! The output of the main command that is kept for whoever follows it.

use crate::proto::ExecExited;
use std::collections::VecDeque;
use std::sync::Mutex;
use tokio::sync::watch;

/// How much of each stream is kept.
pub const KEPT_BYTES: usize = 1 << 20;

/// The end of one stream.
#[derive(Default)]
pub struct Tail {
    bytes: VecDeque<u8>,
    /// The number of bytes that were dropped to make room.
    dropped: u64,
}

impl Tail {
    pub fn push(&mut self, bytes: &[u8]) {
        let excess = (self.bytes.len() + bytes.len()).saturating_sub(KEPT_BYTES);
        let old = excess.min(self.bytes.len());
        self.bytes.drain(..old);
        self.bytes.extend(&bytes[excess - old..]);
        self.dropped += excess as u64;
    }

    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The number of bytes that were ever written.
    pub fn total(&self) -> u64 {
        self.dropped + self.bytes.len() as u64
    }

    /// Returns what follows the position, at most `limit` bytes. The position must not be one that was dropped.
    pub fn read(&self, position: u64, limit: usize) -> Vec<u8> {
        let from = (position - self.dropped) as usize;
        let (first, second) = self.bytes.as_slices();
        let mut bytes = Vec::with_capacity(limit.min(self.bytes.len() - from));
        bytes.extend(first.iter().skip(from).take(limit));
        bytes.extend(second.iter().skip(from.saturating_sub(first.len())).take(limit - bytes.len()));
        bytes
    }
}

/// What is known about a main command.
#[derive(Default)]
pub struct State {
    /// Standard output and standard error.
    pub tails: [Tail; 2],
    /// How it ended, if it has.
    pub exited: Option<ExecExited>,
}

/// The state, and news of its changes.
pub struct Kept {
    state: Mutex<State>,
    changed: watch::Sender<()>,
}

impl Default for Kept {
    fn default() -> Self {
        Kept { state: Mutex::default(), changed: watch::channel(()).0 }
    }
}

impl Kept {
    pub fn read<T>(&self, work: impl FnOnce(&State) -> T) -> T {
        work(&self.state.lock().expect("no holder panics"))
    }

    pub fn change(&self, work: impl FnOnce(&mut State)) {
        work(&mut self.state.lock().expect("no holder panics"));
        // It fails if nobody follows, which is not an error.
        let _ = self.changed.send(());
    }

    /// Notified of each change from now on.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_stream_is_kept_and_the_rest_is_counted() {
        let mut tail = Tail::default();
        tail.push(b"first ");
        assert_eq!((tail.dropped(), tail.total(), tail.read(0, 10)), (0, 6, b"first ".to_vec()));
        tail.push(&vec![b'x'; KEPT_BYTES - 2]);
        assert_eq!((tail.dropped(), tail.total()), (4, KEPT_BYTES as u64 + 4));
        assert_eq!(tail.read(4, 4), b"t xx");
        assert_eq!(tail.read(tail.total(), 4), b"");
    }

    #[test]
    fn each_part_can_be_read() {
        let mut tail = Tail::default();
        let all: Vec<u8> = (0..3 * KEPT_BYTES / 2).map(|number| (number / 3) as u8).collect();
        all.chunks(70_001).for_each(|chunk| tail.push(chunk));
        assert_eq!(tail.dropped(), (KEPT_BYTES / 2) as u64);
        for from in (KEPT_BYTES / 2..all.len()).step_by(99_991) {
            for limit in [1, 5000, KEPT_BYTES] {
                let expected = &all[from..all.len().min(from + limit)];
                assert!(tail.read(from as u64, limit) == expected, "{limit} bytes from {from}");
            }
        }
    }

    #[test]
    fn more_than_is_kept_can_be_written_at_once() {
        let mut tail = Tail::default();
        tail.push(b"old");
        let mut big = vec![b'x'; KEPT_BYTES + 10];
        big.extend(b"end");
        tail.push(&big);
        assert_eq!(tail.dropped(), 16);
        assert_eq!(tail.bytes.len(), KEPT_BYTES);
        assert_eq!(tail.read(tail.total() - 4, 9), b"xend");
    }

    #[test]
    fn those_who_follow_are_told_of_changes() {
        let kept = Kept::default();
        kept.change(|state| state.tails[0].push(b"before"));
        let mut changes = kept.changes();
        assert!(!changes.has_changed().unwrap());
        kept.change(|state| state.tails[1].push(b"after"));
        assert!(changes.has_changed().unwrap());
        let _ = changes.borrow_and_update();
        assert!(!changes.has_changed().unwrap());
    }
}

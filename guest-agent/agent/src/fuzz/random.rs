//! A small deterministic generator of random numbers (SplitMix64).

/// Random values that depend on a seed only.
pub struct Random(u64);

/// Values at which something may change: ranges of types, limits, and their neighbours.
const BOUNDARIES: [u64; 16] = [
    0,
    1,
    2,
    9,
    63,
    64,
    65,
    255,
    256,
    65_535,
    65_536,
    1 << 20,
    (1 << 31) - 1,
    1 << 32,
    (1 << 63) - 1,
    u64::MAX,
];

/// Names of files, users and variables that have caused trouble somewhere.
const NAMES: [&str; 24] = [
    "", ".", "..", "/", "a", "b", "c", "a/b", "../a", "/etc", "a\0b", "a\nb", "a) R 1 2", " ", ":", "=", "-1", "0", "%s%n",
    "ü", "\u{10ffff}", "PATH", "HOME", "\u{202e}",
];

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`, which must not be 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// True once in `n` times.
    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// Any number, often one at which something changes.
    pub fn number(&mut self) -> u64 {
        match self.below(4) {
            0 => self.next(),
            1 => self.next() >> self.below(64),
            _ => *self.pick(&BOUNDARIES),
        }
    }

    /// Mostly small, at most `most`.
    pub fn length(&mut self, most: usize) -> usize {
        let bits = self.below(64 - (most as u64).leading_zeros() as usize + 1);
        ((self.next() as usize) & ((1 << bits) - 1)).min(most)
    }

    pub fn bytes(&mut self, most: usize) -> Vec<u8> {
        let length = self.length(most);
        (0..length).map(|_| self.next() as u8).collect()
    }

    /// Text that may be a name, and may be anything else.
    pub fn text(&mut self, most: usize) -> String {
        match self.below(4) {
            0 => String::from_utf8_lossy(&self.bytes(most)).into_owned(),
            1 => self.pick(&NAMES).repeat(self.length(most).min(300)),
            _ => (*self.pick(&NAMES)).to_owned(),
        }
    }

    /// Cuts bytes into random pieces.
    pub fn pieces<'a>(&mut self, bytes: &'a [u8], most: usize) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at((1 + self.length(most)).min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }
}

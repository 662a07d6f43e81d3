//! Changes valid input so that most of it stays valid, which gets further than random bytes.

use super::Random;

/// Longer input only costs time.
const MAX_BYTES: usize = 1 << 20;

/// Applies a few random changes: flips, cuts, repeats, moves, inserts and overwrites.
pub fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..=random.length(8) {
        let at = random.below(bytes.len() + 1);
        let length = random.length(64).min(bytes.len() - at);
        match random.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            1 if at < bytes.len() => bytes[at] = random.number() as u8,
            2 => drop(bytes.drain(at..at + length)),
            3 => bytes.truncate(at),
            4 => {
                let copy = bytes[at..at + length].to_vec();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            5 => {
                let moved: Vec<u8> = bytes.drain(at..at + length).collect();
                let to = random.below(bytes.len() + 1);
                bytes.splice(to..to, moved);
            }
            6 => {
                let garbage = random.bytes(64);
                bytes.splice(at..at, garbage);
            }
            7 => {
                // A length or a number of another size, in both byte orders.
                let number = random.number();
                let field = if random.one_in(2) { number.to_be_bytes() } else { number.to_le_bytes() };
                let width = 1 + random.below(8);
                for (byte, new) in bytes[at..].iter_mut().zip(&field[8 - width..]) {
                    *byte = *new;
                }
            }
            _ if length > 0 => {
                let copy = bytes[at..at + length].repeat(1 + random.length(200));
                bytes.splice(at..at, copy);
            }
            _ => {}
        }
        bytes.truncate(MAX_BYTES);
    }
}

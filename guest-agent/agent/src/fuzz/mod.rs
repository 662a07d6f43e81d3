//! Fuzz tests: random input for everything that the host or a program of the box can influence.
//!
//! A fuzz test is an ordinary test that calls [`run`]. Its input is derived from a seed, so a failure can be repeated:
//! the message of the failure names the seed and the command. `BOXLITE_FUZZ_ROUNDS` multiplies the number of seeds;
//! `BOXLITE_FUZZ_SEED` runs a single one.

mod calls;
mod connection;
mod memory;
mod mutation;
mod random;

pub use memory::assert_allocates_at_most;
pub use mutation::mutate;
pub use random::Random;

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// No seed takes nearly this long, even on a busy machine.
const SEED_TIMEOUT: Duration = Duration::from_secs(60);

/// Runs `test` once for each of `count` seeds, all on one thread of their own. A panic fails the test, and so does a
/// seed that takes too long.
pub fn run(name: &str, count: u64, mut test: impl FnMut(&mut Random) + Send + 'static) {
    let number = |variable: &str| std::env::var(variable).ok().map(|text| text.parse::<u64>().expect(variable));
    let seeds = match number("BOXLITE_FUZZ_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..count * number("BOXLITE_FUZZ_ROUNDS").unwrap_or(1),
    };
    let again = |seed: u64| format!("repeat it with BOXLITE_FUZZ_SEED={seed} cargo test --offline {name}");
    let (begun, progress) = mpsc::channel();
    let worker = std::thread::spawn(move || {
        for seed in seeds {
            let _ = begun.send(seed);
            if catch_unwind(AssertUnwindSafe(|| test(&mut Random::new(seed)))).is_err() {
                return Some(seed);
            }
        }
        None
    });
    let mut last = 0;
    loop {
        match progress.recv_timeout(SEED_TIMEOUT) {
            Ok(seed) => last = seed,
            Err(RecvTimeoutError::Timeout) => {
                panic!("{name}: seed {last} did not end within {SEED_TIMEOUT:?}; {}", again(last))
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if let Some(seed) = worker.join().expect("the worker catches panics") {
        panic!("{name}: failed with seed {seed}; {}", again(seed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_seed() {
        let failure = catch_unwind(|| run("a_name", 50, |random| assert!(random.below(10) > 0))).unwrap_err();
        let message = failure.downcast_ref::<String>().unwrap();
        assert!(message.contains("repeat it with BOXLITE_FUZZ_SEED="), "{message}");
    }
}

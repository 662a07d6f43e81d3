//! Decides when to check next whether a process tree has used up its time.

use crate::proto::Cause;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::{sleep_until, Sleep};

/// The minimum interval between two checks of the CPU time.
const MIN_CPU_INTERVAL_NANOS: u64 = 2_000_000;

/// The wall-clock and the CPU deadline of one process tree.
pub struct Deadline {
    wall: Option<Instant>,
    cpu_limit_nanos: Option<u64>,
    processors: u64,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Deadline {
    pub fn new(started: Instant, wall: Option<Duration>, cpu_limit_nanos: Option<u64>, processors: u64) -> Deadline {
        let wall = wall.and_then(|wall| started.checked_add(wall));
        let mut deadline = Deadline { wall, cpu_limit_nanos, processors, timer: None };
        deadline.arm(started, 0);
        deadline
    }

    /// Ready when it is time to call [`Deadline::check`].
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut self.timer {
            Some(timer) => std::future::Future::poll(timer.as_mut(), cx),
            None => Poll::Pending,
        }
    }

    /// Returns the deadline that has passed, if any; otherwise sets the timer again.
    pub fn check(&mut self, now: Instant, cpu_used_nanos: impl FnOnce() -> u64) -> Option<Cause> {
        if self.wall.map_or(false, |wall| now >= wall) {
            self.timer = None;
            return Some(Cause::WallTime);
        }
        let mut used = 0;
        if let Some(limit) = self.cpu_limit_nanos {
            used = cpu_used_nanos();
            if used >= limit {
                self.timer = None;
                return Some(Cause::CpuTime);
            }
        }
        self.arm(now, used);
        None
    }

    /// A tree cannot use more CPU time than all processors provide, so there is no need to check earlier.
    fn arm(&mut self, now: Instant, cpu_used_nanos: u64) {
        let cpu = self.cpu_limit_nanos.and_then(|limit| {
            let left = limit.saturating_sub(cpu_used_nanos) / self.processors;
            now.checked_add(Duration::from_nanos(left.max(MIN_CPU_INTERVAL_NANOS)))
        });
        let next = match (self.wall, cpu) {
            (Some(wall), Some(cpu)) => Some(wall.min(cpu)),
            (wall, cpu) => wall.or(cpu),
        };
        self.timer = next.map(|next| Box::pin(sleep_until(next.into())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn deadline(wall: Option<Duration>, cpu: Option<u64>) -> (Instant, Deadline) {
        let start = Instant::now();
        (start, Deadline::new(start, wall, cpu, 2))
    }

    fn run(test: impl FnOnce()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { test() });
    }

    fn next(deadline: &Deadline) -> Instant {
        deadline.timer.as_ref().expect("armed").deadline().into_std()
    }

    #[test]
    fn without_limits_there_is_no_timer() {
        run(|| assert!(deadline(None, None).1.timer.is_none()));
    }

    #[test]
    fn the_wall_deadline_is_exact() {
        run(|| {
            let (start, mut deadline) = deadline(Some(SECOND), None);
            assert_eq!(next(&deadline), start + SECOND);
            assert_eq!(deadline.check(start + SECOND / 2, || unreachable!()), None);
            assert_eq!(deadline.check(start + SECOND, || unreachable!()), Some(Cause::WallTime));
            assert!(deadline.timer.is_none());
        });
    }

    #[test]
    fn the_cpu_deadline_is_looked_at_when_all_processors_could_have_reached_it() {
        run(|| {
            let (start, mut deadline) = deadline(Some(SECOND * 9), Some(1_000_000_000));
            assert_eq!(next(&deadline), start + SECOND / 2);
            assert_eq!(deadline.check(start + SECOND / 2, || 600_000_000), None);
            assert_eq!(next(&deadline), start + SECOND / 2 + SECOND / 5);
            assert_eq!(deadline.check(start + SECOND, || 1_000_000_000), Some(Cause::CpuTime));
        });
    }

    #[test]
    fn close_to_the_cpu_deadline_it_is_not_looked_at_without_pause() {
        run(|| {
            let (start, mut deadline) = deadline(None, Some(1000));
            assert_eq!(deadline.check(start, || 999), None);
            assert_eq!(next(&deadline), start + Duration::from_nanos(MIN_CPU_INTERVAL_NANOS));
        });
    }

    #[test]
    fn a_deadline_out_of_range_is_no_deadline() {
        run(|| {
            let (_, deadline) = deadline(Some(Duration::from_nanos(u64::MAX)), None);
            assert!(deadline.timer.is_some() || deadline.wall.is_none());
        });
    }
}

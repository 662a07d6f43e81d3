//! Detects that a process tree has run out of memory, also where the kernel does not report it.

use crate::cgroup::{CpuTime, ExecCgroup, MemoryEvents, Paging};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::time::{sleep, Sleep};

/// How often a tree with a memory limit is sampled.
const WINDOW: Duration = Duration::from_millis(250);

/// The number of consecutive windows without progress after which a tree is killed, and after which a time limit that
/// it exceeds is attributed to its lack of memory.
const WINDOWS_TO_KILL: u32 = 8;
const WINDOWS_TO_JUDGE: u32 = 2;

/// The minimum number of pages per window that were in use and had to be read again, and of the faults that did so. One
/// fault reads up to 32 pages.
const LEAST_RESTORED: u64 = 64;

/// If a tree reads as many times the pages that fit into its memory again in one window, they were in use as well. The
/// kernel does not notice when next to no pages fit.
const MOST_TURNOVER: u64 = 16;
const LEAST_MAJOR_FAULTS: u64 = 16;

/// A tree that spends more than this part of a window in its own code makes progress.
const MOST_USER_TIME: u32 = 5;

/// Detects that a tree thrashes: it is at its memory limit and does hardly anything but wait for pages of its own
/// mapped files (usually its program's text) that were in use and were evicted to make room for others. The kernel
/// always finds one more page to evict, so it never reports that memory is exhausted.
///
/// These do not count as thrashing: reading and writing files of any size, as that causes no major faults; scanning a
/// large mapped file, as its pages were not in use before; waiting; and computing.
pub struct Thrashing {
    timer: Pin<Box<Sleep>>,
    last: Option<Sample>,
    windows: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    pub events: MemoryEvents,
    pub paging: Paging,
    pub cpu: CpuTime,
}

impl Sample {
    pub fn of(cgroup: &ExecCgroup) -> io::Result<Sample> {
        Ok(Sample { events: cgroup.memory_events()?, paging: cgroup.paging()?, cpu: cgroup.cpu_time()? })
    }
}

impl Thrashing {
    pub fn watch() -> Thrashing {
        Thrashing { timer: Box::pin(sleep(WINDOW)), last: None, windows: 0 }
    }

    /// Ready when it is time to call [`Thrashing::look`].
    pub fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.timer.as_mut().poll(cx)
    }

    /// Returns whether the tree has thrashed for so long that it must be killed.
    pub fn look(&mut self, sample: Sample) -> bool {
        let now = Instant::now();
        // The agent itself may have been delayed: use the actual length of the window.
        let length = now.saturating_duration_since(self.timer.deadline().into_std()) + WINDOW;
        let thrashed = self.last.map_or(false, |last| thrashed(&last, &sample, length));
        self.windows = if thrashed { self.windows + 1 } else { 0 };
        self.last = Some(sample);
        self.timer.as_mut().reset((now + WINDOW).into());
        self.windows >= WINDOWS_TO_KILL
    }

    /// Returns whether the tree has been thrashing until now.
    pub fn goes_on(&self) -> bool {
        self.windows >= WINDOWS_TO_JUDGE
    }
}

fn thrashed(before: &Sample, after: &Sample, length: Duration) -> bool {
    let user = Duration::from_nanos(after.cpu.user_nanos.saturating_sub(before.cpu.user_nanos));
    after.events.max > before.events.max
        && took_pages_in_use(&before.paging, &after.paging)
        && after.paging.major_faults.saturating_sub(before.paging.major_faults) >= LEAST_MAJOR_FAULTS
        && user < length / MOST_USER_TIME
}

fn took_pages_in_use(before: &Paging, after: &Paging) -> bool {
    let refaulted = after.refaulted.saturating_sub(before.refaulted);
    after.restored.saturating_sub(before.restored) >= LEAST_RESTORED
        || refaulted >= LEAST_RESTORED.max(MOST_TURNOVER * before.cached.min(after.cached))
}

/// Whose memory ran out when a tree was killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortage {
    None,
    /// The tree's own limit; or the box's, if only that limits the tree and the tree used most of it.
    Own,
    /// The box's memory, most of which other trees used.
    Box,
}

/// `limit`: the tree's memory limit, if any. `peak`: the most memory the tree used. `uncharged`: whether the guest ran out
/// of memory because its kernel allocated some for this tree that it charges to no cgroup.
pub fn shortage(events: MemoryEvents, limit: Option<u64>, peak: u64, box_bytes: u64, uncharged: bool) -> Shortage {
    let bounded_by_box = limit.map_or(true, |limit| limit >= box_bytes);
    match events {
        MemoryEvents { oom_kill: 0, .. } => Shortage::None,
        MemoryEvents { oom, .. } if oom > 0 || uncharged => Shortage::Own,
        _ if bounded_by_box && peak > box_bytes / 2 => Shortage::Own,
        _ => Shortage::Box,
    }
}

/// Returns the value for `oom_score_adj` of a tree's processes. When the box is out of memory, the kernel kills the
/// process that uses the most, whatever its limit allows. A bonus of the tree's whole limit ranks it after trees
/// without a limit.
pub fn oom_score_adjustment(limit: Option<u64>, box_bytes: u64) -> i32 {
    // proc(5): in thousandths of the memory in question. At -1000 not even the tree's own limit could kill it.
    limit.map_or(0, |limit| -((limit.saturating_mul(1000) / box_bytes.max(1)).min(999) as i32))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn sample(max: u64, restored: u64, major_faults: u64, user_millis: u64) -> Sample {
        Sample {
            events: MemoryEvents { max, ..Default::default() },
            paging: Paging { refaulted: restored, restored, major_faults, cached: 1000 },
            cpu: CpuTime { user_nanos: user_millis * MS, ..Default::default() },
        }
    }

    #[test]
    fn only_a_tree_that_just_waits_for_pages_thrashes() {
        let before = sample(10, 1000, 500, 70);
        let after = |max: u64, restored: u64, faults: u64, user: u64| {
            thrashed(&before, &sample(10 + max, 1000 + restored, 500 + faults, 70 + user), WINDOW)
        };
        assert!(after(1, 2000, 300, 10));
        assert!(!after(0, 2000, 300, 10), "not at its limit");
        assert!(!after(1, 20, 300, 10), "of pages that were not in use before");
        assert!(!after(1, 2000, 3, 10), "by reading a file");
        assert!(!after(1, 2000, 300, 60), "it computes as well");
    }

    #[test]
    fn a_tree_thrashes_if_its_few_pages_are_read_again_and_again() {
        let before = sample(10, 1000, 500, 70);
        let after = |refaulted: u64, cached: u64| {
            let mut after = sample(11, 1000, 700, 80);
            after.paging = Paging { refaulted: 1000 + refaulted, cached, ..after.paging };
            let before = Sample { paging: Paging { cached, ..before.paging }, ..before };
            thrashed(&before, &after, WINDOW)
        };
        assert!(after(6000, 40));
        assert!(!after(6000, 4000), "it scans a large mapped file");
        assert!(!after(20, 0));
    }

    #[test]
    fn thrashing_must_persist() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut thrashing = Thrashing::watch();
            let at = |count| sample(count, count * 1000, count * 1000, 0);
            assert!(!thrashing.look(at(0)));
            for window in 1..u64::from(WINDOWS_TO_KILL) {
                assert_eq!(thrashing.goes_on(), window > 2);
                assert!(!thrashing.look(at(window)));
            }
            assert!(thrashing.look(at(20)));
            assert!(!thrashing.look(at(20)), "it made progress");
            assert!(!thrashing.goes_on());
        });
    }

    #[test]
    fn a_tree_within_its_limit_is_not_out_of_its_own_memory() {
        let at_own = MemoryEvents { max: 9, oom: 1, oom_kill: 2 };
        let at_box = MemoryEvents { max: 0, oom: 0, oom_kill: 1 };
        assert_eq!(shortage(MemoryEvents::default(), None, 100, 100, false), Shortage::None);
        assert_eq!(shortage(at_own, Some(10), 10, 100, false), Shortage::Own);
        assert_eq!(shortage(at_box, Some(90), 80, 100, false), Shortage::Box);
        assert_eq!(shortage(at_box, Some(100), 80, 100, false), Shortage::Own, "the box's memory is its limit");
        assert_eq!(shortage(at_box, None, 80, 100, false), Shortage::Own);
        assert_eq!(shortage(at_box, None, 30, 100, false), Shortage::Box);
        assert_eq!(shortage(at_box, Some(10), 1, 100, true), Shortage::Own, "by what the kernel allocated for it");
        assert_eq!(shortage(MemoryEvents::default(), Some(10), 1, 100, true), Shortage::None);
    }

    #[test]
    fn a_limit_gives_an_oom_bonus() {
        assert_eq!(oom_score_adjustment(None, 1 << 29), 0);
        assert_eq!(oom_score_adjustment(Some(1 << 27), 1 << 29), -250);
        assert_eq!(oom_score_adjustment(Some(1 << 40), 1 << 29), -999);
        assert_eq!(oom_score_adjustment(Some(u64::MAX), 0), -999);
    }
}

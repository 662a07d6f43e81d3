//! A running process tree: its main process, its cgroup, and why it is being killed.

use super::children::Children;
use super::{reap, tracers};
use crate::cgroup::ExecCgroup;
use crate::fd::check_long;
use crate::proto::Cause;
use std::collections::HashMap;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use tokio::time::sleep;

/// How long a killed tree may take to end before the agent looks for what keeps it alive. Most trees take a millisecond,
/// a large one under emulation takes seconds. Looking without finding anything is harmless.
pub const KILL_TIMEOUT: Duration = Duration::from_millis(200);

/// SIGKILL, which kills the whole tree.
const KILL: u32 = 9;

pub struct Tree {
    pub cgroup: ExecCgroup,
    pid: libc::pid_t,
    pidfd: OwnedFd,
    cause: AtomicI32,
    /// Nobody collects the main process any more, and its pid may belong to another one.
    left: AtomicBool,
    was_killed: Notify,
}

impl Tree {
    /// `pid` is the main process's pid in the agent's PID namespace.
    pub fn new(cgroup: ExecCgroup, pid: libc::pid_t, pidfd: OwnedFd) -> Tree {
        let (cause, left) = (AtomicI32::new(Cause::Unspecified as i32), AtomicBool::new(false));
        Tree { cgroup, pid, pidfd, cause, left, was_killed: Notify::new() }
    }

    /// Kills the whole tree. The first cause is the one that is reported.
    pub fn kill(&self, cause: Cause) -> io::Result<()> {
        let none = Cause::Unspecified as i32;
        let _ = self.cause.compare_exchange(none, cause as i32, Ordering::Relaxed, Ordering::Relaxed);
        self.was_killed.notify_one();
        self.cgroup.kill()
    }

    /// Waits until somebody has killed the tree. Only one task can wait.
    pub async fn killed(&self) {
        self.was_killed.notified().await;
    }

    /// Kills the tree until none of its processes is running, or none of those left can be ended.
    pub async fn kill_rest(&self) -> io::Result<()> {
        let mut pause = Duration::from_millis(1);
        let mut look_for_survivors = Instant::now() + KILL_TIMEOUT;
        let mut stuck_before = false;
        while self.cgroup.is_populated()? {
            // Repeated each time: it is cheap, and catches a process that was just being forked.
            self.cgroup.kill()?;
            if Instant::now() >= look_for_survivors {
                let stuck = self.kill_survivors();
                if stuck && stuck_before {
                    self.release_memory();
                    return Ok(());
                }
                stuck_before = stuck;
                look_for_survivors = Instant::now() + KILL_TIMEOUT;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Kills what the kernel's kill of the cgroup has left: processes whose first thread has ended, and the tracers that
    /// keep processes alive. Errors are ignored, since the call is repeated. Returns whether the remaining processes are
    /// stuck because they keep each other alive.
    pub fn kill_survivors(&self) -> bool {
        match self.cgroup.threads(tracers::MAX_THREADS) {
            Ok(threads) => {
                let stuck = tracers::are_stopped(&threads);
                // The kernel has sent SIGKILL to the first thread of each process, and only to that one. If it has ended,
                // the others do not get it. kill(2) is for the process, whichever of its threads is named.
                for &thread in &threads {
                    // SAFETY: takes numbers only.
                    unsafe { libc::kill(thread, KILL as libc::c_int) };
                }
                tracers::kill_tracers_of(&threads);
                stuck
            }
            Err(_) => false,
        }
    }

    /// Releases what memory it can of processes that stay forever.
    fn release_memory(&self) {
        if let Ok(threads) = self.cgroup.threads(tracers::MAX_THREADS) {
            tracers::release_memory(&threads);
        }
    }

    /// Why the tree was killed, if it was.
    pub fn cause(&self) -> Option<Cause> {
        Cause::from_i32(self.cause.load(Ordering::Relaxed)).filter(|&cause| cause != Cause::Unspecified)
    }

    /// Sends a signal, 1 to 64, to the main process.
    pub fn signal(&self, signal: u32) -> Result<(), String> {
        if signal == KILL {
            return self.kill(Cause::Requested).map_err(|error| format!("cannot kill the process tree: {error}"));
        }
        if !(1..=64).contains(&signal) {
            return Err(format!("signal is {signal}; give 1 to 64"));
        }
        // SAFETY: takes numbers and a null pointer, which means no further information.
        let sent = check_long(unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.pidfd.as_raw_fd(), signal as libc::c_int, 0, 0)
        });
        match sent {
            // The process has just ended, which the host is about to be told.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            Err(error) => Err(format!("cannot send signal {signal}: {error}")),
            Ok(_) => Ok(()),
        }
    }

    /// Returns how the main process ended: (exit code, signal). It must have ended. Returns None while a tracer holds
    /// it; a tracer releases it by ending.
    pub fn try_reap(&self, children: &Children) -> io::Result<Option<(i32, i32)>> {
        let end = children.collect(self.pid, || reap::try_reap(self.pidfd.as_raw_fd()))?;
        self.left.fetch_or(end.is_some(), Ordering::Relaxed);
        Ok(end)
    }

    /// Leaves the main process to be reaped as a stray, if it was not reaped yet.
    pub fn leave_to(&self, children: &Children) {
        if !self.left.swap(true, Ordering::Relaxed) {
            children.forget(self.pid);
        }
    }

    /// Reads how the main process ended when [`Tree::try_reap`] returned None.
    pub fn end_of_traced(&self) -> io::Result<(i32, i32)> {
        reap::end_of_traced(self.pid)
    }

    pub fn pidfd(&self) -> io::Result<OwnedFd> {
        self.pidfd.try_clone()
    }
}

/// The maximum number of process trees: each costs the agent memory and descriptors.
const MAX_TREES: usize = 256;

/// All running process trees.
#[derive(Default)]
pub struct Trees {
    running: Mutex<HashMap<u32, Arc<Tree>>>,
    admitted: Mutex<Admitted>,
}

#[derive(Default)]
struct Admitted {
    now: usize,
    ever: u64,
}

impl Trees {
    /// Reserves a place for one more tree, until the permit is dropped.
    pub fn admit(self: &Arc<Self>) -> Result<Permit, String> {
        let mut admitted = self.admitted.lock().expect("no holder panics");
        if admitted.now == MAX_TREES {
            return Err(format!("{MAX_TREES} executions are already running in the box, which is the limit"));
        }
        admitted.now += 1;
        admitted.ever += 1;
        Ok(Permit { trees: self.clone(), number: admitted.ever, began_alone: admitted.now == 1 })
    }

    pub fn find(&self, pid: u32) -> Option<Arc<Tree>> {
        self.running.lock().expect("no holder panics").get(&pid).cloned()
    }

    pub fn insert(&self, pid: u32, tree: Arc<Tree>) {
        self.running.lock().expect("no holder panics").insert(pid, tree);
    }

    /// Called before the main process is reaped and its pid may be reused.
    pub fn remove(&self, pid: u32) {
        self.running.lock().expect("no holder panics").remove(&pid);
    }
}

pub struct Permit {
    trees: Arc<Trees>,
    number: u64,
    began_alone: bool,
}

impl Permit {
    /// Returns whether there has been no other tree since this one was admitted.
    pub fn is_alone(&self) -> bool {
        self.began_alone && self.trees.admitted.lock().expect("no holder panics").ever == self.number
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.trees.admitted.lock().expect("no holder panics").now -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_trees_is_bounded() {
        let trees = Arc::new(Trees::default());
        let mut permits: Vec<Permit> = (0..MAX_TREES).map(|_| trees.admit().unwrap()).collect();
        assert!(trees.admit().err().unwrap().contains("256 executions"));
        permits.pop();
        assert!(trees.admit().is_ok());
    }

    #[test]
    fn a_tree_is_alone_unless_another_was_there_meanwhile() {
        let trees = Arc::new(Trees::default());
        let first = trees.admit().unwrap();
        assert!(first.is_alone());
        let second = trees.admit().unwrap();
        assert!(!first.is_alone());
        assert!(!second.is_alone());
        drop(first);
        assert!(!second.is_alone(), "it began beside the first");
        drop(second);
        assert!(trees.admit().unwrap().is_alone());
    }
}

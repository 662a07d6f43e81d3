//! A process tree that runs: its main process, its cgroup, and why it is being killed.

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
use tokio::time::sleep;

/// How long a killed tree may take to end before the agent looks for who keeps it from that. Most take a millisecond, a
/// large one under emulation seconds; to look in vain does no harm.
pub const PATIENCE: Duration = Duration::from_millis(200);

/// SIGKILL, which takes the whole tree.
const KILL: u32 = 9;

pub struct Tree {
    pub cgroup: ExecCgroup,
    pid: libc::pid_t,
    pidfd: OwnedFd,
    cause: AtomicI32,
    /// The main process is nobody's to collect any more, and its pid may be another's.
    left: AtomicBool,
}

impl Tree {
    /// `pid` is the agent's for the main process.
    pub fn new(cgroup: ExecCgroup, pid: libc::pid_t, pidfd: OwnedFd) -> Tree {
        Tree { cgroup, pid, pidfd, cause: AtomicI32::new(Cause::Unspecified as i32), left: AtomicBool::new(false) }
    }

    /// Kills the whole tree. The first cause is the one that is told.
    pub fn kill(&self, cause: Cause) -> io::Result<()> {
        let none = Cause::Unspecified as i32;
        let _ = self.cause.compare_exchange(none, cause as i32, Ordering::Relaxed, Ordering::Relaxed);
        self.cgroup.kill()
    }

    /// Kills it until nothing of it runs any more, or nothing can end what is left.
    pub async fn kill_rest(&self) -> io::Result<()> {
        let mut pause = Duration::from_millis(1);
        let mut look_for_tracers = Instant::now() + PATIENCE;
        let mut stuck_before = false;
        while self.cgroup.is_populated()? {
            // Again each time: cheap, and a process in the middle of its birth is not forgotten.
            self.cgroup.kill()?;
            if Instant::now() >= look_for_tracers {
                let stuck = self.kill_tracers();
                if stuck && stuck_before {
                    self.release_memory();
                    return Ok(());
                }
                stuck_before = stuck;
                look_for_tracers = Instant::now() + PATIENCE;
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Ends whoever keeps a process of the killed tree from ending. What goes wrong is tried again. Whether nothing can
    /// end those that are left, since they keep one another from it.
    pub fn kill_tracers(&self) -> bool {
        match self.cgroup.threads(tracers::MAX_THREADS) {
            Ok(threads) => {
                let stuck = tracers::are_stopped(&threads);
                tracers::kill_tracers_of(&threads);
                stuck
            }
            Err(_) => false,
        }
    }

    /// Gives back what it can of those that are left for ever.
    fn release_memory(&self) {
        if let Ok(threads) = self.cgroup.threads(tracers::MAX_THREADS) {
            tracers::release_memory(&threads);
        }
    }

    /// Why it was killed, if it was.
    pub fn cause(&self) -> Option<Cause> {
        Cause::from_i32(self.cause.load(Ordering::Relaxed)).filter(|&cause| cause != Cause::Unspecified)
    }

    /// Sends a signal of 1 to 64 to the main process.
    pub fn signal(&self, signal: u32) -> Result<(), String> {
        if signal == KILL {
            return self.kill(Cause::Requested).map_err(|error| format!("killing the process tree: {error}"));
        }
        if !(1..=64).contains(&signal) {
            return Err(format!("signal is {signal}: give 1 to 64"));
        }
        // SAFETY: takes numbers and a null pointer, which means no further information.
        let sent = check_long(unsafe {
            libc::syscall(libc::SYS_pidfd_send_signal, self.pidfd.as_raw_fd(), signal as libc::c_int, 0, 0)
        });
        match sent {
            // It has just ended. The host is about to hear so.
            Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Ok(()),
            Err(error) => Err(format!("sending signal {signal}: {error}")),
            Ok(_) => Ok(()),
        }
    }

    /// How the main process has ended, which it has: (exit code, signal). None when a tracer holds it, which does not
    /// when it ends itself.
    pub fn try_reap(&self, children: &Children) -> io::Result<Option<(i32, i32)>> {
        let end = children.collect(self.pid, || reap::try_reap(self.pidfd.as_raw_fd()))?;
        self.left.fetch_or(end.is_some(), Ordering::Relaxed);
        Ok(end)
    }

    /// Leaves the main process, if it was not reaped, to be reaped as a stray.
    pub fn leave_to(&self, children: &Children) {
        if !self.left.swap(true, Ordering::Relaxed) {
            children.forget(self.pid);
        }
    }

    /// How the main process has ended when [`Tree::try_reap`] could not tell.
    pub fn end_of_traced(&self) -> io::Result<(i32, i32)> {
        reap::end_of_traced(self.pid)
    }

    pub fn pidfd(&self) -> io::Result<OwnedFd> {
        self.pidfd.try_clone()
    }
}

/// More process trees at once than this are refused: each costs the agent memory and descriptors.
const MAX_TREES: usize = 256;

/// All process trees that run.
#[derive(Default)]
pub struct Trees {
    running: Mutex<HashMap<u32, Arc<Tree>>>,
    admitted: Mutex<usize>,
}

impl Trees {
    /// A place for one more, until the permit is dropped.
    pub fn admit(self: &Arc<Self>) -> Result<Permit, String> {
        let mut admitted = self.admitted.lock().expect("no holder panics");
        if *admitted == MAX_TREES {
            return Err(format!("{MAX_TREES} executions are running, which is as many as a guest takes"));
        }
        *admitted += 1;
        Ok(Permit { trees: self.clone() })
    }

    pub fn find(&self, pid: u32) -> Option<Arc<Tree>> {
        self.running.lock().expect("no holder panics").get(&pid).cloned()
    }

    pub fn insert(&self, pid: u32, tree: Arc<Tree>) {
        self.running.lock().expect("no holder panics").insert(pid, tree);
    }

    /// Before the main process is reaped and its pid may be another's.
    pub fn remove(&self, pid: u32) {
        self.running.lock().expect("no holder panics").remove(&pid);
    }
}

pub struct Permit {
    trees: Arc<Trees>,
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self.trees.admitted.lock().expect("no holder panics") -= 1;
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
}

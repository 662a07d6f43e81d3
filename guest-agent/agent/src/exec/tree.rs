//! A process tree that runs: its main process, its cgroup, and why it is being killed.

use super::child;
use crate::cgroup::ExecCgroup;
use crate::fd::check_long;
use crate::proto::Cause;
use std::collections::HashMap;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, Mutex};

/// SIGKILL, which takes the whole tree.
const KILL: u32 = 9;

pub struct Tree {
    pub cgroup: ExecCgroup,
    pidfd: OwnedFd,
    cause: AtomicI32,
}

impl Tree {
    pub fn new(cgroup: ExecCgroup, pidfd: OwnedFd) -> Tree {
        Tree { cgroup, pidfd, cause: AtomicI32::new(Cause::Unspecified as i32) }
    }

    /// Kills the whole tree. The first cause is the one that is told.
    pub fn kill(&self, cause: Cause) -> io::Result<()> {
        let none = Cause::Unspecified as i32;
        let _ = self.cause.compare_exchange(none, cause as i32, Ordering::Relaxed, Ordering::Relaxed);
        self.cgroup.kill()
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

    /// How the main process has ended: (exit code, signal). To be called once, after it has.
    pub fn reap(&self) -> io::Result<(i32, i32)> {
        child::reap(self.pidfd.as_raw_fd())
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

//! The agent's own children: the main processes that it waits for, and strays that nothing else would reap.
//!
//! A process may make its child a child of its own parent (`CLONE_PARENT` of clone(2)); for a main process, that is the
//! agent. Also, a main process that is being traced cannot be reaped when its end is reported, only when its tracer
//! releases it.

use std::collections::HashSet;
use std::io;
use std::sync::{Mutex, MutexGuard};

#[derive(Default)]
pub struct Children {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The children whose exit status somebody will collect.
    awaited: HashSet<libc::pid_t>,
    /// A child is being forked that is not in the set yet.
    forking: bool,
    /// Strays were to be reaped during a fork; this is done after it.
    reap_after_fork: bool,
}

impl Children {
    /// Announces a fork, which may take long. No stray is reaped until [`Children::end_fork`] names the new child.
    pub fn begin_fork(&self) {
        self.state().forking = true;
    }

    /// Reports the end of a fork, with the new child if somebody will collect its exit status.
    pub fn end_fork(&self, awaited: Option<libc::pid_t>) {
        let mut state = self.state();
        state.forking = false;
        state.awaited.extend(awaited);
        if std::mem::take(&mut state.reap_after_fork) {
            state.reap_strays();
        }
    }

    /// Collects the exit status of an awaited child with `reap`, which returns None if it is not available. Once
    /// collected, the pid is free for another child, which may be awaited as well.
    pub fn collect<T>(
        &self,
        pid: libc::pid_t,
        reap: impl FnOnce() -> io::Result<Option<T>>,
    ) -> io::Result<Option<T>> {
        let mut state = self.state();
        let end = reap()?;
        if end.is_some() {
            state.awaited.remove(&pid);
        }
        Ok(end)
    }

    /// Stops awaiting a child whose end was reported. If it could not be reaped, it is a stray from now on.
    pub fn forget(&self, pid: libc::pid_t) {
        self.state().awaited.remove(&pid);
    }

    /// Reaps the strays that have ended. Strays that are listed after an awaited child are left for the next call.
    pub fn reap_strays(&self) {
        let mut state = self.state();
        if state.forking {
            state.reap_after_fork = true;
        } else {
            state.reap_strays();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder panics")
    }
}

impl State {
    fn reap_strays(&self) {
        while let Some(pid) = ended_child() {
            if self.awaited.contains(&pid) {
                return;
            }
            // SAFETY: takes numbers and null, which means that nobody wants to know.
            unsafe { libc::waitpid(pid, std::ptr::null_mut(), libc::WNOHANG | libc::__WALL) };
        }
    }
}

/// Finds a child that has ended, without reaping it.
fn ended_child() -> Option<libc::pid_t> {
    // SAFETY: all-zero is a valid siginfo_t, which the call then fills in.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT | libc::__WALL;
    // SAFETY: `info` lives through the call.
    let found = unsafe { libc::waitid(libc::P_ALL, 0, &mut info, flags) } == 0;
    // SAFETY: all-zero still, or waitid has filled in the fields of a SIGCHLD.
    Some(unsafe { info.si_pid() }).filter(|&pid| found && pid != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Starts a child that ends at once and is left to be reaped.
    fn child() -> libc::pid_t {
        let child = Command::new("true").spawn().unwrap();
        // SAFETY: all-zero is a valid siginfo_t, which lives through the call.
        unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            libc::waitid(libc::P_PID, child.id(), &mut info, libc::WEXITED | libc::WNOWAIT);
        }
        child.id() as libc::pid_t
    }

    fn is_there(pid: libc::pid_t) -> bool {
        std::path::Path::new(&format!("/proc/{pid}")).exists()
    }

    /// Runs in a process of its own, since other tests have children, too.
    #[test]
    fn strays_are_reaped_and_awaited_children_are_not() {
        // SAFETY: the child only runs this test's code, and ends.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let result = std::panic::catch_unwind(|| {
                let children = Children::default();
                let stray = child();
                children.begin_fork();
                children.reap_strays();
                assert!(is_there(stray), "it might be the child that is being forked");
                children.end_fork(None);
                assert!(!is_there(stray), "it should have been reaped during the fork");
                let awaited = child();
                children.begin_fork();
                children.end_fork(Some(awaited));
                children.reap_strays();
                assert!(is_there(awaited));
                children.forget(awaited);
                children.reap_strays();
                assert!(!is_there(awaited));
            });
            // SAFETY: ends this process only.
            unsafe { libc::_exit(i32::from(result.is_err())) };
        }
        let mut status = 0;
        // SAFETY: `status` lives through the call.
        unsafe { libc::waitpid(pid, &mut status, 0) };
        assert_eq!(status, 0);
    }
}

//! The agent's own children: the main processes that it waits for, and strays that nobody would.
//!
//! A process may give its child to its own parent (`CLONE_PARENT` of clone(2)), which for a main process is the agent.
//! And a main process that somebody traces cannot be reaped when its end is told, only when its tracer lets go of it.

use std::collections::HashSet;
use std::io;
use std::sync::{Mutex, MutexGuard};

#[derive(Default)]
pub struct Children {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Those whose end is somebody's to collect.
    awaited: HashSet<libc::pid_t>,
    /// A child is being made that cannot be in the set yet.
    forking: bool,
    /// Strays were to be reaped meanwhile, which is made up for when the child was made.
    reap_after_fork: bool,
}

impl Children {
    /// A child is about to be made, which may take long. Nobody is reaped as a stray until its maker says which it was.
    pub fn begin_fork(&self) {
        self.state().forking = true;
    }

    /// The child that was made and whose end somebody will collect, if there is one.
    pub fn end_fork(&self, awaited: Option<libc::pid_t>) {
        let mut state = self.state();
        state.forking = false;
        state.awaited.extend(awaited);
        if std::mem::take(&mut state.reap_after_fork) {
            state.reap_strays();
        }
    }

    /// Collects the end of an awaited child by `reap`, whose None says that it cannot be had. With it the pid is free for
    /// another child, which may be awaited as well.
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

    /// Its end was told. If it could not be reaped, it is a stray now.
    pub fn forget(&self, pid: libc::pid_t) {
        self.state().awaited.remove(&pid);
    }

    /// Reaps the strays that have ended. Those behind an awaited one are left for the next time, which is when the end
    /// of that was told.
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

/// A child that has ended, left as it is.
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

    /// Ends at once, and is left to be reaped.
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

    /// In a process of its own: other tests have children, too.
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
                assert!(is_there(stray), "it might be the one that is being made");
                children.end_fork(None);
                assert!(!is_there(stray), "it was to be reaped meanwhile");
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

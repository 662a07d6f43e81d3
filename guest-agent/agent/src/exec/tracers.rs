//! Finds processes that keep others from ending by tracing them.
//!
//! A tracer that sets `PTRACE_O_TRACEEXIT` stops the traced process while it exits, and not even SIGKILL continues it:
//! it ends when its tracer continues it or ends itself. A tracer in the same tree is killed with it. One in another
//! execution has no right to keep this one from ending. Two processes that trace each other in this way never end: they
//! cannot run any more, but stay.

use crate::fd::{self, check_fd};
use std::ffi::CString;
use std::os::unix::io::AsRawFd;

/// The number of threads of a tree that does not end to look at.
pub const MAX_THREADS: usize = 4096;

/// The kernel does not limit the length of a chain of tracers.
const MAX_CHAIN: usize = 64;

const MAX_STATUS_BYTES: usize = 16 * 1024;

/// Kills the tracers of these threads, and the tracers of those.
pub fn kill_tracers_of(threads: &[libc::pid_t]) {
    for &thread in threads {
        let mut tracee = thread;
        for _ in 0..MAX_CHAIN {
            let tracer = match tracer_of(tracee) {
                Some(tracer) => tracer,
                None => break,
            };
            // SAFETY: takes numbers only. It cannot be another's pid by now unless it has ended, which lets go as well.
            unsafe { libc::kill(tracer, libc::SIGKILL) };
            tracee = tracer;
        }
    }
}

/// Returns whether all of these killed threads are stopped by tracers, and therefore stuck in their exit.
pub fn are_stopped(threads: &[libc::pid_t]) -> bool {
    let stopped = |&thread: &libc::pid_t| field(&status_of(thread)?, "State:").map(|state| state.starts_with('t'));
    !threads.is_empty() && threads.iter().all(|thread| stopped(thread).unwrap_or(false))
}

/// Releases what memory it can of processes that are stuck in their exit.
pub fn release_memory(processes: &[libc::pid_t]) {
    for &process in processes {
        // SAFETY: take numbers only.
        unsafe {
            if let Ok(pidfd) = check_fd(libc::syscall(libc::SYS_pidfd_open, process, 0) as libc::c_int) {
                libc::syscall(libc::SYS_process_mrelease, pidfd.as_raw_fd(), 0);
            }
        }
    }
}

fn tracer_of(thread: libc::pid_t) -> Option<libc::pid_t> {
    tracer_in(&status_of(thread)?)
}

fn status_of(thread: libc::pid_t) -> Option<Vec<u8>> {
    let path = CString::new(format!("/proc/{thread}/status")).expect("a path without NUL");
    fd::read_small_file(&path, MAX_STATUS_BYTES).ok()
}

fn tracer_in(status: &[u8]) -> Option<libc::pid_t> {
    field(status, "TracerPid:")?.parse().ok().filter(|&pid| pid > 1)
}

/// Returns a field of /proc/PID/status, proc(5).
fn field<'a>(status: &'a [u8], name: &str) -> Option<&'a str> {
    let line = status.split(|&byte| byte == b'\n').find_map(|line| line.strip_prefix(name.as_bytes()))?;
    std::str::from_utf8(line).ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;

    #[test]
    fn a_tracer_is_found_by_its_whole_line() {
        assert_eq!(tracer_in(b"Name:\tTracerPid:\nPid:\t7\nTracerPid:\t42\nUid:\t0\n"), Some(42));
        assert_eq!(tracer_in(b"Name:\tx\nTracerPid:\t0\n"), None);
        assert_eq!(tracer_in(b"Name:\tx\n"), None);
    }

    #[test]
    fn any_status_file_is_read() {
        fuzz::run("any_status_file", 500, |random| {
            let tracer = random.next() as libc::pid_t & libc::pid_t::MAX;
            // The kernel escapes newlines and backslashes in a name.
            let name = random.text(15).replace('\\', "\\\\").replace('\n', "\\n");
            let status = format!("Name:\t{name}\nState:\tt (tracing stop)\nTracerPid:\t{tracer}\nUid:\t0\n");
            let mut status = status.into_bytes();
            assert_eq!(tracer_in(&status), Some(tracer).filter(|&pid| pid > 1));
            fuzz::mutate(random, &mut status);
            assert!(tracer_in(&status).map_or(true, |pid| pid > 1));
        });
    }
}

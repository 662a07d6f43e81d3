//! Reads how a main process ended, without blocking.

use crate::fd::{self, check};
use std::ffi::CString;
use std::io;
use std::os::unix::io::RawFd;

/// Collects the exit status of a child, if available: (exit code, signal), one of which is 0. Never blocks: an ended
/// child is not available to its parent until its tracer has released it.
pub fn try_reap(pidfd: RawFd) -> io::Result<Option<(i32, i32)>> {
    // SAFETY: all-zero is a valid siginfo_t, which the call then fills in.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let flags = libc::WEXITED | libc::WNOHANG | libc::__WALL;
    // SAFETY: `info` lives through the call.
    check(unsafe { libc::waitid(libc::P_PIDFD, pidfd as libc::id_t, &mut info, flags) })?;
    // SAFETY: all-zero still, or waitid has filled in the fields of a SIGCHLD.
    let (pid, status) = unsafe { (info.si_pid(), info.si_status()) };
    if pid == 0 {
        return Ok(None);
    }
    Ok(Some(if info.si_code == libc::CLD_EXITED { (status, 0) } else { (0, status) }))
}

/// Reads how a child ended that its tracer has not released yet.
pub fn end_of_traced(pid: libc::pid_t) -> io::Result<(i32, i32)> {
    let path = CString::new(format!("/proc/{pid}/stat")).expect("a path without NUL");
    let stat = fd::read_small_file(&path, MAX_STAT_BYTES)?;
    exit_code_of(&stat).map(decode_status).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no exit code"))
}

const MAX_STAT_BYTES: usize = 4096;

/// The field `exit_code` of /proc/PID/stat, proc(5): field 52. Field 2, the name in parentheses, may contain anything.
fn exit_code_of(stat: &[u8]) -> Option<i32> {
    let after_name = &stat[stat.iter().rposition(|&byte| byte == b')')? + 1..];
    let field = after_name.split(|byte| byte.is_ascii_whitespace()).filter(|field| !field.is_empty()).nth(52 - 3)?;
    std::str::from_utf8(field).ok()?.parse().ok()
}

/// Decodes a status of wait(2): (exit code, signal).
fn decode_status(status: i32) -> (i32, i32) {
    if libc::WIFEXITED(status) {
        (libc::WEXITSTATUS(status), 0)
    } else {
        (0, libc::WTERMSIG(status))
    }
}

/// Waits for a child that is about to end. The wait is bounded: nothing may block the thread.
pub fn await_end(pidfd: RawFd) {
    let mut poll = libc::pollfd { fd: pidfd, events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd, which lives through the call.
    unsafe { libc::poll(&mut poll, 1, MAX_END_MILLIS) };
}

const MAX_END_MILLIS: libc::c_int = 1000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fuzz;
    use crate::fd::check_fd;
    use std::os::unix::io::AsRawFd;

    #[test]
    fn the_exit_code_is_the_52nd_field_whatever_the_name() {
        let fields: Vec<String> = (3..=52).map(|number| (number * 256).to_string()).collect();
        let stat = format!("7 (a) b) 1 2 3) {}\n", fields.join(" "));
        assert_eq!(exit_code_of(stat.as_bytes()), Some(52 * 256));
        assert_eq!(exit_code_of(b"7 (a) Z 1"), None);
        assert_eq!(exit_code_of(b""), None);
    }

    #[test]
    fn reading_the_end_of_a_child_does_not_block() {
        let mut shell = std::process::Command::new("sh");
        let mut child = shell.args(["-c", "read x; exit 3"]).stdin(std::process::Stdio::piped()).spawn().unwrap();
        // SAFETY: takes numbers only.
        let pidfd = check_fd(unsafe { libc::syscall(libc::SYS_pidfd_open, child.id(), 0) } as libc::c_int).unwrap();
        assert_eq!(try_reap(pidfd.as_raw_fd()).unwrap(), None);
        drop(child.stdin.take());
        await_end(pidfd.as_raw_fd());
        assert_eq!(end_of_traced(child.id() as libc::pid_t).unwrap(), (3, 0));
        assert_eq!(try_reap(pidfd.as_raw_fd()).unwrap(), Some((3, 0)));
    }

    #[test]
    fn a_name_never_changes_the_exit_code() {
        fuzz::run("a_name_never_changes", 1000, |random| {
            let name = String::from_utf8_lossy(random.text(15).as_bytes()).into_owned();
            let code = random.next() as i32;
            let fields: String = (3..52).map(|_| format!(" {}", random.number() as i64)).collect();
            let mut stat = format!("{} ({name}){fields} {code}\n", random.next() as u32).into_bytes();
            assert_eq!(exit_code_of(&stat), Some(code), "{name:?}");
            fuzz::mutate(random, &mut stat);
            let _ = exit_code_of(&stat).map(decode_status);
        });
    }
}

//! Forks a child and executes its program, without copying the agent's memory.
//!
//! As after vfork(2), the child borrows the agent's memory and thread until it executes its program or fails. It starts
//! in its cgroup, so nothing it does escapes the limits. Until then it may only do what is safe in shared memory: plain
//! system calls, no allocation, no locks.

use super::stdin_file::replace_stdin;
use libc::{c_char, c_int, c_long, c_void};
use std::ffi::CStr;
use std::io;
use std::os::unix::io::{FromRawFd, OwnedFd, RawFd};
use std::ptr;

/// Everything the child needs, prepared before the fork, and what it reports back.
pub struct Child<'a> {
    pub stdin: RawFd,
    pub stdout: RawFd,
    pub stderr: RawFd,
    pub terminal: bool,
    /// The file to open as standard input instead.
    pub stdin_file: Option<&'a CStr>,
    pub open_files: (u64, u64),
    pub file_size_bytes: Option<u64>,
    pub stack_bytes: Option<u64>,
    pub address_space_bytes: Option<u64>,
    /// `None`: root without supplementary groups, like the agent itself.
    pub credentials: Option<Credentials<'a>>,
    pub working_directory: &'a CStr,
    /// Pointers to the files to try, to `argv` and to the environment; the last two end with null.
    pub candidates: &'a [*const c_char],
    pub argv: &'a [*const c_char],
    pub environment: &'a [*const c_char],
    /// One element longer than `argv`: for the shell that runs a script without a `#!` line.
    pub shell_argv: &'a mut [*const c_char],

    /// As text, if it is not 0.
    pub oom_score_adjustment: Option<&'a [u8]>,

    pub pid: c_int,
    pub failure: Option<Failure>,
}

pub struct Credentials<'a> {
    pub uid: u32,
    pub gid: u32,
    pub supplementary: &'a [u32],
}

/// The step at which the child failed, and errno.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    pub step: Step,
    pub errno: c_int,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Terminal,
    Streams,
    Limits,
    Credentials,
    WorkingDirectory,
    StdinFile,
    Execute,
}

/// The kernel reports ENOENT also when the file exists but its interpreter does not. That case is reported as this
/// errno, which execve(2) does not use for such files.
pub const MISSING_INTERPRETER: c_int = libc::ELIBACC;

/// A forked process: its pid in the agent's PID namespace, and its pidfd.
pub struct Forked {
    pub pid: libc::pid_t,
    pub pidfd: OwnedFd,
}

/// The child's stack. The child must not use the stack of the thread that it borrows.
pub struct Stack(Vec<u128>);

impl Default for Stack {
    fn default() -> Self {
        Stack(vec![0; 64 * 1024 / 16])
    }
}

/// `struct clone_args` of linux/sched.h.
#[repr(C)]
#[derive(Default)]
struct CloneArguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// Forks into `cgroup`. Returns when the child executes its program, or has failed and set `child.failure`.
#[cfg(target_arch = "x86_64")]
pub fn fork(child: &mut Child<'_>, cgroup: RawFd, stack: &mut Stack) -> io::Result<Forked> {
    let mut pidfd: RawFd = -1;
    let arguments = CloneArguments {
        flags: (libc::CLONE_VM | libc::CLONE_VFORK | libc::CLONE_PIDFD) as u64 | CLONE_INTO_CGROUP,
        pidfd: &mut pidfd as *mut RawFd as u64,
        exit_signal: libc::SIGCHLD as u64,
        stack: stack.0.as_mut_ptr() as u64,
        stack_size: (stack.0.len() * 16) as u64,
        cgroup: cgroup as u64,
        ..Default::default()
    };
    let child: *mut Child<'_> = child;
    let result: i64;
    // SAFETY: The child starts on a stack of its own (16 bytes aligned, as the ABI wants before a call) and never leaves
    // `run`, so it touches nothing of this frame. This thread waits in the kernel meanwhile (CLONE_VFORK), so all that
    // `child` points to stays valid and unshared.
    unsafe {
        std::arch::asm!(
            "syscall",
            "test rax, rax",
            "jnz 2f",
            "xor ebp, ebp",
            "mov rdi, r12",
            "call r13",
            "ud2",
            "2:",
            inlateout("rax") libc::SYS_clone3 => result,
            in("rdi") &arguments,
            in("rsi") std::mem::size_of::<CloneArguments>(),
            in("r12") child.cast::<c_void>(),
            in("r13") run as unsafe extern "C" fn(*mut c_void) -> !,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    if result < 0 {
        return Err(io::Error::from_raw_os_error(-result as i32));
    }
    // SAFETY: clone3 succeeded and made this descriptor for us alone.
    Ok(Forked { pid: result as libc::pid_t, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } })
}

/// # Safety
/// Runs in the child, with a pointer to its `Child`.
unsafe extern "C" fn run(child: *mut c_void) -> ! {
    // SAFETY: `fork` passes this pointer, and its thread does not touch the value while the child runs.
    let child = unsafe { &mut *child.cast::<Child<'_>>() };
    // SAFETY: getpid takes nothing.
    child.pid = unsafe { libc::getpid() };
    let (step, errno) = match prepare(child) {
        Ok(()) => (Step::Execute, execute(child)),
        Err(failure) => failure,
    };
    child.failure = Some(Failure { step, errno });
    // SAFETY: ends this process only. exit_group by hand: nothing of libc's is ours to end.
    unsafe {
        libc::syscall(libc::SYS_exit_group, exit_code(step, errno) as c_long);
        loop {
            libc::pause();
        }
    }
}

/// The exit code of a shell in this case: 127 if there is no such command, 126 if it cannot be executed.
fn exit_code(step: Step, errno: c_int) -> c_int {
    if step == Step::Execute && matches!(errno, libc::ENOENT | libc::ENOTDIR) {
        127
    } else {
        126
    }
}

fn errno() -> c_int {
    // SAFETY: the thread's own errno, which the child borrows along with its thread.
    unsafe { *libc::__errno_location() }
}

fn prepare(child: &Child<'_>) -> Result<(), (Step, c_int)> {
    let ok = |result: c_int, step: Step| if result < 0 { Err((step, errno())) } else { Ok(()) };
    let ok_long = |result: c_long, step: Step| if result < 0 { Err((step, errno())) } else { Ok(()) };
    // SAFETY: plain system calls with descriptors, and pointers that live as long as the parent waits. The id calls go
    // past libc, which would change all threads of the agent.
    unsafe {
        libc::setsid();
        if child.terminal {
            ok(libc::ioctl(child.stdin, libc::TIOCSCTTY, 0), Step::Terminal)?;
        }
        for (from, to) in [(child.stdin, 0), (child.stdout, 1), (child.stderr, 2)] {
            ok(libc::dup2(from, to), Step::Streams)?;
        }
        // All other descriptors are the agent's; execve would close them anyway. Closing them now makes what is opened
        // below get a number under the limit.
        libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0);
        if let Some(adjustment) = child.oom_score_adjustment {
            // Comes before the limits, which may leave no free descriptor.
            let file = libc::open(OOM_SCORE_ADJ.as_ptr().cast(), libc::O_WRONLY | libc::O_CLOEXEC);
            ok(file, Step::Limits)?;
            let written = libc::write(file, adjustment.as_ptr().cast(), adjustment.len());
            ok_long(written as c_long, Step::Limits)?;
            libc::close(file);
        }
        let (soft, hard) = child.open_files;
        let open_files = libc::rlimit { rlim_cur: soft, rlim_max: hard };
        ok(libc::setrlimit(libc::RLIMIT_NOFILE, &open_files), Step::Limits)?;
        let sizes = [
            (libc::RLIMIT_FSIZE, child.file_size_bytes),
            (libc::RLIMIT_STACK, child.stack_bytes),
            // Also limits what the agent's memory, which this child borrows, may grow to, but only from here on, where
            // nothing is allocated. The program gets an address space of its own.
            (libc::RLIMIT_AS, child.address_space_bytes),
        ];
        for (resource, size) in sizes {
            if let Some(bytes) = size {
                let both = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
                ok(libc::setrlimit(resource, &both), Step::Limits)?;
            }
        }
        if let Some(credentials) = &child.credentials {
            let Credentials { uid, gid, supplementary } = *credentials;
            let groups = libc::syscall(libc::SYS_setgroups, supplementary.len(), supplementary.as_ptr());
            ok_long(groups, Step::Credentials)?;
            ok_long(libc::syscall(libc::SYS_setresgid, gid, gid, gid), Step::Credentials)?;
            ok_long(libc::syscall(libc::SYS_setresuid, uid, uid, uid), Step::Credentials)?;
        }
        ok(libc::chdir(child.working_directory.as_ptr()), Step::WorkingDirectory)?;
    }
    match child.stdin_file {
        Some(path) => replace_stdin(path).map_err(|errno| (Step::StdinFile, errno)),
        None => Ok(()),
    }
}

/// The child's own file: even with shared memory, a forked child has its own `oom_score_adj` until vfork(2) is over.
const OOM_SCORE_ADJ: &[u8] = b"/proc/self/oom_score_adj\0";

/// Tries the candidates like execvp(3). Returns the most specific errno.
fn execute(child: &mut Child<'_>) -> c_int {
    let mut denied = false;
    let mut last = libc::ENOENT;
    for &file in child.candidates {
        // SAFETY: the pointers were laid out by the parent: NUL-terminated strings, null-terminated lists.
        unsafe { libc::execve(file, child.argv.as_ptr(), child.environment.as_ptr()) };
        last = errno();
        match last {
            libc::ENOEXEC => return execute_with_shell(child, file),
            libc::EACCES => denied = true,
            libc::ENOENT | libc::ENOTDIR | libc::ESTALE | libc::ENODEV | libc::ETIMEDOUT => {}
            _ => return last,
        }
    }
    if denied {
        return libc::EACCES;
    }
    // SAFETY: as above.
    let exists = |file: &*const c_char| unsafe { libc::access(*file, libc::F_OK) } == 0;
    if last == libc::ENOENT && child.candidates.iter().any(exists) {
        return MISSING_INTERPRETER;
    }
    last
}

/// Runs a text file without a `#!` line with the shell. Anything else is reported as not executable.
fn execute_with_shell(child: &mut Child<'_>, file: *const c_char) -> c_int {
    const SHELL: &[u8] = b"/bin/sh\0";
    let mut start = [0; SCRIPT_SAMPLE_BYTES];
    // SAFETY: `file` ends with NUL, and the buffer is as long as is said.
    let length = unsafe {
        let file = libc::open(file, libc::O_RDONLY | libc::O_NONBLOCK | libc::O_CLOEXEC | libc::O_NOCTTY);
        if file < 0 {
            -1
        } else {
            libc::read(file, start.as_mut_ptr().cast(), start.len())
        }
    };
    if !usize::try_from(length).map_or(false, |length| is_script(&start[..length])) {
        return libc::ENOEXEC;
    }
    let list = &mut child.shell_argv;
    list[0] = SHELL.as_ptr().cast();
    list[1] = file;
    // argv[1..], including the null at the end.
    list[2..].copy_from_slice(&child.argv[1..]);
    // SAFETY: as above; SHELL ends with NUL.
    unsafe { libc::execve(SHELL.as_ptr().cast(), list.as_ptr(), child.environment.as_ptr()) };
    libc::ENOEXEC
}

/// The number of bytes that the kernel itself examines to identify a file (`BINPRM_BUF_SIZE` in linux/binfmts.h).
const SCRIPT_SAMPLE_BYTES: usize = 256;

/// Returns whether a file that starts like this, and that no kernel handler accepts, is a shell script. Its first line
/// must be text, which is the shells' own criterion (POSIX, Shell Command Language, 2.9.1.4), and must not name another
/// interpreter: that one is then a program for another architecture.
fn is_script(start: &[u8]) -> bool {
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let interpreter = line.strip_prefix(b"#!").unwrap_or_default();
    !line.contains(&0) && !line.starts_with(b"\x7fELF") && interpreter.iter().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// Pointers to strings, as execve(2) takes them.
pub fn pointers<S: AsRef<CStr>>(strings: &[S]) -> Vec<*const c_char> {
    strings.iter().map(|string| string.as_ref().as_ptr()).chain([ptr::null()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_of_open_files_does_not_affect_the_launch() {
        let open: Vec<std::fs::File> = (0..40).map(|_| std::fs::File::open("/dev/null").unwrap()).collect();
        let null = std::os::unix::io::AsRawFd::as_raw_fd(&open[39]);
        let adjustment = std::fs::read("/proc/self/oom_score_adj").unwrap();
        let directory = std::ffi::CString::new("/").unwrap();
        for limit in [3, 16] {
            let child = Child {
                stdin: null,
                stdout: null,
                stderr: null,
                terminal: false,
                stdin_file: None,
                open_files: (limit, limit),
                file_size_bytes: Some(0),
                stack_bytes: None,
                address_space_bytes: Some(1 << 20),
                credentials: None,
                working_directory: &directory,
                candidates: &[],
                argv: &[],
                environment: &[],
                shell_argv: &mut [],
                oom_score_adjustment: Some(&adjustment),
                pid: 0,
                failure: None,
            };
            let mut status = 0;
            // SAFETY: the child makes plain system calls, and ends; `status` lives through the call.
            unsafe {
                let pid = libc::fork();
                if pid == 0 {
                    libc::_exit(prepare(&child).map_or_else(|(step, _)| step as c_int + 1, |()| 0));
                }
                libc::waitpid(pid, &mut status, 0);
            }
            assert_eq!(libc::WEXITSTATUS(status), 0);
        }
    }

    #[test]
    fn only_a_missing_command_is_127() {
        assert_eq!(exit_code(Step::Execute, libc::ENOENT), 127);
        assert_eq!(exit_code(Step::Execute, libc::ENOTDIR), 127);
        assert_eq!(exit_code(Step::Execute, libc::EACCES), 126);
        assert_eq!(exit_code(Step::Execute, libc::ENOEXEC), 126);
        assert_eq!(exit_code(Step::WorkingDirectory, libc::ENOTDIR), 126);
    }

    #[test]
    fn only_text_is_a_script() {
        assert!(is_script(b"echo hello\n"));
        assert!(is_script(b""));
        assert!(is_script(b"#!\necho hello\n"), "as the kernel and shells treat it");
        assert!(is_script("# Gr\u{fc}\u{df}e\n".as_bytes()));
        assert!(is_script(b"tail -n +2 \"$0\" | tar x; exit\n\0\0binary"), "a self-extracting archive");
        assert!(!is_script(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\xb7\0\necho hello\n"), "aarch64");
        assert!(!is_script(b"\x7fELF text\n"));
        assert!(!is_script(b"MZ\x90\0\x03"));
        assert!(!is_script(b"\0asm\x01"));
        assert!(!is_script(b"#!/usr/bin/aarch64-python\nprint(1)\n"));
    }

    #[test]
    fn lists_of_strings_end_with_null() {
        let strings = [std::ffi::CString::new("a").unwrap()];
        let list = pointers(&strings);
        assert_eq!(list.len(), 2);
        assert!(list[1].is_null());
    }
}

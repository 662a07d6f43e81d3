//! Turns a plan into a running process. Runs on the spawner's thread, which is in the box's mount namespace.

use super::child::{self, pointers, Child, Credentials, Failure, Stack, Step, MISSING_INTERPRETER};
use super::children::Children;
use super::devices::{Null, Terminals};
use super::ipc::IpcNamespaces;
use super::plan::{Plan, TerminalSize};
use super::reap;
use super::stdin_file::NOT_REGULAR;
use crate::directories;
use crate::fd::{self, check};
use crate::grpc::{Code, Status};
use crate::text::shortened;
use crate::user::{Account, Databases, ROOT};
use std::ffi::{CStr, CString};
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Instant;

/// A started process, with the agent's ends of its streams.
pub struct Launched {
    /// The pid in the box's PID namespace.
    pub pid: u32,
    /// The pid in the agent's PID namespace.
    pub own_pid: libc::pid_t,
    pub pidfd: OwnedFd,
    pub started: Instant,
    pub streams: Streams,
    /// Its IPC namespace, if it has one of its own.
    pub ipc: Option<OwnedFd>,
}

/// The agent's ends, non-blocking.
pub enum Streams {
    Terminal(OwnedFd),
    Pipes { stdin: Option<OwnedFd>, stdout: Option<OwnedFd>, stderr: Option<OwnedFd> },
}

impl Streams {
    /// Moves standard output and standard error out, if they are pipes.
    pub fn take_output(&mut self) -> (Option<OwnedFd>, Option<OwnedFd>) {
        match self {
            Streams::Terminal(_) => (None, None),
            Streams::Pipes { stdout, stderr, .. } => (stdout.take(), stderr.take()),
        }
    }
}

/// State that the spawner's thread keeps between launches.
pub struct Launcher {
    pub stack: Stack,
    pub databases: Databases,
    pub null: Null,
    pub terminals: Terminals,
    pub ipc: IpcNamespaces,
    pub children: Arc<Children>,
}

/// The process's ends.
struct ChildStreams {
    stdin: OwnedFd,
    stdout: OwnedFd,
    stderr: OwnedFd,
}

/// `TIOCGPTPEER`, `_IO('T', 0x41)` in asm-generic/ioctls.h: opens the other side by descriptor, not by a path that the
/// box might have changed.
const TIOCGPTPEER: libc::c_ulong = 0x5441;

/// Starts the planned process in `cgroup`.
///
/// A program that cannot be executed is not an error here: its process reports that on standard error and exits with
/// 126 or 127, as a shell does.
pub fn launch(plan: &Plan, cgroup: RawFd, launcher: &mut Launcher) -> Result<Launched, Status> {
    let account = launcher.databases.resolve(&plan.user).map_err(Status::invalid)?;
    let (streams, theirs) = open_streams(plan, launcher).map_err(no_room)?;
    if account.uid != ROOT {
        // Otherwise a process could not open its own /dev/stderr.
        for stream in [&theirs.stdin, &theirs.stdout, &theirs.stderr] {
            give(stream, account.uid);
        }
    }
    if plan.make_working_directory {
        make_directory(&plan.working_directory);
    }
    let mut environment = pointers(&plan.environment);
    let home = CString::new(format!("HOME={}", account.home)).expect("a home without NUL");
    if !plan.has_home {
        environment.insert(0, home.as_ptr());
    }
    let mut candidates = pointers(&plan.candidates);
    candidates.pop();
    let argv = pointers(&plan.argv);
    let mut shell_argv = vec![std::ptr::null(); argv.len() + 1];
    let mut child = Child {
        stdin: theirs.stdin.as_raw_fd(),
        stdout: theirs.stdout.as_raw_fd(),
        stderr: theirs.stderr.as_raw_fd(),
        terminal: plan.terminal.is_some(),
        stdin_file: plan.stdin_file.as_deref(),
        open_files: plan.limits.open_files,
        file_size_bytes: plan.limits.file_size_bytes,
        stack_bytes: plan.limits.stack_bytes,
        address_space_bytes: plan.limits.address_space_bytes,
        credentials: credentials(&account),
        working_directory: &plan.working_directory,
        candidates: &candidates,
        argv: &argv,
        environment: &environment,
        shell_argv: &mut shell_argv,
        oom_score_adjustment: None,
        pid: 0,
        failure: None,
    };
    let adjustment = plan.oom_score_adjustment.to_string();
    if plan.oom_score_adjustment != 0 {
        child.oom_score_adjustment = Some(adjustment.as_bytes());
    }
    let started = Instant::now();
    let Launcher { stack, children, .. } = launcher;
    let ipc = launcher.ipc.take();
    children.begin_fork();
    let forked = child::fork(&mut child, cgroup, stack);
    let (pid, failure) = (child.pid, child.failure);
    let reported = failure.map_or(true, |failure| is_reported_by_process(plan, failure.step));
    children.end_fork(forked.as_ref().ok().filter(|_| reported).map(|forked| forked.pid));
    let forked = forked.map_err(no_room)?;
    if let Some(failure) = failure {
        if !reported {
            // The child ends by itself and is reaped as a stray. Until then its cgroup is not empty.
            reap::await_end(forked.pidfd.as_raw_fd());
            return Err(refusal(plan, failure));
        }
        // The message fits into any pipe. If a terminal does not take it, it is lost. The write must not block: other
        // processes of the box can stop a terminal, or fill a pipe that they read from.
        let message = shell_message(&failed(plan, failure.step), failure.errno);
        let _ = fd::set_nonblocking(&theirs.stderr)
            .and_then(|()| fd::write(theirs.stderr.as_raw_fd(), message.as_bytes()));
    }
    Ok(Launched { pid: pid as u32, own_pid: forked.pid, pidfd: forked.pidfd, started, streams, ipc })
}

/// Returns whether the failure is reported on the program's own streams rather than by the call's status.
fn is_reported_by_process(plan: &Plan, step: Step) -> bool {
    step == Step::Execute || step == Step::WorkingDirectory && plan.make_working_directory
}

fn failed(plan: &Plan, step: Step) -> String {
    match step {
        Step::WorkingDirectory => format!("cd: {}", plan.working_directory.to_string_lossy()),
        _ => plan.program.clone(),
    }
}

/// Makes the directory if it is missing. Errors are ignored here; entering the directory reports them.
fn make_directory(path: &CStr) {
    // SAFETY: a NUL-terminated string that lives through the call.
    if unsafe { libc::access(path.as_ptr(), libc::F_OK) } == 0 {
        return;
    }
    if let Ok(path) = path.to_str() {
        let _ = directories::make(path);
    }
}

fn credentials(account: &Account) -> Option<Credentials<'_>> {
    let Account { uid, gid, supplementary, .. } = account;
    if (*uid, *gid) == (ROOT, 0) && supplementary.is_empty() {
        return None;
    }
    Some(Credentials { uid: *uid, gid: *gid, supplementary })
}

fn no_room(error: io::Error) -> Status {
    Status::new(Code::ResourceExhausted, format!("cannot start another process in the guest: {error}"))
}

fn refusal(plan: &Plan, failure: Failure) -> Status {
    let error = io::Error::from_raw_os_error(failure.errno);
    let directory = plan.working_directory.to_string_lossy();
    match (failure.step, failure.errno) {
        (Step::WorkingDirectory, libc::ENOENT) => {
            Status::invalid(format!("working_directory \"{directory}\" does not exist in the box"))
        }
        (Step::WorkingDirectory, libc::ENOTDIR) => {
            Status::invalid(format!("working_directory \"{directory}\" is not a directory"))
        }
        (Step::WorkingDirectory, libc::EACCES) => {
            Status::invalid(format!("working_directory \"{directory}\" may not be entered by user \"{}\"", plan.user))
        }
        (Step::WorkingDirectory, _) => {
            Status::invalid(format!("cannot enter working_directory \"{directory}\": {error}"))
        }
        (Step::StdinFile, errno) => {
            let file = plan.stdin_file.as_deref().unwrap_or_default().to_string_lossy();
            let why = match errno {
                libc::ENOENT => "does not exist in the box".to_owned(),
                libc::EACCES => format!("may not be read by user \"{}\"", plan.user),
                NOT_REGULAR => "is not a regular file".to_owned(),
                _ => format!("cannot be opened: {error}"),
            };
            Status::invalid(format!("stdin_file \"{file}\" {why}"))
        }
        (Step::Credentials, _) => Status::invalid(format!("cannot switch to user \"{}\": {error}", plan.user)),
        (step, _) => Status::new(Code::Internal, format!("cannot start \"{}\": {step:?}: {error}", plan.program)),
    }
}

/// Worded as shells do, and shorter than the smallest pipe buffer.
fn shell_message(program: &str, errno: i32) -> String {
    let program = &shortened(program, MAX_COMPLAINT_PROGRAM_BYTES);
    let why = match errno {
        libc::ENOENT | libc::ENOTDIR if !program.contains('/') => "command not found",
        libc::ENOENT => "no such file or directory",
        libc::ENOTDIR => "not a directory",
        libc::EACCES => "permission denied",
        libc::ENOEXEC => "exec format error",
        libc::E2BIG => "argument list too long",
        MISSING_INTERPRETER => "bad interpreter: no such file or directory",
        errno => return format!("{program}: {}\n", io::Error::from_raw_os_error(errno)),
    };
    format!("{program}: {why}\n")
}

const MAX_COMPLAINT_PROGRAM_BYTES: usize = 1024;

fn open_streams(plan: &Plan, launcher: &Launcher) -> io::Result<(Streams, ChildStreams)> {
    if let Some(size) = plan.terminal {
        let (ours, theirs) = open_terminal(size, &launcher.terminals)?;
        let streams = ChildStreams { stdin: theirs.try_clone()?, stdout: theirs.try_clone()?, stderr: theirs };
        return Ok((Streams::Terminal(ours), streams));
    }
    let (their_stdin, stdin) = if let Some(joined) = &plan.joined {
        (joined.stdin.try_clone()?, None)
    } else if plan.stdin_open {
        let (theirs, ours) = fd::pipe()?;
        fd::set_nonblocking(&ours)?;
        (theirs, Some(ours))
    } else {
        (launcher.null.open()?, None)
    };
    let (stdout, their_stdout) = match &plan.joined {
        Some(joined) => (None, joined.stdout.try_clone()?),
        None => {
            let (ours, theirs) = fd::pipe()?;
            fd::set_nonblocking(&ours)?;
            (Some(ours), theirs)
        }
    };
    let (stderr, their_stderr) = if plan.merge_stderr {
        (None, their_stdout.try_clone()?)
    } else {
        let (ours, theirs) = fd::pipe()?;
        fd::set_nonblocking(&ours)?;
        (Some(ours), theirs)
    };
    let theirs = ChildStreams { stdin: their_stdin, stdout: their_stdout, stderr: their_stderr };
    Ok((Streams::Pipes { stdin, stdout, stderr }, theirs))
}

fn open_terminal(size: TerminalSize, terminals: &Terminals) -> io::Result<(OwnedFd, OwnedFd)> {
    let ours = terminals.open()?;
    let unlock: libc::c_int = 0;
    // SAFETY: the ioctl reads one int.
    check(unsafe { libc::ioctl(ours.as_raw_fd(), libc::TIOCSPTLCK, &unlock) })?;
    set_terminal_size(ours.as_raw_fd(), size)?;
    let theirs = open_peer(ours.as_raw_fd(), 0)?;
    Ok((ours, theirs))
}

/// Opens the programs' side of a terminal.
pub fn open_peer(terminal: RawFd, flags: libc::c_int) -> io::Result<OwnedFd> {
    let flags = flags | libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: takes an integer.
    fd::check_fd(unsafe { libc::ioctl(terminal, TIOCGPTPEER, flags) })
}

/// Sets the terminal's size, which also notifies the programs in it (SIGWINCH).
pub fn set_terminal_size(terminal: RawFd, size: TerminalSize) -> io::Result<()> {
    let size = libc::winsize { ws_row: size.rows, ws_col: size.columns, ws_xpixel: 0, ws_ypixel: 0 };
    // SAFETY: the ioctl reads one winsize.
    check(unsafe { libc::ioctl(terminal, libc::TIOCSWINSZ, &size) }).map(drop)
}

/// Best effort: the owner of /dev/null on a read-only root cannot be changed, and need not be.
fn give(stream: &OwnedFd, uid: u32) {
    // SAFETY: all-zero is a valid stat, which the call then fills in.
    let mut stat: libc::stat = unsafe { std::mem::zeroed() };
    // SAFETY: `stat` lives through the calls, which take nothing else but numbers.
    unsafe {
        let found = libc::fstat(stream.as_raw_fd(), &mut stat) == 0;
        if found && (stat.st_mode & libc::S_IFMT == libc::S_IFIFO || libc::isatty(stream.as_raw_fd()) == 1) {
            libc::fchown(stream.as_raw_fd(), uid, u32::MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_worded_like_a_shells() {
        assert_eq!(shell_message("frob", libc::ENOENT), "frob: command not found\n");
        assert_eq!(shell_message("./frob", libc::ENOENT), "./frob: no such file or directory\n");
        assert_eq!(shell_message("/etc/passwd", libc::EACCES), "/etc/passwd: permission denied\n");
        assert_eq!(shell_message("x", libc::ENOEXEC), "x: exec format error\n");
        assert!(shell_message("x", libc::EIO).starts_with("x: "));
    }

    #[test]
    fn a_message_fits_any_pipe_whatever_the_programs_name() {
        assert!(shell_message(&"x".repeat(4 << 20), libc::ENAMETOOLONG).len() < 4096);
    }

    #[test]
    fn plain_root_needs_no_change_of_credentials() {
        let mut account = Account { uid: 0, gid: 0, supplementary: Vec::new(), home: "/".to_owned() };
        assert!(credentials(&account).is_none());
        account.supplementary.push(10);
        assert!(credentials(&account).is_some());
        account = Account { uid: 0, gid: 5, supplementary: Vec::new(), home: "/".to_owned() };
        assert!(credentials(&account).is_some());
    }
}

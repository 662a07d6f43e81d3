//! Two executions joined by pipes, and which of them ends first.

use crate::fd::{self, check, check_fd};
use crate::grpc::{Code, Status};
use std::collections::HashMap;
use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::io::{AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};
use tokio::io::unix::AsyncFd;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// The number of joins that may wait for their second execution. Further ones are refused.
const MAX_WAITING: usize = 256;

/// The joins that wait for their second execution.
#[derive(Default)]
pub struct Joins {
    waiting: Mutex<HashMap<String, Side>>,
}

/// One execution's side of a join.
pub struct Side {
    pub ends: Ends,
    pub place: Place,
}

/// One execution's ends of both pipes. They must be dropped once its process has them, so that the process alone
/// decides how long they stay open.
#[derive(Debug)]
pub struct Ends {
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
}

impl Joins {
    /// The first call with a token opens the join, the second one completes it.
    pub fn take_side(&self, token: &str) -> Result<Side, Status> {
        if !(16..=64).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let message = format!("join_token has {} bytes; give 16 to 64 hexadecimal digits", token.len());
            return Err(Status::invalid(message));
        }
        let mut waiting = self.waiting.lock().expect("no holder panics");
        if let Some(side) = waiting.remove(token) {
            return Ok(side);
        }
        let full = |message: String| Status::new(Code::ResourceExhausted, message);
        if waiting.len() == MAX_WAITING {
            return Err(full(format!("{MAX_WAITING} executions are already waiting to be joined, which is the limit")));
        }
        let (first, second, _) =
            open().map_err(|error| full(format!("cannot make the pipes between two executions: {error}")))?;
        waiting.insert(token.to_owned(), second);
        Ok(first)
    }

    /// Gives up the join: the host has ended the call of the first execution, and no second one will come.
    pub fn forget(&self, token: &str) {
        self.waiting.lock().expect("no holder panics").remove(token);
    }
}

/// Opens both sides, and starts the task that reads the close events.
fn open() -> io::Result<(Side, Side, JoinHandle<()>)> {
    let watch = CloseWatch::new()?;
    let [(first_reads, second_writes), (second_reads, first_writes)] = watch.pipes()?;
    let (lasts, over) = oneshot::channel();
    let race = Arc::new(Race { watch, state: Mutex::default(), _lasts: lasts });
    let events = AsyncFd::new(race.watch.inotify.try_clone()?)?;
    let event_task = tokio::spawn(Race::keep_up(Arc::downgrade(&race), events, over));
    let side = |stdin, stdout, number| Side { ends: Ends { stdin, stdout }, place: Place { race: race.clone(), number } };
    Ok((side(first_reads, first_writes, 0), side(second_reads, second_writes, 1), event_task))
}

/// An execution's entry in the race between the two.
pub struct Place {
    race: Arc<Race>,
    number: usize,
}

/// Determines which of two processes ended first, also when the second one ended because of the first.
struct Race {
    watch: CloseWatch,
    state: Mutex<State>,
    _lasts: oneshot::Sender<Infallible>,
}

#[derive(Default)]
struct State {
    first: Option<usize>,
    pidfds: [Option<OwnedFd>; 2],
    closed: Closed,
}

impl State {
    fn is_ending(&self, number: usize) -> bool {
        self.pidfds[number].as_ref().map_or(false, is_ending)
    }
}

impl Race {
    /// Reads close events while at least one side exists. Only so can a process that closes its output and keeps
    /// running be told from one that ends. `over` is received when the race is over. The last event usually comes
    /// before that, and the number of wake-ups that other events can cause is limited.
    async fn keep_up(race: Weak<Race>, events: AsyncFd<OwnedFd>, mut over: oneshot::Receiver<Infallible>) {
        loop {
            let mut ready = tokio::select! {
                Ok(ready) = events.readable() => ready,
                _ = &mut over => return,
                else => return,
            };
            match race.upgrade() {
                Some(race) => race.watch.read(&mut race.state.lock().expect("no holder panics")),
                None => return,
            }
            ready.clear_ready();
        }
    }
}

impl Place {
    /// Registers the process whose end counts from now on.
    pub fn enter(&self, pidfd: &OwnedFd) -> io::Result<()> {
        let pidfd = pidfd.try_clone()?;
        self.race.state.lock().expect("no holder panics").pidfds[self.number] = Some(pidfd);
        Ok(())
    }

    /// Returns whether this execution, whose main process has ended, ended before the other one.
    ///
    /// A process that ends closes its files before its end is reported. So the other process can see the end of file,
    /// end, and be reported first. The result is therefore decided by asking whether the other has ended, and by the
    /// order in which both closed their pipe ends: that order cannot be reversed.
    pub fn is_first(&self) -> bool {
        let state = &mut *self.race.state.lock().expect("no holder panics");
        let (own, other) = (self.number, 1 - self.number);
        if state.first.is_none() {
            let other_has_ended = state.is_ending(other);
            // After that question, so that every close that belongs to its end is known.
            self.race.watch.read(state);
            let closed_before = state.closed.before(other, own);
            state.first = Some(if other_has_ended && closed_before { other } else { own });
        }
        state.first == Some(own)
    }
}

/// Returns whether a process has ended or is ending, whether it has closed its files or not.
fn is_ending(pidfd: &OwnedFd) -> bool {
    let mut poll = libc::pollfd { fd: pidfd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd, which lives through the call.
    if unsafe { libc::poll(&mut poll, 1, 0) } == 1 {
        return true;
    }
    let flags = || {
        let info = fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd())).ok()?;
        let pid: u32 = info.lines().find_map(|line| line.strip_prefix("Pid:"))?.trim().parse().ok()?;
        let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
        // Field 9 of proc(5), the flags. The name in parentheses before it may contain anything.
        let stat = String::from_utf8_lossy(&stat[stat.iter().rposition(|&byte| byte == b')')? + 1..]).into_owned();
        stat.split_whitespace().nth(9 - 3)?.parse::<u32>().ok()
    };
    flags().map_or(true, |flags| flags & PF_EXITING != 0)
}

/// From linux/sched.h: set before an ending process closes its files.
const PF_EXITING: u32 = 0x4;

/// Decides by the end that a process closes first when it ends: standard output, since the kernel closes files from the
/// last to the first. If a process closed its standard output earlier and kept running, standard input decides.
#[derive(Default)]
struct Closed {
    events: u64,
    stdin: [Option<u64>; 2],
    stdout: [Option<u64>; 2],
}

impl Closed {
    fn before(&self, one: usize, other: usize) -> bool {
        let time = |number: usize| self.stdout[number].or(self.stdin[number]);
        matches!((time(one), time(other)), (Some(one), Some(other)) if one < other)
    }
}

/// Two pipes for which the kernel reports that an end was closed before it tells the other end. Only named pipes
/// (FIFOs) can be watched; their names are removed before any process gets them.
struct CloseWatch {
    inotify: OwnedFd,
    watches: Mutex<[i32; 2]>,
}

/// Space for some events of inotify(7). Events of a file that is watched itself carry no name.
const EVENT_BYTES: usize = std::mem::size_of::<libc::inotify_event>();

static NAMED: AtomicU64 = AtomicU64::new(0);

impl CloseWatch {
    fn new() -> io::Result<CloseWatch> {
        // SAFETY: takes no pointers.
        let inotify = check_fd(unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) })?;
        Ok(CloseWatch { inotify, watches: Mutex::new([-1; 2]) })
    }

    /// The (read end, write end) of each pipe. The first execution reads the first pipe and writes the second.
    fn pipes(&self) -> io::Result<[(OwnedFd, OwnedFd); 2]> {
        Ok([self.pipe(0)?, self.pipe(1)?])
    }

    fn pipe(&self, number: usize) -> io::Result<(OwnedFd, OwnedFd)> {
        let directory = if std::process::id() == 1 { PathBuf::from("/run") } else { std::env::temp_dir() };
        let name = format!("join-{}-{}", std::process::id(), NAMED.fetch_add(1, Ordering::Relaxed));
        let path = directory.join(name);
        let name = CString::new(path.as_os_str().as_bytes())?;
        // SAFETY: a NUL-terminated string that lives through the call.
        check(unsafe { libc::mkfifo(name.as_ptr(), 0o600) })?;
        let opened = self.open_ends(&name, number);
        fs::remove_file(&path)?;
        opened
    }

    fn open_ends(&self, name: &CStr, number: usize) -> io::Result<(OwnedFd, OwnedFd)> {
        // Opens for reading without waiting for a writer; a writer then need not wait for a reader.
        let reads = fd::open_at(None, name, libc::O_RDONLY | libc::O_NONBLOCK)?;
        let writes = fd::open_at(None, name, libc::O_WRONLY)?;
        // SAFETY: F_SETFL takes an integer.
        check(unsafe { libc::fcntl(reads.as_raw_fd(), libc::F_SETFL, 0) })?;
        let mask = libc::IN_CLOSE_WRITE | libc::IN_CLOSE_NOWRITE;
        // SAFETY: a NUL-terminated string that lives through the call.
        let watch = check(unsafe { libc::inotify_add_watch(self.inotify.as_raw_fd(), name.as_ptr(), mask) })?;
        self.watches.lock().expect("no holder panics")[number] = watch;
        Ok((reads, writes))
    }

    /// Reads the close events that are pending now. Later ones are left: a program may open and close its ends as fast
    /// as this reads the events.
    fn read(&self, state: &mut State) {
        let watches = *self.watches.lock().expect("no holder panics");
        let mut buffer = [0; 64 * EVENT_BYTES];
        let mut left = fd::waiting(self.inotify.as_raw_fd());
        while left > 0 {
            let length = match fd::read(self.inotify.as_raw_fd(), &mut buffer) {
                Ok(length @ 1..) => length,
                _ => return,
            };
            left = left.saturating_sub(length);
            // One question covers all of these events, which came before it.
            let mut ending = [None; 2];
            for event in buffer[..length].chunks_exact(EVENT_BYTES) {
                let field = |at: usize| event[at..at + 4].try_into().map(u32::from_ne_bytes).unwrap_or(0);
                let (watch, mask) = (field(0) as i32, field(4));
                if let Some(pipe) = watches.iter().position(|&known| known == watch) {
                    state.closed.events += 1;
                    let time = Some(state.closed.events);
                    let writer = 1 - pipe;
                    if mask & libc::IN_CLOSE_NOWRITE != 0 {
                        state.closed.stdin[pipe] = time;
                    } else if mask & libc::IN_CLOSE_WRITE != 0
                        && *ending[writer].get_or_insert_with(|| state.is_ending(writer))
                    {
                        state.closed.stdout[writer] = time;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    const TOKEN: &str = "0123456789abcdef";

    /// The task runs only while the runtime does, which is never in this test: the worst case.
    fn in_runtime<T>(work: impl FnOnce() -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { work() })
    }

    fn sides() -> (Side, Side) {
        let joins = Joins::default();
        in_runtime(|| (joins.take_side(TOKEN).unwrap(), joins.take_side(TOKEN).unwrap()))
    }

    /// Starts a process that takes over these ends.
    fn process(script: &str, side: Side) -> (Child, Place) {
        let Side { ends, place } = side;
        let child = Command::new("sh").args(["-c", script]).stdin(ends.stdin).stdout(ends.stdout).spawn().unwrap();
        // SAFETY: takes numbers only.
        let pidfd = check_fd(unsafe { libc::syscall(libc::SYS_pidfd_open, child.id(), 0) } as libc::c_int).unwrap();
        place.enter(&pidfd).unwrap();
        (child, place)
    }

    #[test]
    fn the_order_does_not_depend_on_who_is_asked_first() {
        for asked_first in [0, 1] {
            let (first, second) = sides();
            let (mut because, late) = process("cat >&2", first);
            let (mut quick, early) = process("exit 0", second);
            quick.wait().unwrap();
            because.wait().unwrap();
            if asked_first == 0 {
                assert!(!late.is_first());
            }
            assert!(early.is_first());
            assert!(!late.is_first());
        }
    }

    #[test]
    fn a_process_that_closed_its_pipes_and_runs_on_is_not_first() {
        let (first, second) = sides();
        let (mut lasting, late) = process("exec sleep 100 <&- >&-", first);
        let (mut quick, early) = process("cat >&2", second);
        quick.wait().unwrap();
        assert!(early.is_first());
        lasting.kill().unwrap();
        lasting.wait().unwrap();
        assert!(!late.is_first());
    }

    #[test]
    fn a_process_that_ended_before_the_other_started_is_first() {
        let (first, second) = sides();
        let (mut one, early) = process("exit 0", first);
        one.wait().unwrap();
        assert!(early.is_first());
        let (mut other, late) = process("exit 0", second);
        other.wait().unwrap();
        assert!(!late.is_first());
    }

    #[test]
    fn the_event_task_ends_with_the_race() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (first, second, event_task) = open().unwrap();
            drop((first.ends, second.ends));
            // Until the last event was read.
            while fd::waiting(first.place.race.watch.inotify.as_raw_fd()) > 0 {
                tokio::task::yield_now().await;
            }
            drop((first.place, second.place));
            tokio::time::timeout(std::time::Duration::from_secs(10), event_task).await.expect("it ends").unwrap();
        });
    }

    #[test]
    fn an_abandoned_join_closes_its_pipes() {
        let joins = Joins::default();
        let first = in_runtime(|| joins.take_side(TOKEN).unwrap());
        joins.forget(TOKEN);
        assert!(fd::write(first.ends.stdout.as_raw_fd(), b"x").is_err());
        assert!(joins.take_side("short").is_err());
    }
}

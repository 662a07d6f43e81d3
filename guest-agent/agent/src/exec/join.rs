//! Two executions whose streams are joined by pipes, and which of them ends first.

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

/// More joins than this that wait for their second execution are refused.
const MAX_WAITING: usize = 256;

/// The joins that wait for their second execution.
#[derive(Default)]
pub struct Joins {
    waiting: Mutex<HashMap<String, Seat>>,
}

/// One execution's side of a join.
pub struct Seat {
    pub ends: Ends,
    pub place: Place,
}

/// The ends of both pipes that one execution has. To be dropped when its process has them: then it alone decides how
/// long they stay open.
#[derive(Debug)]
pub struct Ends {
    pub stdin: OwnedFd,
    pub stdout: OwnedFd,
}

impl Joins {
    /// The first to come with a token opens the join, the second one completes it.
    pub fn take_seat(&self, token: &str) -> Result<Seat, Status> {
        if !(16..=64).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let message = format!("join_token has {} bytes: give 16 to 64 hexadecimal digits", token.len());
            return Err(Status::invalid(message));
        }
        let mut waiting = self.waiting.lock().expect("no holder panics");
        if let Some(seat) = waiting.remove(token) {
            return Ok(seat);
        }
        let full = |message: String| Status::new(Code::ResourceExhausted, message);
        if waiting.len() == MAX_WAITING {
            return Err(full(format!("{MAX_WAITING} executions wait for the one they are to be joined with")));
        }
        let (first, second, _) = open().map_err(|error| full(format!("no pipes between two executions: {error}")))?;
        waiting.insert(token.to_owned(), second);
        Ok(first)
    }

    /// The host has ended the call of the first execution: nobody will come for the other seat.
    pub fn forget(&self, token: &str) {
        self.waiting.lock().expect("no holder panics").remove(token);
    }
}

/// Both seats, and the task that keeps up with them.
fn open() -> io::Result<(Seat, Seat, JoinHandle<()>)> {
    let watch = CloseWatch::new()?;
    let [(first_reads, second_writes), (second_reads, first_writes)] = watch.pipes()?;
    let (lasts, over) = oneshot::channel();
    let race = Arc::new(Race { watch, state: Mutex::default(), _lasts: lasts });
    let events = AsyncFd::new(race.watch.inotify.try_clone()?)?;
    let keeping_up = tokio::spawn(Race::keep_up(Arc::downgrade(&race), events, over));
    let seat = |stdin, stdout, number| Seat { ends: Ends { stdin, stdout }, place: Place { race: race.clone(), number } };
    Ok((seat(first_reads, first_writes, 0), seat(second_reads, second_writes, 1), keeping_up))
}

/// An execution's place in the race of both.
pub struct Place {
    race: Arc<Race>,
    number: usize,
}

/// Tells which of two processes ended first, also when the second ended because of the first.
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
    /// Keeps up with what is closed, while there is anybody: only so a process that closes its output and runs on is told
    /// from one that ends. `over`: when the race is. The last event comes before that, as a rule, and there is a bound on
    /// how many there are to be woken by others.
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
    /// From now on the end of this process counts.
    pub fn enter(&self, pidfd: &OwnedFd) -> io::Result<()> {
        let pidfd = pidfd.try_clone()?;
        self.race.state.lock().expect("no holder panics").pidfds[self.number] = Some(pidfd);
        Ok(())
    }

    /// Whether this one, whose main process has ended, did so before the other.
    ///
    /// A process that ends closes its files before its end is told, so the other one can see the end of file, end and be
    /// told of in between. Therefore the other is asked about, and the order in which both have closed their ends is what
    /// counts: that one cannot be turned round.
    pub fn is_first(&self) -> bool {
        let state = &mut *self.race.state.lock().expect("no holder panics");
        let (own, other) = (self.number, 1 - self.number);
        if state.first.is_none() {
            let other_has_ended = state.is_ending(other);
            // After that question: what it has closed in order to end is known by now.
            self.race.watch.read(state);
            let closed_before = state.closed.before(other, own);
            state.first = Some(if other_has_ended && closed_before { other } else { own });
        }
        state.first == Some(own)
    }
}

/// Whether a process has ended or is about to, its files closed or not.
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
        // Behind the name in parentheses, which may hold anything: field 9 is the flags, proc(5).
        let stat = String::from_utf8_lossy(&stat[stat.iter().rposition(|&byte| byte == b')')? + 1..]).into_owned();
        stat.split_whitespace().nth(9 - 3)?.parse::<u32>().ok()
    };
    flags().map_or(true, |flags| flags & PF_EXITING != 0)
}

/// Of linux/sched.h: set before a process that ends closes its files.
const PF_EXITING: u32 = 0x4;

/// When both have closed the end of theirs that a process closes first when it ends: standard output, as the kernel goes
/// from the last file to the first. A process may have closed that before and run on: then it is standard input.
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

/// Two pipes that the kernel tells of when an end is closed, before it tells the other end. Only those with a name, FIFOs,
/// can be watched; the name is gone before anybody has them.
struct CloseWatch {
    inotify: OwnedFd,
    watches: Mutex<[i32; 2]>,
}

/// Room for some events of inotify(7). Those of a file that is watched itself have no name.
const EVENT_BYTES: usize = std::mem::size_of::<libc::inotify_event>();

static NAMED: AtomicU64 = AtomicU64::new(0);

impl CloseWatch {
    fn new() -> io::Result<CloseWatch> {
        // SAFETY: takes no pointers.
        let inotify = check_fd(unsafe { libc::inotify_init1(libc::IN_CLOEXEC | libc::IN_NONBLOCK) })?;
        Ok(CloseWatch { inotify, watches: Mutex::new([-1; 2]) })
    }

    /// Each pipe's (read end, write end). The first one reads the first pipe and writes the second.
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
        // Without waiting for a writer; then there is a reader that a writer need not wait for.
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

    /// Takes what has been closed until now. What is closed meanwhile is left: a program may open and close its ends as
    /// fast as this reads of it.
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
            // Asked once for all of these, which were before.
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

    /// What keeps up runs only while the runtime does, which in a test is never: the worst case.
    fn in_runtime<T>(work: impl FnOnce() -> T) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async { work() })
    }

    fn seats() -> (Seat, Seat) {
        let joins = Joins::default();
        in_runtime(|| (joins.take_seat(TOKEN).unwrap(), joins.take_seat(TOKEN).unwrap()))
    }

    /// A process with these ends, which this one then has no more.
    fn process(script: &str, seat: Seat) -> (Child, Place) {
        let Seat { ends, place } = seat;
        let child = Command::new("sh").args(["-c", script]).stdin(ends.stdin).stdout(ends.stdout).spawn().unwrap();
        // SAFETY: takes numbers only.
        let pidfd = check_fd(unsafe { libc::syscall(libc::SYS_pidfd_open, child.id(), 0) } as libc::c_int).unwrap();
        place.enter(&pidfd).unwrap();
        (child, place)
    }

    #[test]
    fn the_order_is_that_of_the_ends_whoever_is_asked_first() {
        for asked_first in [0, 1] {
            let (first, second) = seats();
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
    fn who_has_closed_its_ends_and_runs_on_is_not_first() {
        let (first, second) = seats();
        let (mut lasting, late) = process("exec sleep 100 <&- >&-", first);
        let (mut quick, early) = process("cat >&2", second);
        quick.wait().unwrap();
        assert!(early.is_first());
        lasting.kill().unwrap();
        lasting.wait().unwrap();
        assert!(!late.is_first());
    }

    #[test]
    fn who_ended_before_the_other_began_is_first() {
        let (first, second) = seats();
        let (mut one, early) = process("exit 0", first);
        one.wait().unwrap();
        assert!(early.is_first());
        let (mut other, late) = process("exit 0", second);
        other.wait().unwrap();
        assert!(!late.is_first());
    }

    #[test]
    fn nothing_is_left_of_a_race_that_is_over() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (first, second, keeping_up) = open().unwrap();
            drop((first.ends, second.ends));
            // Until the last event has been taken.
            while fd::waiting(first.place.race.watch.inotify.as_raw_fd()) > 0 {
                tokio::task::yield_now().await;
            }
            drop((first.place, second.place));
            tokio::time::timeout(std::time::Duration::from_secs(10), keeping_up).await.expect("it ends").unwrap();
        });
    }

    #[test]
    fn a_seat_that_nobody_will_come_for_is_given_up() {
        let joins = Joins::default();
        let first = in_runtime(|| joins.take_seat(TOKEN).unwrap());
        joins.forget(TOKEN);
        assert!(fd::write(first.ends.stdout.as_raw_fd(), b"x").is_err());
        assert!(joins.take_seat("short").is_err());
    }
}

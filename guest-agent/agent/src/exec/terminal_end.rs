//! End of input for a terminal, which is not a state of the terminal but a character typed into it.
//!
//! In line mode, this character (VEOF) completes a line that was begun; only on an empty line does it mean end of file.
//! It means nothing to a program that has changed the mode, and if it was typed ahead of such a change, it is delivered
//! as a different character. It is therefore typed when the programs have read everything and are idle, according to
//! the mode at that moment. It is typed again when they have read it and wait for more, just as a pipe reports its end
//! again and again.

use super::launch::open_peer;
use std::future::Future;
use std::io;
use std::os::unix::io::{AsRawFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{sleep, Sleep};

/// Nothing reports that programs have read what was typed, so it has to be polled.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE_UNREAD: Duration = Duration::from_millis(50);
/// For programs that continue after end of input, as they may.
const LONGEST_PAUSE_READ: Duration = Duration::from_secs(1);

/// Programs that use no processor time for this long are waiting, most likely for input. Nothing else shows whether
/// they wait when a line was begun. Programs that are always busy may have a thread that reads.
const IDLE_PAUSE: Duration = Duration::from_millis(20);
const MOST_BUSY_LOOKS: u32 = 50;

pub struct TerminalEnd {
    cpu_nanos: Box<dyn Fn() -> u64 + Send>,
    used: Option<u64>,
    busy_looks: u32,
    pause: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl TerminalEnd {
    /// `cpu_nanos`: returns the processor time that the terminal's programs have used.
    pub fn new(cpu_nanos: impl Fn() -> u64 + Send + 'static) -> TerminalEnd {
        TerminalEnd { cpu_nanos: Box::new(cpu_nanos), used: None, busy_looks: 0, pause: FIRST_PAUSE, timer: None }
    }

    /// Ready when it is time to type the end-of-file character, with that character. `terminal` is the agent's side.
    pub fn poll(&mut self, cx: &mut Context<'_>, terminal: RawFd) -> Poll<u8> {
        loop {
            if let Some(timer) = &mut self.timer {
                if timer.as_mut().poll(cx).is_pending() {
                    return Poll::Pending;
                }
            }
            let character = end_character(terminal).unwrap_or(None);
            if character.is_some() && self.are_busy() {
                self.timer = Some(Box::pin(sleep(IDLE_PAUSE)));
                continue;
            }
            let longest = if character.is_some() { LONGEST_PAUSE_READ } else { LONGEST_PAUSE_UNREAD };
            self.timer = Some(Box::pin(sleep(self.pause.min(longest))));
            self.pause = (self.pause * 2).min(longest);
            if let Some(character) = character {
                return Poll::Ready(character);
            }
        }
    }

    fn are_busy(&mut self) -> bool {
        let now = (self.cpu_nanos)();
        let idle = self.used == Some(now);
        self.busy_looks += 1;
        if idle || self.busy_looks > MOST_BUSY_LOOKS {
            self.used = None;
            self.busy_looks = 0;
            return false;
        }
        self.used = Some(now);
        true
    }
}

/// Returns the current end-of-file character; `None` while there is unread input, or if that character is disabled.
fn end_character(terminal: RawFd) -> io::Result<Option<u8>> {
    // Asked on the programs' side, and opened only for this moment: a terminal that stays open never ends.
    let peer = open_peer(terminal, libc::O_NONBLOCK)?;
    let mut asked = libc::pollfd { fd: peer.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one pollfd, which lives through the call. Before it says that there is nothing, the kernel makes sure that
    // everything typed has arrived.
    crate::fd::check(unsafe { libc::poll(&mut asked, 1, 0) })?;
    if asked.revents != 0 {
        return Ok(None);
    }
    // SAFETY: all-zero is a valid termios, which the call then fills in.
    let mut mode: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: `mode` lives through the call.
    crate::fd::check(unsafe { libc::tcgetattr(peer.as_raw_fd(), &mut mode) })?;
    // termios(3): a control character of 0 (_POSIX_VDISABLE) is disabled.
    Ok(Some(mode.c_cc[libc::VEOF]).filter(|&character| character != 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exec::input::Input;
    use crate::fd;
    use crate::poll::poll_fn;
    use bytes::Bytes;
    use std::ffi::CString;
    use std::os::unix::io::OwnedFd;
    use tokio::time::timeout;

    /// Opens both sides of a new terminal, ours as an `Input`.
    fn terminal() -> (Input, OwnedFd) {
        let path = CString::new("/dev/ptmx").unwrap();
        let ours = fd::open_at(None, &path, libc::O_RDWR | libc::O_NOCTTY | libc::O_NONBLOCK).unwrap();
        let unlock: libc::c_int = 0;
        // SAFETY: the ioctl reads one int.
        fd::check(unsafe { libc::ioctl(ours.as_raw_fd(), libc::TIOCSPTLCK, &unlock) }).unwrap();
        let theirs = open_peer(ours.as_raw_fd(), libc::O_NONBLOCK).unwrap();
        let end = TerminalEnd::new(|| 0);
        (Input::new(Some(ours), Some(end)).unwrap(), theirs)
    }

    fn set_raw(terminal: &OwnedFd) {
        // SAFETY: all-zero is a valid termios, which tcgetattr fills in and tcsetattr reads.
        unsafe {
            let mut mode: libc::termios = std::mem::zeroed();
            fd::check(libc::tcgetattr(terminal.as_raw_fd(), &mut mode)).unwrap();
            libc::cfmakeraw(&mut mode);
            fd::check(libc::tcsetattr(terminal.as_raw_fd(), libc::TCSANOW, &mode)).unwrap();
        }
    }

    /// Reads on the programs' side, while polling the agent's input.
    async fn read(input: &mut Input, theirs: &OwnedFd) -> Vec<u8> {
        let mut buffer = [0; 100];
        let read = poll_fn(|cx| {
            while input.poll_write(cx).is_ready() {}
            match fd::read(theirs.as_raw_fd(), &mut buffer) {
                Ok(n) => return Poll::Ready(n),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::WouldBlock),
            }
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        let n = timeout(Duration::from_secs(10), read).await.expect("something to read");
        buffer[..n].to_vec()
    }

    fn run<T>(test: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
    }

    #[test]
    fn an_unfinished_line_comes_before_the_end() {
        run(async {
            let (mut input, theirs) = terminal();
            input.push(Bytes::from_static(b"one\nabc"));
            input.end();
            assert_eq!(read(&mut input, &theirs).await, b"one\n");
            assert_eq!(read(&mut input, &theirs).await, b"abc");
            assert_eq!(read(&mut input, &theirs).await, b"");
        });
    }

    #[test]
    fn every_program_that_reads_gets_the_end_of_input() {
        run(async {
            let (mut input, theirs) = terminal();
            input.end();
            for _ in 0..3 {
                assert_eq!(read(&mut input, &theirs).await, b"");
            }
        });
    }

    #[test]
    fn busy_programs_get_the_end_of_input_later() {
        let used = std::cell::Cell::new(0);
        let mut end = TerminalEnd::new(move || {
            used.set(used.get() + 1);
            used.get()
        });
        let looks = (0..1000).take_while(|_| end.are_busy()).count();
        assert_eq!(looks, MOST_BUSY_LOOKS as usize);
        assert!(end.are_busy());
        let mut end = TerminalEnd::new(|| 7);
        assert!(end.are_busy(), "not known yet");
        assert!(!end.are_busy());
    }

    #[test]
    fn the_end_is_typed_into_the_mode_in_which_it_is_read() {
        run(async {
            let (mut input, theirs) = terminal();
            input.push(Bytes::from_static(b"typed ahead\n"));
            input.end();
            poll_fn(|cx| {
                while input.poll_write(cx).is_ready() {}
                Poll::Ready(())
            })
            .await;
            set_raw(&theirs);
            assert_eq!(read(&mut input, &theirs).await, b"typed ahead\n");
            assert_eq!(read(&mut input, &theirs).await, [4]);
        });
    }
}

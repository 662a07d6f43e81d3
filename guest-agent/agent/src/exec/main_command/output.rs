//! Reads the output of the main command, whether anybody follows it or not.

use super::kept::Kept;
use crate::fd;
use std::future::Future;
use std::io;
use std::os::unix::io::{AsRawFd, OwnedFd, RawFd};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::time::{sleep, Sleep};

/// The number of bytes to read from one stream at once, and the pause after that. They bound what a program that writes
/// without end costs the agent and the host.
const TURN_BYTES: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(10);

/// The most that is read of a stream when the tree has ended. A pipe holds no more, but others may hold it open and
/// write on.
const REST_BYTES: usize = 2 << 20;

/// Both streams of the main command.
pub struct Output {
    files: [Option<AsyncFd<OwnedFd>>; 2],
    pause: Option<Pin<Box<Sleep>>>,
}

impl Output {
    pub fn new(stdout: Option<OwnedFd>, stderr: Option<OwnedFd>) -> io::Result<Output> {
        let open = |file: Option<OwnedFd>| file.map(AsyncFd::new).transpose();
        Ok(Output { files: [open(stdout)?, open(stderr)?], pause: None })
    }

    /// Ready when some output was kept.
    pub fn poll_keep(&mut self, cx: &mut Context<'_>, kept: &Kept) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            if pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
            self.pause = None;
        }
        for index in 0..self.files.len() {
            while let Some(file) = &self.files[index] {
                let mut ready = match file.poll_read_ready(cx) {
                    Poll::Pending => break,
                    Poll::Ready(Ok(ready)) => ready,
                    Poll::Ready(Err(_)) => {
                        self.files[index] = None;
                        break;
                    }
                };
                match keep(file.as_raw_fd(), TURN_BYTES, index, kept) {
                    Read::Empty => ready.clear_ready(),
                    Read::End => self.files[index] = None,
                    Read::More => {
                        self.pause = Some(Box::pin(sleep(PAUSE)));
                        break;
                    }
                }
            }
        }
        match &mut self.pause {
            None => Poll::Pending,
            Some(_) => Poll::Ready(()),
        }
    }

    /// Keeps what an ended tree has left in its pipes.
    pub fn keep_rest(self, kept: &Kept) {
        for (index, file) in self.files.iter().enumerate() {
            if let Some(file) = file {
                keep(file.as_raw_fd(), REST_BYTES, index, kept);
            }
        }
    }
}

enum Read {
    /// There is nothing at the moment.
    Empty,
    /// Nothing will come any more.
    End,
    /// There may be more.
    More,
}

/// Keeps what is there, up to the limit.
fn keep(file: RawFd, limit: usize, index: usize, kept: &Kept) -> Read {
    let mut chunk = [0; 4096];
    let mut count = 0;
    while count < limit {
        match fd::read(file, &mut chunk) {
            Ok(0) => return Read::End,
            Ok(n) => {
                kept.change(|state| state.tails[index].push(&chunk[..n]));
                count += n;
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return if count == 0 { Read::Empty } else { Read::More };
            }
            Err(_) => return Read::End,
        }
    }
    Read::More
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::poll::poll_fn;
    use std::time::Instant;

    fn run(test: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test)
    }

    fn pipe() -> (OwnedFd, OwnedFd) {
        let (ours, theirs) = fd::pipe().unwrap();
        fd::set_nonblocking(&ours).unwrap();
        (ours, theirs)
    }

    #[test]
    fn both_streams_are_kept_without_anybody_who_follows() {
        run(async {
            let ((out, to_out), (err, to_err)) = (pipe(), pipe());
            let kept = Kept::default();
            let mut output = Output::new(Some(out), Some(err)).unwrap();
            fd::write(to_out.as_raw_fd(), b"out").unwrap();
            fd::write(to_err.as_raw_fd(), b"err").unwrap();
            poll_fn(|cx| output.poll_keep(cx, &kept)).await;
            fd::write(to_out.as_raw_fd(), b" more").unwrap();
            poll_fn(|cx| output.poll_keep(cx, &kept)).await;
            let read = |index: usize| kept.read(|state| state.tails[index].read(0, 100));
            assert_eq!((read(0), read(1)), (b"out more".to_vec(), b"err".to_vec()));
        });
    }

    #[test]
    fn what_is_in_the_pipe_at_the_end_is_kept_even_if_others_hold_it_open() {
        run(async {
            let (out, to_out) = pipe();
            let kept = Kept::default();
            let output = Output::new(Some(out), None).unwrap();
            fd::write(to_out.as_raw_fd(), b"last words").unwrap();
            output.keep_rest(&kept);
            assert_eq!(kept.read(|state| state.tails[0].read(0, 100)), b"last words");
        });
    }

    #[test]
    fn a_program_that_writes_without_end_is_slowed_down() {
        run(async {
            let (out, to_out) = pipe();
            let kept = Kept::default();
            let mut output = Output::new(Some(out), None).unwrap();
            let writer = std::thread::spawn(move || while fd::write(to_out.as_raw_fd(), &[0; 4096]).is_ok() {});
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(300) {
                poll_fn(|cx| output.poll_keep(cx, &kept)).await;
            }
            drop(output);
            writer.join().unwrap();
            let total = kept.read(|state| state.tails[0].total());
            assert!(total <= 40 * TURN_BYTES as u64, "{total} bytes in 300 ms");
            assert!(total >= TURN_BYTES as u64, "{total} bytes in 300 ms");
        });
    }
}
